import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrateIdentity } from '../src/index.ts';
import { loginDoor, openIdIssuer } from '../src/login/index.ts';
import { type Engine, pgliteEngine } from './engines.ts';
import { ground } from './ground.ts';
import { field, visitor } from './login-cases.ts';

/** Whom the issuer knows, by their subject. */
const accounts: Record<string, { email: string; email_verified: boolean; name?: string }> = {
  's-ada': { email: 'Ada@Example.com', email_verified: true, name: 'Ada' },
  's-mallory': { email: 'ada@example.com', email_verified: true },
  's-bob': { email: 'bob@example.com', email_verified: false },
};
const callback = 'http://127.0.0.1:3000/auth/callback';

let engine: Engine;
let server: Server;
let url: string;
beforeAll(async () => {
  engine = pgliteEngine();
  await migrateIdentity(engine.db);
  server = createServer();
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(url, {
    clients: [{ client_id: 'neb', client_secret: 'a secret of the client', redirect_uris: [callback] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    pkce: { required: () => true },
    cookies: { keys: ['a key for tests'] },
    findAccount: (_, id) => ({ accountId: id, claims: async () => ({ sub: id, ...accounts[id] }) }),
  });
  server.on('request', (request, response) => void provider.callback()(request, response));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await engine[Symbol.asyncDispose]();
});

/** Signs in at the issuer's own pages as a person would, up to the address that it sends the browser back to. */
async function signInThere(start: string, subject: string): Promise<string> {
  const jar = new Map<string, string>();
  let [at, form]: [string, Record<string, string> | undefined] = [start, undefined];
  for (let steps = 0; steps < 15; steps++) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(at, { redirect: 'manual', headers: { cookie }, ...(form && { method: 'POST', body: new URLSearchParams(form) }) });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';')[0]!.split('=');
      jar.set(name, value);
    }
    const to = response.headers.get('location');
    const html = await response.text();
    form = undefined;
    if (to !== null) at = new URL(to, at).href;
    else if (html.includes('value="login"')) form = { prompt: 'login', login: subject, password: 'any' };
    else if (html.includes('value="consent"')) form = { prompt: 'consent' };
    else throw new Error(`the issuer says ${response.status}: ${html.slice(0, 500)}`);
    if (at.startsWith(callback)) return at;
  }
  throw new Error('the issuer does not come to an end');
}

/** A login as far as the issuer's first page. */
async function begun() {
  const { who } = ground(engine.db, {});
  const issuer = openIdIssuer({ url, clientId: 'neb', clientSecret: 'a secret of the client' });
  const door = loginDoor({ identity: who, issuer, signIn: async () => { throw new Error('nobody types a secret where there is an issuer'); } });
  const [program, browser] = [visitor(door), visitor(door)];
  const device = JSON.parse((await program.ask('POST', '/auth/device', { client_id: 'neb' })).body) as Record<string, string>;
  const page = await browser.ask('GET', `/auth/device?user_code=${device.user_code}`);
  expect(page.body).not.toContain('password');
  expect(page.headers['content-security-policy']).toContain(`form-action 'self' ${url};`);
  const sent = await browser.ask('POST', '/auth/device/sign-in', { csrf: field(page.body, 'csrf'), user_code: device.user_code! });
  expect(sent.status).toBe(303);
  const poll = async () => JSON.parse((await program.ask('POST', '/auth/token', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: device.device_code! })).body) as Record<string, string>;
  return { who, door, browser, device, poll, start: String(sent.headers.location) };
}

const path = (address: string): string => address.slice('http://127.0.0.1:3000'.length);

describe('logging in at an issuer', { timeout: 60_000 }, () => {
  test('lets a device in as whom the issuer says', async () => {
    const { who, browser, poll, device, start } = await begun();
    expect(start).toMatch(/code_challenge_method=S256/);
    const back = await browser.ask('GET', path(await signInThere(start, 's-ada')));
    expect(back).toMatchObject({ status: 200, body: expect.stringContaining('You are ada@example.com.') });
    expect(back.body).toContain(device.user_code);
    expect(await poll()).toEqual({ error: 'authorization_pending' });
    const done = await browser.ask('POST', '/auth/device/confirm', { csrf: field(back.body, 'csrf'), decision: 'yes' });
    expect(done.status).toBe(200);
    // The page is good once.
    expect((await browser.ask('POST', '/auth/device/confirm', { csrf: field(back.body, 'csrf'), decision: 'yes' })).status).toBe(400);
    expect(await who.users.find('ada@example.com')).toMatchObject({ displayName: 'Ada', external: { issuer: url, subject: 's-ada' } });
  });

  test('lets nobody in under the address of another', async () => {
    const { browser, poll, start } = await begun();
    const back = await browser.ask('GET', path(await signInThere(start, 's-mallory')));
    expect(back).toMatchObject({ status: 403, body: expect.stringContaining('belongs to another user') });
    expect((await browser.ask('POST', '/auth/device/confirm', { csrf: field(back.body, 'csrf'), decision: 'yes' })).status).not.toBe(200);
    expect(await poll()).toEqual({ error: 'authorization_pending' });
  });

  test('lets nobody in whose address is not verified', async () => {
    const { browser, start } = await begun();
    const back = await browser.ask('GET', path(await signInThere(start, 's-bob')));
    expect(back).toMatchObject({ status: 403, body: expect.stringContaining('not verified') });
  });

  test('takes an answer only in the browser that began, for the login it is of', async () => {
    const one = await begun();
    const two = await begun();
    const answer = path(await signInThere(one.start, 's-ada'));
    expect((await visitor(one.door).ask('GET', answer)).status).toBe(400);
    // Another's answer: the state is not of this login.
    expect((await two.browser.ask('GET', answer)).status).toBe(403);
    expect((await one.browser.ask('GET', answer.replace(/code=[^&]+/, 'code=made-up'))).status).toBe(403);
  });
});

test('an issuer is reached over TLS, or on this machine', () => {
  for (const wrong of ['http://issuer.example', 'ftp://127.0.0.1', 'http://127.0.0.1.issuer.example', 'issuer']) expect(() => openIdIssuer({ url: wrong, clientId: 'neb' }), wrong).toThrow(expect.objectContaining({ code: 'invalid' }));
  expect(openIdIssuer({ url: 'https://issuer.example/tenant', clientId: 'neb' }).origin).toBe('https://issuer.example');
});
