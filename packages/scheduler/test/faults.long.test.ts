import { test } from 'vitest';
import { weatherFaults } from './faults.ts';

/** After the 50 of faults.test.ts: 2,000 in 200 rounds. */
const seeds = Array.from({ length: Number(process.env['NEB_TEST_ROUNDS'] ?? 20) * 10 }, (_, seed) => seed + 51);

test.each(seeds)('nothing is lost, doubled or left behind under faults, crashes and clocks that jump (seed %i)', weatherFaults);
