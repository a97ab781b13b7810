import { fakeClock } from '@neb/core-types/testing';
import { type JWTPayload, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { knownTokens } from './known-tokens.ts';

const secret = 'a secret of more than thirty-two bytes';
const sign = (claims: JWTPayload) => new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));

describe('a token that was good', () => {
  test('is not checked again, and not good any longer than it says', async () => {
    const clock = fakeClock();
    const tokens = knownTokens(clock);
    const nowSeconds = clock.now() / 1_000;
    const token = await sign({ sub: 'ann', exp: nowSeconds + 60 });
    const first = await tokens.visitor(token, secret);
    expect(first).toMatchObject({ id: 'token:ann' });
    clock.advance(59_999);
    // What is known is told at once, and not promised.
    expect(tokens.visitor(token, secret)).toBe(first);
    clock.advance(1);
    await expect(tokens.visitor(token, secret)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('is not good with another secret, and not before its time', async () => {
    const clock = fakeClock();
    const tokens = knownTokens(clock);
    const token = await sign({ sub: 'ann', exp: clock.now() / 1_000 + 60 });
    await tokens.visitor(token, secret);
    await expect(tokens.visitor(token, `${secret}!`)).rejects.toMatchObject({ code: 'unauthenticated' });
    const later = await sign({ sub: 'ann', nbf: clock.now() / 1_000 + 10, exp: clock.now() / 1_000 + 60 });
    await expect(tokens.visitor(later, secret)).rejects.toMatchObject({ code: 'unauthenticated' });
    clock.advance(10_000);
    expect(await tokens.visitor(later, secret)).toMatchObject({ id: 'token:ann' });
  });

  test('is forgotten where others came since, and asked again', async () => {
    const clock = fakeClock();
    const tokens = knownTokens(clock, 2);
    const all = await Promise.all(['a', 'b', 'c'].map((sub) => sign({ sub, exp: clock.now() / 1_000 + 60 })));
    for (const token of all) await tokens.visitor(token, secret);
    const told = all.map((token) => tokens.visitor(token, secret));
    expect(told.map((visitor) => visitor instanceof Promise)).toEqual([true, false, false]);
    expect(await Promise.all(told.map(async (visitor) => await visitor))).toMatchObject([{ id: 'token:a' }, { id: 'token:b' }, { id: 'token:c' }]);
  });
});
