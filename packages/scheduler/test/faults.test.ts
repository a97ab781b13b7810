import { test } from 'vitest';
import { weatherFaults } from './faults.ts';

/** A glance; those after them are for the long test. */
const seeds = Array.from({ length: 50 }, (_, seed) => seed + 1);

test.each(seeds)('nothing is lost, doubled or left behind under faults, crashes and clocks that jump (seed %i)', weatherFaults);
