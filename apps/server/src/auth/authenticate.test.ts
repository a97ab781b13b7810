import { expect, test } from 'vitest';
import { secretText } from '../secrets/secret-text.ts';
import { bearerOf, handleOf, localToken } from './authenticate.ts';

const authenticate = bearerOf(localToken(secretText('right-right-right'), 'me@example.com'));

test('the token names the administrator', async () => {
  expect(await authenticate({ authorization: 'Bearer right-right-right' })).toEqual({ id: 'me@example.com', handle: 'me-example-com', roles: { 'me@example.com': 'owner' }, admin: true });
  expect(await authenticate({ authorization: 'bearer  right-right-right ' })).toBeDefined();
});

test.each([undefined, '', 'Bearer', 'Bearer ', 'right-right-right', 'Basic right-right-right', 'Bearer right-right-righ', 'Bearer right-right-right2', 'Bearer right right-right', 'Bearer RIGHT-RIGHT-RIGHT'])(
  'nothing else names anybody: %j',
  async (authorization) => expect(await authenticate({ authorization })).toBeUndefined(),
);

test('what the first way does not know is asked of the next, and a way that cannot tell is not passed over', async () => {
  const eve = { id: 'eve@example.com', handle: 'eve', roles: {}, admin: false };
  const both = bearerOf(localToken(secretText('right-right-right'), 'me@example.com'), async (bearer) => (bearer === 'other' ? eve : undefined));
  expect(await both({ authorization: 'Bearer right-right-right' })).toMatchObject({ admin: true });
  expect(await both({ authorization: 'Bearer other' })).toBe(eve);
  expect(await both({ authorization: 'Bearer another' })).toBeUndefined();
  await expect(bearerOf(() => Promise.reject(new Error('no database')))({ authorization: 'Bearer x' })).rejects.toThrow('no database');
});

test.each([['local', 'local'], ['Ada.Lovelace@example.com', 'ada-lovelace-example-com'], ['@@', 'default']])('the handle of %s is %s', (owner, handle) => {
  expect(handleOf(owner)).toBe(handle);
});
