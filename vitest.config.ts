import { defineConfig } from 'vitest/config';

const shared = {
  testTimeout: 20_000,
  hookTimeout: 60_000,
  globalSetup: ['scripts/testing/find-neighbours.ts'],
  runner: './scripts/testing/neighbour-runner.ts',
};
const under = (name: string): string[] => [`packages/*/{src,test}/**/${name}`, `apps/*/{src,test}/**/${name}`, `scripts/**/${name}`];

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      { test: { ...shared, name: 'main', include: under('*.test.ts'), exclude: under('*.long.test.ts') } },
      // Minutes, not seconds: how many rounds they go is in NEB_TEST_ROUNDS.
      { test: { ...shared, name: 'long', include: under('*.long.test.ts'), testTimeout: 1_800_000, hookTimeout: 120_000 } },
    ],
  },
});
