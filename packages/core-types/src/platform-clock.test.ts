import { expect, test } from 'vitest';
import { platformClock } from './platform-clock.ts';
import { fakeClock } from './testing/fake-clock.ts';

test('a platform\'s clock is ours where they agree, and its own to the second where ours was set wrong', () => {
  const world = fakeClock();
  let aheadMs = 0;
  const platform = platformClock({ ...world, now: () => world.now() + aheadMs });
  const date = () => new Date(world.now()).toUTCString();
  expect(platform.now()).toBeUndefined();
  platform.heard('no date');
  platform.heard(null);
  expect(platform.now()).toBeUndefined();
  world.advance(1_234);
  platform.heard(date());
  expect(platform.now()).toBe(world.now());
  for (aheadMs of [7_200_000, -7_200_000]) {
    platform.heard(date());
    world.advance(10_000);
    expect(Math.abs(platform.now()! - world.now())).toBeLessThanOrEqual(500);
  }
});
