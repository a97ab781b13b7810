import { setImmediate } from 'node:timers/promises';
import { fakeClock } from '@neb/core-types/testing';
import { expect, it } from 'vitest';
import { betweenStandstills, standstill } from './standstill.ts';

it('ends what is done when it begins, and has it done again once it was asked for no more', async () => {
  const clock = fakeClock();
  const still = standstill(clock, 1_000);
  const stop = new AbortController();
  const told: string[] = [];
  const after = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await setImmediate();
  };
  const doing = betweenStandstills(still, stop.signal, async (signal) => {
    told.push('begun');
    await clock.sleep(60_000, signal);
    told.push('ended');
  });
  await after(1);
  expect(told).toEqual(['begun']);
  still.ask();
  await after(600);
  still.ask();
  await after(999);
  expect(told).toEqual(['begun', 'ended']);
  await after(2);
  expect(told).toEqual(['begun', 'ended', 'begun']);
  stop.abort();
  await doing;
  expect(told).toEqual(['begun', 'ended', 'begun', 'ended']);
});

it('does not begin where everything stops meanwhile', async () => {
  const clock = fakeClock();
  const still = standstill(clock, 1_000);
  const stop = new AbortController();
  still.ask();
  const doing = betweenStandstills(still, stop.signal, () => Promise.reject(new Error('done all the same')));
  stop.abort();
  await doing;
});
