import { defineConfig } from 'vitest/config';
import LongestFirst from './scripts/testing/longest-first.ts';

const shared = {
  testTimeout: 20_000,
  hookTimeout: 60_000,
  // About one in eighty runs of a file that calls the command line in its own process waits for ever, on a machine that is busy with others; why is not
  // known. What waits twice fails, the report says what was tried twice, and in-process.ts what was waited for.
  retry: { count: 1, condition: /^Test timed out in/ },
  alias: { '@electric-sql/pglite': new URL('scripts/testing/pglite.ts', import.meta.url).pathname },
};
const neighbours = { ...shared, globalSetup: ['scripts/testing/find-neighbours.ts'], runner: './scripts/testing/neighbour-runner.ts' };
const named = (...ends: string[]): string[] =>
  ends.flatMap((end) => ['packages/*/{src,test}', 'apps/*/{src,test}', 'bench/src', 'scripts'].map((folder) => `${folder}/**/*${end}`));

// Files without a second word in their names: they need nothing and leave nothing behind. Half of what a short one takes is to start a process and to import, so they share both.
const together = ['packages/*/src', 'apps/*/src', 'scripts'].map((folder) => `${folder}/**/+([a-z0-9-]).test.ts`);
const docker = named('.docker.test.ts', '.docker.*.test.ts');
const long = named('.long.test.ts');
// They buy: nothing but `pnpm test:live` runs them.
const live = named('.live.test.ts');

export default defineConfig({
  test: {
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { ...neighbours, name: 'main', include: named('.test.ts'), exclude: [...together, ...docker, ...long, ...live] } },
      { test: { ...shared, name: 'together', include: together, isolate: false } },
      { test: { ...neighbours, name: 'docker', include: docker, exclude: long } },
      // Minutes, not seconds: how many rounds they go is in NEB_TEST_ROUNDS.
      { test: { ...neighbours, name: 'long', include: long, testTimeout: 1_800_000, hookTimeout: 120_000 } },
      { test: { ...neighbours, name: 'live', include: live, testTimeout: 3_600_000 } },
    ],
  },
});
