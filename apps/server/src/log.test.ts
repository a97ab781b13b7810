import { NebError } from '@neb/core-types';
import { describe, expect, test } from 'vitest';
import { type LogOptions, makeLog } from './log.ts';
import { secretText } from './secrets/secret-text.ts';

function logged(options: Partial<LogOptions>, write: (log: ReturnType<typeof makeLog>) => void): string[] {
  const lines: string[] = [];
  write(makeLog({ level: 'info', format: 'json', ...options, out: { write: (line) => void lines.push(line), ...options.out } }));
  return lines;
}

describe('a line', () => {
  test('is one JSON object with the level, the time and the ids of what it is about', () => {
    const [line] = logged({}, (log) => log.info({ container: 'abc' }, 'started'));
    expect(JSON.parse(line!)).toEqual({ level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), container: 'abc', msg: 'started' });
  });

  test('is left out below the level', () => {
    expect(logged({ level: 'warn' }, (log) => log.info('quiet'))).toEqual([]);
    expect(logged({ level: 'silent' }, (log) => log.error('quiet'))).toEqual([]);
  });

  test('for people fits on a line of its own', () => {
    const lines = logged({ format: 'pretty' }, (log) => log.warn({ container: 'abc', error: new NebError('unavailable', 'no engine', { hint: 'Start one.' }) }, 'trouble'));
    expect(lines).toEqual([expect.stringMatching(/^\d\d:\d\d:\d\d WARN {2}trouble: no engine\. Start one\. {2}container=abc\n$/)]);
  });

  test('is for people on a terminal and for programs elsewhere', () => {
    const tty = { write: () => {}, isTTY: true };
    const lines: string[] = [];
    makeLog({ level: 'info', format: 'auto', out: { ...tty, write: (line) => void lines.push(line) } }).info('hello');
    makeLog({ level: 'info', format: 'auto', out: { write: (line) => void lines.push(line) } }).info('hello');
    expect(lines).toEqual([expect.stringMatching(/INFO {2}hello\n$/), expect.stringMatching(/^\{"level"/)]);
  });
});

test.each(['json', 'pretty'] as const)('what is secret by its name or its type is in no %s line', (format) => {
  const canary = 'canary-1';
  const lines = logged({ format }, (log) => {
    log.info({ token: canary, password: canary, env: { A: canary }, headers: { authorization: canary }, request: { headers: canary, token: canary } }, 'careless');
    log.info({ typed: secretText(canary), list: [secretText(canary)] }, 'careful');
  });
  expect(lines).toHaveLength(2);
  expect(lines.join('')).not.toContain(canary);
});

test('an error of ours says what the user was told, any other where it came from', () => {
  const [ours, other] = logged({}, (log) => {
    log.error({ error: new NebError('unavailable', 'no engine', { cause: new Error('ENOENT') }) }, 'a');
    log.error({ error: new TypeError('oops') }, 'b');
  }).map((line) => JSON.parse(line).error as { message: string; stack?: string; code?: string });
  expect(ours).toMatchObject({ code: 'unavailable', message: 'no engine', cause: { message: 'ENOENT' } });
  expect(other).toMatchObject({ message: 'oops', stack: expect.stringContaining('log.test.ts') });
});
