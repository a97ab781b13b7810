import { expect, test } from 'vitest';
import { databaseTrouble } from './database-trouble.ts';
import { NebError } from './errors.ts';

const failure = (message: string, code?: string): Error => Object.assign(new Error(message), code !== undefined && { code });

test.each([
  ['shut down', failure('terminating connection due to administrator command', '57P01'), 'uncertain', 'uncertain'],
  ['starting up', failure('the database system is starting up', '57P03'), 'unavailable', 'unavailable'],
  ['out of connections', failure('sorry, too many clients already', '53300'), 'unavailable', 'unavailable'],
  ['not there', failure('connect ECONNREFUSED', 'ECONNREFUSED'), 'unavailable', 'unavailable'],
  ['gone without a code', failure('Connection terminated unexpectedly'), 'uncertain', 'uncertain'],
  ['given a NUL', failure('invalid byte sequence for encoding "UTF8": 0x00', '22021'), 'uncertain', 'invalid'],
] as const)('of a database that is %s', (_, error, lost, code) => {
  expect(databaseTrouble(error, lost)).toMatchObject({ code, cause: error });
});

test('a fault of ours stays as it is, and so does what is in words already', () => {
  for (const error of [failure('syntax error', '42601'), new NebError('conflict', 'taken'), undefined, 'x']) expect(databaseTrouble(error, 'unavailable')).toBe(error);
});
