import { expect, test } from 'vitest';
import { asideDeeds, liveAside } from './aside-life.ts';

const rounds = Number(process.env['NEB_TEST_ROUNDS'] ?? 20);
/** Every moment in 200 rounds; in 5 each 40th. */
const usual = Math.max(1, Math.round(200 / rounds));
/** A target that does not answer is asked again and again, and each time is as the one before. */
const mostMoments = 300;

test.each(asideDeeds)('a death at any moment of a %s is made good', async (deed) => {
  const { waits } = await liveAside(deed, undefined);
  const ill: object[] = [];
  const step = Math.max(usual, Math.ceil(waits / mostMoments));
  let lives = 0;
  for (let at = 1; at <= waits; at += step) {
    for (const when of ['before', 'after'] as const) {
      lives++;
      const { wrongs, deaths } = await liveAside(deed, { at, when });
      if (wrongs.length > 0 || deaths !== 1) ill.push({ deed, at, when, deaths, wrongs });
    }
  }
  console.log(`crashes: ${deed}: ${waits} waits, ${lives} lives, ${ill.length} ill`);
  expect(ill).toEqual([]);
});
