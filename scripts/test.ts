// Everything that ./test.sh runs once the machine is ready, summed up in one last line.
// `test.ts` all; `test.ts fast` what needs no Docker; `test.ts NAME` the checks and test files with NAME in their names.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkAll } from './checks.ts';
import { run } from './run.ts';
import { add, countReport, type Tally } from './testing/tally.ts';

/** How far long tests go here; `pnpm test:long` goes the whole way. */
const rounds = '3';

const [wanted = ''] = process.argv.slice(2);
const fast = wanted === 'fast';
const name = fast ? '' : wanted;

process.env['NEB_TEST_ROUNDS'] ??= rounds;
if (!fast) process.env['NEB_TEST_NEEDS'] = 'all';

const folder = await mkdtemp(join(tmpdir(), 'neb-test-'));
try {
  const checks = await runChecks();
  const sum = add(checks, await runTests(fast ? ['main', 'together'] : ['main', 'together', 'docker', 'long']));
  if (sum.passed + sum.failed === 0) console.log(`Nothing has "${name}" in its name.`);
  console.log(`\n${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`);
  process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function runChecks(): Promise<Tally> {
  const { passed, failed } = await checkAll((check) => check.includes(name));
  return { passed: passed.length, failed: failed.length, skipped: 0 };
}

async function runTests(projects: readonly string[]): Promise<Tally> {
  const report = join(folder, 'report.json');
  const chosen = projects.flatMap((project) => ['--project', project]);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`, '--passWithNoTests'];
  const { code } = await run(['vitest', 'run', ...chosen, ...reporters, ...(name === '' ? [] : [name])], { echo: true });
  return countReport(report, code);
}
