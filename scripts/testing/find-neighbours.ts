import type { TestProject } from 'vitest/node';
import { absentNeighbours, type Neighbour } from './neighbours.ts';

declare module 'vitest' {
  interface ProvidedContext {
    absent: Partial<Record<Neighbour, string>>;
  }
}

/** Looks once a run for what tests may need. With NEB_TEST_NEEDS=all, as in ./test.sh, what is missing ends the run instead of skipping tests. */
export default async function findNeighbours(project: TestProject): Promise<void> {
  const absent = await absentNeighbours();
  // To be root is nothing that ./test.sh could install.
  const reasons = Object.entries(absent).filter(([need]) => need !== 'podman' || process.getuid?.() === 0).map(([, reason]) => reason);
  if (reasons.length > 0 && process.env['NEB_TEST_NEEDS'] === 'all') throw new Error(`Tests cannot run: ${reasons.join('; ')}.`);
  const asked = Object.entries(absent).filter(([need]) => need !== 'docker' || project.name !== 'main');
  for (const [need, reason] of asked) console.warn(`Skipping ${project.name} tests named *.${need}.test.ts: ${reason}.`);
  project.provide('absent', absent);
}
