import { expect, test } from 'vitest';
import { liveService, serviceDeeds } from './service-life.ts';

/** So many moments of a deed, evenly; all of them in the long test. */
const moments = 2;

test.each(serviceDeeds)('a death in a service\'s %s is made good: no replica is left over, none is twice, and enough answer throughout', async (deed) => {
  const unharmed = await liveService(deed, undefined);
  expect(unharmed.wrongs).toEqual([]);
  expect(unharmed.waits).toBeGreaterThan(30);
  for (let at = 2; at <= unharmed.waits; at += Math.ceil(unharmed.waits / moments)) {
    for (const when of ['before', 'after'] as const) expect({ at, when, ...(await liveService(deed, { at, when })) }).toMatchObject({ at, when, wrongs: [], deaths: 1 });
  }
});
