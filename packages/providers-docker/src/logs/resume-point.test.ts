import type { LogLine } from '@neb/core-types';
import { expect, it } from 'vitest';
import { resumePoint } from './resume-point.ts';

const line = (stream: LogLine['stream'], ms: number, text: string): LogLine => ({ stream, at: `2026-01-31T12:00:00.${String(ms).padStart(3, '0')}000000Z`, text });
const second = (at: number): string => `2026-01-31T12:00:${String(at).padStart(2, '0')}.000000000Z`;

/** What is shown of a file that is read in full after each of `cuts` of its lines. */
function shown(file: readonly LogLine[], cuts: readonly number[]): string[] {
  const place = resumePoint(undefined);
  return [...cuts, file.length].flatMap((cut) => {
    place.since();
    return file.slice(0, cut).filter((each) => place.passes(each)).map(({ text }) => text);
  });
}

const uneven = [line('stdout', 2, 'a'), line('stdout', 2, 'b'), line('stdout', 3, 'c'), line('stderr', 1, 'oops'), line('stdout', 3, 'd'), line('stderr', 3, 'end')];

it.each([0, 1, 2, 3, 4, 5, 6])('each line is shown once, in the file\'s order, also where stamps of the streams are uneven: cut after %i', (cut) => {
  const texts = uneven.map(({ text }) => text);
  expect(shown(uneven, [cut])).toEqual(texts);
  expect(shown(uneven, [cut, cut])).toEqual(texts);
  expect(shown(uneven, [cut, 6])).toEqual(texts);
});

it('a log begins where it was asked for, and goes on a second before its last line, not before its first', () => {
  const place = resumePoint(second(5));
  expect([place.began(), place.since()]).toEqual([false, second(5)]);
  place.passes({ stream: 'stdout', at: second(6), text: '' });
  expect([place.began(), place.since()]).toEqual([true, second(6)]);
  place.passes({ stream: 'stderr', at: second(9), text: '' });
  expect(place.since()).toBe('2026-01-31T12:00:08.000Z');
});

it('lines in other forms of the same time are the same', () => {
  const place = resumePoint(undefined);
  expect(place.passes({ stream: 'stdout', at: '2026-01-31T12:00:00.5Z', text: 'a' })).toBe(true);
  place.since();
  expect(place.passes({ stream: 'stdout', at: '2026-01-31T13:00:00.500000000+01:00', text: 'a' })).toBe(false);
});
