import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { root } from '../run.ts';
import { neededBy } from './neighbours.ts';

test.for([
  ['packages/x/src/engine.test.ts', []],
  ['packages/x/src/engine.docker.test.ts', ['docker']],
  ['packages/x/test/remote.docker.sshd.test.ts', ['docker', 'sshd']],
  ['packages/x.docker/src/store.postgres.long.test.ts', ['postgres']],
  ['packages/x/src/docker.test.ts', []],
] as const)('%s needs %j', ([file, needs]) => {
  expect(neededBy(file)).toEqual(needs);
});

test('a file whose neighbour is absent is skipped whole, and with NEB_TEST_NEEDS=all ends the run', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(root, 'scripts/testing/.try-'));
  try {
    await writeFile(join(folder, 'try.docker.test.ts'), "import { beforeAll, test } from 'vitest';\nbeforeAll(() => { throw new Error('ran'); });\ntest('one', () => { throw new Error('ran'); });\n");
    const skipping = await vitest(folder, {});
    expect(skipping.code, skipping.output).toBe(0);
    expect(skipping.output).toContain('no Docker engine answers at unix:///nonexistent');
    const report = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as { testResults: { assertionResults: { status: string }[] }[] };
    expect(report.testResults.flatMap((file) => file.assertionResults.map(({ status }) => status))).toEqual(['pending']);
    const strict = await vitest(folder, { NEB_TEST_NEEDS: 'all' });
    expect(strict.code).not.toBe(0);
    expect(strict.output).toContain('Tests cannot run: no Docker engine answers at unix:///nonexistent');
  } finally {
    await rm(folder, { recursive: true });
  }
});

async function vitest(folder: string, more: NodeJS.ProcessEnv): Promise<{ readonly code: unknown; readonly output: string }> {
  const words = ['run', '--project', 'docker', '--reporter=default', '--reporter=json', `--outputFile.json=${folder}/report.json`, folder];
  const env = { ...process.env, DOCKER_HOST: 'unix:///nonexistent', NEB_TEST_NEEDS: '', ...more };
  return promisify(execFile)(join(root, 'node_modules/.bin/vitest'), words, { cwd: root, env }).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    (error: { code: unknown; stdout: string; stderr: string }) => ({ code: error.code, output: error.stdout + error.stderr }),
  );
}
