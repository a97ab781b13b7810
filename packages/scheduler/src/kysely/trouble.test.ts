import { NebError } from '@neb/core-types';
import { expect, test } from 'vitest';
import { inWords } from './trouble.ts';

const failure = (message: string, code?: string): Error => Object.assign(new Error(message), { code });

test.for([
  ['refused', failure('connect ECONNREFUSED', 'ECONNREFUSED'), 'unavailable'],
  ['starting up', failure('the database system is starting up', '57P03'), 'unavailable'],
  ['full', failure('sorry, too many clients already', '53300'), 'unavailable'],
  ['no connection in time', failure('timeout exceeded when trying to connect'), 'unavailable'],
  ['cut off', failure('Connection terminated unexpectedly'), 'uncertain'],
  ['reset', failure('read ECONNRESET', 'ECONNRESET'), 'uncertain'],
  ['shut down', failure('terminating connection due to administrator command', '57P01'), 'uncertain'],
] as const)('a database that is %s makes a write %3$s', ([, error, code]) => {
  expect(inWords(error, 'uncertain')).toMatchObject({ code });
  expect(inWords(error, 'unavailable')).toMatchObject({ code: 'unavailable' });
});

test.for([failure('syntax error', '42601'), failure('duplicate key', '23505'), new NebError('conflict', 'taken'), new TypeError('x is not a function')])('%s stays what it is', (error) => {
  expect(inWords(error, 'uncertain')).toBe(error);
});

test.for([failure('invalid byte sequence for encoding "UTF8": 0x00', '22021'), failure('unsupported Unicode escape sequence', '22P05')])('%s is the fault of who wrote the text', (error) => {
  expect(inWords(error, 'uncertain')).toMatchObject({ code: 'invalid' });
});
