import { inject, type RunnerTask, type RunnerTestFile, TestRunner } from 'vitest';
import { neededBy } from './neighbours.ts';

/** Skips the files whose neighbours are absent, hooks and all; find-neighbours.ts has said why. */
export default class NeighbourRunner extends TestRunner {
  onCollected(files: RunnerTestFile[]): void {
    const absent = inject('absent');
    for (const file of files) if (neededBy(file.filepath).some((need) => absent[need] !== undefined)) skip(file);
  }
}

function skip(task: RunnerTask): void {
  task.mode = 'skip';
  task.result = { state: 'skip' };
  if ('tasks' in task) for (const inner of task.tasks) skip(inner);
}
