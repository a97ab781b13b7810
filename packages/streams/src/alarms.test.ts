import { fakeClock } from '@neb/core-types/testing';
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
  await clock.advance(150);
  expect(rung).toEqual(['early']);
  await clock.advance(500);
  expect(rung).toEqual(['early', 'late']);
  ringing.at(clock.now() + 10, () => rung.push('stopped'));
  ringing.stop();
  await clock.advance(100);
  expect(rung).toEqual(['early', 'late']);
});
