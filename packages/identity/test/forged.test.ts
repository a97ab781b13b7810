import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openIdIssuer } from '../src/login/index.ts';

const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });

let server: Server;
let url: string;
/** What the id token says, and whose signature is on it. */
let claims: Record<string, unknown> = {};
let signer: KeyObject = own.privateKey;
let algorithm = 'RS256';
beforeAll(async () => {
  server = createServer((request, response) => {
    const answer = { '/.well-known/openid-configuration': metadata(), '/jwks': { keys: [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'RS256' }] }, '/token': { access_token: 'a', token_type: 'Bearer', id_token: idToken() } }[request.url ?? ''];
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const metadata = () => ({ issuer: url, authorization_endpoint: `${url}/authorize`, token_endpoint: `${url}/token`, jwks_uri: `${url}/jwks`, response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'] });

function idToken(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: algorithm, kid: 'k' })}.${part(claims)}`;
  return algorithm === 'none' ? `${signed}.` : `${signed}.${createSign('sha256').update(signed).sign(signer, 'base64url')}`;
}

/** A login that the issuer answers with these claims. */
async function answered(change: Record<string, unknown>, how: { readonly signer?: KeyObject; readonly algorithm?: string } = {}) {
  const issuer = openIdIssuer({ url, clientId: 'neb', clientSecret: 'secret' });
  const { state, nonce, verifier } = await issuer.begin('http://127.0.0.1:3000/auth/callback');
  const now = Math.floor(Date.now() / 1_000);
  claims = { iss: url, aud: 'neb', sub: 's-ada', nonce, iat: now, exp: now + 60, email: 'ada@example.com', email_verified: true, ...change };
  ({ signer = own.privateKey, algorithm = 'RS256' } = how);
  return await issuer.finish(new URL(`http://127.0.0.1:3000/auth/callback?code=c&state=${state}`), { state, nonce, verifier });
}

test('an id token of the issuer is believed', async () => {
  expect(await answered({})).toEqual({ issuer: url, subject: 's-ada', email: 'ada@example.com' });
});

test.each([
  ['signed by another', {}, { signer: foreign.privateKey }],
  ['signed by nobody', {}, { algorithm: 'none' }],
  ['for another client', { aud: 'other' }, {}],
  ['of another issuer', { iss: 'https://other.example' }, {}],
  ['of another login', { nonce: 'other' }, {}],
  ['that is over', { exp: 1_000 }, {}],
  ['with an address that is not verified', { email_verified: false }, {}],
  ['with an address that is verified in words only', { email_verified: 'true' }, {}],
])('an id token %s is not', async (_, change, how) => {
  await expect(answered(change, how)).rejects.toMatchObject({ code: 'unauthorized' });
});
