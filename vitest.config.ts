import { defineConfig } from 'vitest/config';
import LongestFirst from './scripts/testing/longest-first.ts';

const shared = {
  testTimeout: 20_000,
  hookTimeout: 60_000,
  // About one in eighty runs of a file that calls the command line in its own process waits for ever, on a machine that is busy with others; why is not
  // known. What waits twice fails, the report says what was tried twice, and in-process.ts what was waited for.
  retry: { count: 1, condition: /^Test timed out in/ },
  globalSetup: ['scripts/testing/find-neighbours.ts'],
  runner: './scripts/testing/neighbour-runner.ts',
};
const named = (...ends: string[]): string[] =>
  ends.flatMap((end) => ['packages/*/{src,test}', 'apps/*/{src,test}', 'bench/src', 'scripts'].map((folder) => `${folder}/**/*${end}`));

const docker = named('.docker.test.ts', '.docker.*.test.ts');
const long = named('.long.test.ts');
// They buy: nothing but `pnpm test:live` runs them.
const live = named('.live.test.ts');

export default defineConfig({
  test: {
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { ...shared, name: 'main', include: named('.test.ts'), exclude: [...docker, ...long, ...live] } },
      { test: { ...shared, name: 'docker', include: docker, exclude: long } },
      // Minutes, not seconds: how many rounds they go is in NEB_TEST_ROUNDS.
      { test: { ...shared, name: 'long', include: long, testTimeout: 1_800_000, hookTimeout: 120_000 } },
      { test: { ...shared, name: 'live', include: live, testTimeout: 3_600_000 } },
    ],
  },
});
