import { fakeClock } from '@neb/core-types/testing';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { alarms } from './alarms.ts';

test('alarms ring at their times, whichever was set first, and not once they are off', async () => {
  const clock = fakeClock();
  const ringing = alarms(clock);
  const rung: string[] = [];
  const start = clock.now();
  ringing.at(start + 300, () => rung.push('late'));
  const off = ringing.at(start + 200, () => rung.push('off'));
  ringing.at(start + 100, () => rung.push('early'));
  off();
  clock.advance(150);
  await nextTurn();
  expect(rung).toEqual(['early']);
  clock.advance(500);
  await nextTurn();
  expect(rung).toEqual(['early', 'late']);
  ringing.at(clock.now() + 10, () => rung.push('stopped'));
  ringing.stop();
  clock.advance(100);
  await nextTurn();
  expect(rung).toEqual(['early', 'late']);
});
