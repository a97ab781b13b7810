import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { countReport } from './tally.ts';

const passed = { status: 'passed' };
const failed = { status: 'failed' };
const skipped = { status: 'pending' };

test.for([
  { what: 'each test by its verdict', files: [{ status: 'failed', assertionResults: [passed, failed, skipped] }], code: 1, sum: [1, 1, 1] },
  { what: 'a file that did not load as one failure', files: [{ status: 'failed', assertionResults: [] }], code: 1, sum: [0, 1, 0] },
  { what: 'a failing hook beside passed tests as one failure', files: [{ status: 'failed', assertionResults: [passed] }], code: 1, sum: [1, 1, 0] },
  { what: 'an error outside any file as one failure', files: [{ status: 'passed', assertionResults: [passed] }], code: 1, sum: [1, 1, 0] },
  { what: 'a clean run as no failure', files: [{ status: 'passed', assertionResults: [passed, passed] }], code: 0, sum: [2, 0, 0] },
])('counts $what', async ({ files, code, sum }) => {
  await using report = await written(JSON.stringify({ testResults: files }));
  const tally = await countReport(report.file, code);
  expect([tally.passed, tally.failed, tally.skipped]).toEqual(sum);
});

test('counts a run that left no report as one failure', async () => {
  expect(await countReport('/nonexistent/report.json', 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

async function written(text: string): Promise<AsyncDisposable & { readonly file: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'neb-tally-'));
  const file = join(folder, 'report.json');
  await writeFile(file, text);
  return { file, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
