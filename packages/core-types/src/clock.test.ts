import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock, timestamp } from './clock.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a sleep longer than a timer can be does not end early', async () => {
  const monthMs = 30 * 86_400_000;
  let over = false;
  void systemClock.sleep(monthMs).then(() => { over = true; });
  await vi.advanceTimersByTimeAsync(monthMs - 1);
  expect(over).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(over).toBe(true);
});

test('a sleep ends at once when it is aborted, and leaves no timer behind', async () => {
  const stop = new AbortController();
  const sleeping = systemClock.sleep(60_000, stop.signal);
  stop.abort();
  await sleeping;
  await systemClock.sleep(60_000, stop.signal);
  expect(vi.getTimerCount()).toBe(0);
});

test('an instant is written in UTC to the millisecond', () => {
  expect(timestamp(0)).toBe('1970-01-01T00:00:00.000Z');
});
