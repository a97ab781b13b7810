import { type ContainerStatus, timestamp } from '@neb/core-types';
import { expect, test } from 'vitest';
import { newContainerStatus } from './new-status.ts';
import { clocked, ranMs } from './run-clock.ts';

const start = Date.UTC(2026, 0, 1);
const minute = 60_000;
const at = (minutes: number): string => timestamp(start + minutes * minute);

function status(word: ContainerStatus['status'], more: Partial<ContainerStatus> = {}): ContainerStatus {
  const attempt = { number: 1, key: 'a-1', platform: 'here', region: 'r', offer: 'o', price_per_hour: '0', intended_at: at(0), started_at: at(0) };
  return { ...newContainerStatus, status: word, attempt, ...more };
}

/** A life of words and the minutes at which each begins; what it has run at the end. */
function lived(words: readonly (readonly [ContainerStatus['status'], number])[], until: number): number | undefined {
  let now = status(words[0]![0]);
  for (const [word, minutes] of words.slice(1)) {
    // As a move does: what goes on elsewhere is another attempt.
    const attempt = word === 'running' ? { ...now.attempt!, number: now.attempt!.number + 1, started_at: at(minutes) } : now.attempt;
    now = clocked(now, { ...now, status: word, attempt }, start + minutes * minute);
  }
  return ranMs(now, start + until * minute);
}

test.each<[string, readonly (readonly [ContainerStatus['status'], number])[], number, number]>([
  ['never stood still counts from its start', [['running', 0]], 7, 7],
  ['is suspended does not go on', [['running', 0], ['paused', 3]], 60, 3],
  ['was moved or resumed goes on from there', [['running', 0], ['paused', 3], ['running', 60]], 62, 5],
  ['was so twice adds up', [['running', 0], ['paused', 3], ['running', 60], ['paused', 62], ['running', 100]], 101, 6],
  ['is started anew counts anew', [['running', 0], ['paused', 3], ['running', 60], ['restarting', 62], ['creating', 63], ['running', 70]], 71, 1],
])('the clock of a run that %s', (_, words, until, minutes) => {
  expect(lived(words, until)).toBe(minutes * minute);
});

test('nothing has run for no time', () => {
  expect(ranMs(newContainerStatus, start)).toBeUndefined();
});

test('a clock that was set back takes nothing away', () => {
  const paused = clocked(status('running'), status('paused'), start - minute);
  expect(paused.ran).toEqual({ ms: 0 });
});
