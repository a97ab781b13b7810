import { expect, test } from 'vitest';
import { liveService, serviceDeeds } from './service-life.ts';

const rounds = Number(process.env['NEB_TEST_ROUNDS'] ?? 20);
/** Every moment in 200 rounds; in 5 each 40th. */
const step = Math.max(1, Math.round(200 / rounds));

test.each(serviceDeeds)('a death at any moment of a service\'s %s is made good', async (deed) => {
  const { waits } = await liveService(deed, undefined);
  const ill: object[] = [];
  let lives = 0;
  for (let at = 1; at <= waits; at += step) {
    for (const when of ['before', 'after'] as const) {
      lives++;
      const { wrongs, deaths } = await liveService(deed, { at, when });
      if (wrongs.length > 0 || deaths !== 1) ill.push({ deed, at, when, deaths, wrongs });
    }
  }
  console.log(`crashes: ${deed} of a service: ${waits} waits, ${lives} lives, ${ill.length} ill`);
  expect(ill).toEqual([]);
});
