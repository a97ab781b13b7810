import type { LogLine } from '@neb/core-types';
import { describe, expect, test } from 'vitest';
import { advance, after, formatPosition, from, parsePosition, type Position, readAgainFrom, toNanoseconds } from './position.ts';

const line = (at: string, stream: LogLine['stream'] = 'stdout'): LogLine => ({ at: `2026-11-24T08:00:${at}Z`, stream, text: `${stream} ${at}` });
const start: Position = { attempt: 1, marks: {} };
const upTo = (lines: readonly LogLine[]): Position => lines.reduce(advance, start);
const rest = (position: Position, lines: readonly LogLine[]): string[] => lines.filter(after(position)).map(({ text }) => text);

describe('a log cut at any line and read again from its position', () => {
  const lines = [
    line('00.1'), line('00.09', 'stderr'), line('00.1'), line('00.100000001'), line('00.5', 'stderr'), line('01'), line('01'),
    // Written a moment before the line above, and come in after it.
    line('00.999999999', 'stderr'), line('00.999999999', 'stderr'), line('02', 'system'), line('02'),
  ];

  test.each(lines.map((_, at) => at + 1))('goes on after line %i, each once', (count) => {
    const position = parsePosition(formatPosition(upTo(lines.slice(0, count))));
    const readable = lines.filter(({ at }) => toNanoseconds(at) >= readAgainFrom(position)!);
    expect(rest(position, readable)).toEqual(lines.slice(count).map(({ text }) => text));
  });
});

test('a position is read as it was written', () => {
  const position = upTo([line('00.1'), line('00.1'), line('00.2', 'stderr')]);
  expect(formatPosition(position)).toBe('1;o2026-11-24T08:00:00.100000000Z/2;e2026-11-24T08:00:00.200000000Z/1');
  expect(parsePosition(formatPosition(position))).toEqual(position);
});

test('reading again begins where the oldest stream stands, but not further back than streams can be apart', () => {
  expect(readAgainFrom(start)).toBeUndefined();
  expect(readAgainFrom(upTo([line('31', 'stderr'), line('32'), line('31.5', 'system')]))).toBe('2026-11-24T08:00:31.000000000Z');
  expect(readAgainFrom(upTo([line('01', 'stderr'), line('50'), line('01', 'system')]))).toBe('2026-11-24T08:00:40.000000000Z');
});

test('a stream that was never heard of may have had something to say a moment ago', () => {
  expect(readAgainFrom(upTo([line('32')]))).toBe('2026-11-24T08:00:22.000000000Z');
});

test('what a reader does not want is not missed', () => {
  const position = advance(from(start, line('05').at), line('05'));
  expect(rest(position, [line('01', 'stderr'), line('05'), line('05', 'stderr'), line('06')])).toEqual(['stderr 05', 'stdout 06']);
});

test.each(['', '0', 'x', '1;', '1;o2026', '1;q2026-11-24T08:00:00.000000000Z/1', '-1', '1;o2026-11-24T08:00:00.000000000Z/x'])('%j is no position', (text) => {
  expect(() => parsePosition(text)).toThrow(expect.objectContaining({ code: 'invalid' }));
});
