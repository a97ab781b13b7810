import { expect, test } from 'vitest';
import { type FaultClass, faultClasses, live } from './life.ts';

const only = process.env['NEB_TEST_SEED'];
const seeds = only === undefined ? Array.from({ length: 8 }, (_, seed) => seed + 1) : [Number(only)];

test.each(Object.keys(faultClasses) as FaultClass[])('a control plane that dies while the cloud has %s leaves no orphan, no double and nothing stuck', async (faultClass) => {
  for (const seed of seeds) expect((await live({ seed, faultClass })).wrongs, `replay with NEB_TEST_SEED=${seed}`).toEqual([]);
});
