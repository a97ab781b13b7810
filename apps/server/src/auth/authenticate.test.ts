import { expect, test } from 'vitest';
import { secretText } from '../secrets/secret-text.ts';
import { handleOf, localToken } from './authenticate.ts';

const authenticate = localToken(secretText('right-right-right'), 'me@example.com');

test('the token names the administrator', () => {
  expect(authenticate({ authorization: 'Bearer right-right-right' })).toEqual({ id: 'me@example.com', handle: 'me-example-com', roles: { 'me@example.com': 'owner' }, admin: true });
  expect(authenticate({ authorization: 'bearer  right-right-right ' })).toBeDefined();
});

test.each([undefined, '', 'Bearer', 'Bearer ', 'right-right-right', 'Basic right-right-right', 'Bearer right-right-righ', 'Bearer right-right-right2', 'Bearer right right-right', 'Bearer RIGHT-RIGHT-RIGHT'])(
  'nothing else names anybody: %j',
  (authorization) => expect(authenticate({ authorization })).toBeUndefined(),
);

test.each([['local', 'local'], ['Ada.Lovelace@example.com', 'ada-lovelace-example-com'], ['@@', 'default']])('the handle of %s is %s', (owner, handle) => {
  expect(handleOf(owner)).toBe(handle);
});
