import { describe, expect, test } from 'vitest';
import { errorCodes, isNebError, messageOf, NebError } from './errors.ts';

test('an error carries what programs and people need', () => {
  const cause = new Error('ECONNREFUSED');
  const error = new NebError('unavailable', 'the engine does not answer', { cause, hint: 'Start Docker.', retryAfterMs: 500, details: { socket: '/run/docker.sock' } });
  expect(error).toMatchObject({ name: 'NebError', code: 'unavailable', message: 'the engine does not answer', hint: 'Start Docker.', retryAfterMs: 500, retryable: true, cause });
  expect(new NebError('invalid', 'no').retryable).toBe(false);
  expect('cause' in new NebError('invalid', 'no')).toBe(false);
});

describe('a NebError is known', () => {
  test('by its code', () => {
    const error: unknown = new NebError('not_found', 'no such container');
    expect(isNebError(error)).toBe(true);
    expect(isNebError(error, 'not_found')).toBe(true);
    expect(isNebError(error, 'conflict')).toBe(false);
  });
  test('also when it comes from another installed copy', () => {
    const foreign = Object.assign(new Error('no'), { [Symbol.for('neb.error')]: true, code: 'conflict' });
    expect(foreign).not.toBeInstanceOf(NebError);
    expect(isNebError(foreign, 'conflict')).toBe(true);
  });
  test.each([new Error('no'), null, undefined, 'text', { code: 'invalid' }])('from %o', (other) => {
    expect(isNebError(other)).toBe(false);
  });
});

test.each(Object.entries(errorCodes))('%s has a status and an exit code that say it failed', (_code, { http, exit }) => {
  expect(http).toBeGreaterThanOrEqual(400);
  expect(exit).toBeGreaterThan(0);
});

test('anything thrown has a message', () => {
  expect(messageOf(new Error('oh'))).toBe('oh');
  expect(messageOf('oh')).toBe('oh');
  expect(messageOf(undefined)).toBe('undefined');
});
