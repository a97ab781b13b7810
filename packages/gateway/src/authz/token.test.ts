import { fakeClock, seededRandom } from '@neb/core-types/testing';
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { isDoorKey, mintDoorKey, visitorOfKey } from './door-key.ts';
import { visitorOfToken } from './token.ts';

const secret = 'a secret of more than thirty-two bytes';
const clock = fakeClock();
const nowSeconds = clock.now() / 1_000;
const sign = (claims: { [claim in keyof JWTPayload]: JWTPayload[claim] | undefined }, { key = secret, alg = 'HS256' } = {}) => new SignJWT({ exp: nowSeconds + 60, ...claims } as JWTPayload).setProtectedHeader({ alg }).sign(new TextEncoder().encode(key));
const visit = (token: string) => visitorOfToken(token, { clock, secret });

describe('a token of a route', () => {
  test('tells who its bearer is', async () => {
    expect(await visit(await sign({ sub: 'u1', email: 'ann@acme.com', handle: 'ann', org_id: 'o1', org_name: 'acme', org_role: 'admin', organizations: [{ name: 'globex' }] }))).toEqual({
      id: 'token:u1', by: 'token', email: 'ann@acme.com', handle: 'ann', organisations: [{ id: 'o1', name: 'acme', role: 'admin' }, { name: 'globex' }],
    });
    expect(await visit(await sign({ email: 'ann@acme.com', email_verified: false }))).toMatchObject({ email: undefined });
  });

  test.each([
    ['expired', sign({ sub: 'u', exp: nowSeconds - 1 }), 'it has expired'],
    ['without an end', sign({ sub: 'u', exp: undefined }), 'claim exp'],
    ['not good yet', sign({ sub: 'u', nbf: nowSeconds + 60 }), 'claim nbf'],
    ['of another algorithm', sign({ sub: 'u' }, { alg: 'HS512', key: secret.repeat(2) }), 'not signed with HS256'],
    ['of another key', sign({ sub: 'u' }, { key: `${secret}!` }), 'signature'],
    ['without a signature', Promise.resolve(new UnsecuredJWT({ sub: 'u', exp: nowSeconds + 60 }).encode()), 'refused'],
    ['naming nobody', sign({ handle: 'ann' }), 'names nobody'],
    ['with claims of another form', sign({ sub: 'u', handle: ['ann'] as never }), 'claims'],
    ['no token at all', Promise.resolve('hello'), 'signature'],
  ])('is refused: %s', async (_name, token, why) => {
    const error: unknown = await visit(await token).catch((refused: unknown) => refused);
    expect(error).toMatchObject({ code: 'unauthenticated', message: expect.stringContaining(why) });
    expect(JSON.stringify(error)).not.toContain(secret);
  });

  test('is not signed with a secret that can be guessed', async () => {
    await expect(visitorOfToken('x', { clock, secret: 'short' })).rejects.toMatchObject({ code: 'invalid' });
  });
});

describe('a key of a door', () => {
  const random = seededRandom(7);
  const { text, ...key } = mintDoorKey(random);
  const other = mintDoorKey(random);

  test('opens it, and is written down as a hash only', () => {
    expect(isDoorKey(text)).toBe(true);
    expect(visitorOfKey(text, [other, key], 0)).toEqual({ id: `key:${key.id}`, by: 'key', organisations: [] });
    expect(JSON.stringify(key)).not.toContain(text.slice(-64));
  });

  test.each([
    ['another door\'s', other.text, [key]], ['another secret', `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`, [key]], ['cut off', text.slice(0, -1), [key]],
    ['of another kind', text.replace('nebd', 'nebs'), [key]], ['expired', text, [{ ...key, expiresMs: 5 }]], ['its hash', `nebd_${key.id}_${key.sha256}`, [key]],
    ['of nobody', `nebd_${key.id}_${'0'.repeat(64)}`, []],
  ])('does not open it: %s', (_name, shown, keys) => expect(visitorOfKey(shown, keys, 5)).toBeUndefined());
});
