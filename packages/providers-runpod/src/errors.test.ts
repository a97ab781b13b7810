import { expect, it } from 'vitest';
import { refused, unreachable, unreadable } from './errors.ts';
import { redactor } from './redact.ts';

const plain = redactor([]);
const problem = (detail: string, errors?: readonly string[]): string => JSON.stringify({ title: 'T', status: 0, detail, errors });

it.each([
  [400, problem('There are no longer any instances available with the requested specifications. Please refresh and try again.'), 'no_capacity'],
  [400, problem('There are no instances currently available'), 'no_capacity'],
  [400, problem('This machine does not have the resources to deploy your pod. Please try a different machine'), 'no_capacity'],
  [500, '{"error":"create pod: There are no instances currently available","status":500}', 'no_capacity'],
  [400, problem('mounts.persistent is not allowed on CPU pods'), 'invalid'],
  [400, '<html>400</html>', 'unavailable'],
  [401, problem('missing bearer token'), 'unauthorized'],
  [402, problem('balance'), 'quota'],
  [403, problem('access denied'), 'unauthorized'],
  [404, problem('pod not found'), 'not_found'],
  [409, problem('not valid'), 'conflict'],
  [422, problem('Request validation failed.', ['name: too short', 'disk: too small']), 'invalid'],
  [429, problem('limit'), 'rate_limited'],
  [500, problem('oops'), 'unavailable'],
  [502, '', 'unavailable'],
])('%i %s is %s', (status, body, code) => {
  expect(refused({ status, body, buys: false }, plain).code).toBe(code);
});

it.each([[500], [502], [503], [504]])('%i after a purchase is uncertain: a gateway does not tell', (status) => {
  expect(refused({ status, body: problem('oops'), buys: true }, plain).code).toBe('uncertain');
});

it('a refusal says everything that is wrong', () => {
  expect(refused({ status: 422, body: problem('Request validation failed.', ['name: too short', 'disk: too small']), buys: true }, plain).message)
    .toBe('RunPod says: Request validation failed. name: too short; disk: too small');
});

it.each([['12', 12_000], ['0', 0], [null, 5_000], ['Wed, 21 Oct 2026 07:28:00 GMT', 5_000]])('Retry-After %s waits %i ms', (retryAfter, ms) => {
  expect(refused({ status: 429, body: '', retryAfter, buys: false }, plain).retryAfterMs).toBe(ms);
});

it('what is no answer is told by its first line, cut short', () => {
  expect(unreadable(`\n  <h1>${'x'.repeat(1_000)}</h1>`, { buys: false }, plain).message.length).toBeLessThan(400);
  expect(unreadable('', { buys: true }, plain).code).toBe('uncertain');
});

it.each([['ECONNREFUSED', 'unavailable'], ['ENOTFOUND', 'unavailable'], ['ECONNRESET', 'uncertain'], ['UND_ERR_SOCKET', 'uncertain']])('a purchase that meets %s is %s', (code, expected) => {
  const error = new TypeError('fetch failed', { cause: Object.assign(new Error('other side closed'), { code }) });
  expect(unreachable(error, { buys: true }, plain)).toMatchObject({ code: expected, message: expect.stringContaining('other side closed') });
});

it('no words carry a key or a password', () => {
  const redact = redactor(['KEYKEYKEY', 'hunter2']);
  expect(redact('KEYKEYKEY or Bearer abcdefgh123 or https://me:hunter2@host or rpa_ABCDEFGHIJK or ?api_key=short')).toBe('*** or Bearer *** or https://***@host or *** or ?api_key=***');
});
