import { expect, test } from 'vitest';
import { asideDeeds, liveAside } from './aside-life.ts';

/** So many moments of a deed, evenly; all of them in the long test. */
const moments = 4;

test.each(asideDeeds)('a death in a %s is made good: one copy lives, it holds what it held, and no snapshot is left', async (deed) => {
  const unharmed = await liveAside(deed, undefined);
  expect(unharmed.wrongs).toEqual([]);
  expect(unharmed.waits).toBeGreaterThan(15);
  for (let at = 2; at <= unharmed.waits; at += Math.ceil(unharmed.waits / moments)) {
    for (const when of ['before', 'after'] as const) expect({ at, when, ...(await liveAside(deed, { at, when })) }).toMatchObject({ at, when, wrongs: [], deaths: 1 });
  }
});
