import { readFile } from 'node:fs/promises';

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const nothing: Tally = { passed: 0, failed: 0, skipped: 0 };

export const add = (a: Tally, b: Tally): Tally => ({ passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped });

interface Report {
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly { readonly status: string }[] }[];
}

/**
 * Counts a run by the JSON report it left. What failed outside any test (a file that does not load, an unhandled rejection,
 * a run that left no report) counts as one failure, so that no failing run can add up to none.
 */
export async function countReport(file: string, exitCode: number): Promise<Tally> {
  const tally = await readFile(file, 'utf8').then((text) => count(JSON.parse(text) as Report), () => nothing);
  return exitCode !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
}

function count({ testResults }: Report): Tally {
  const statuses = testResults.flatMap(({ status, assertionResults }) => {
    const inside = assertionResults.map((one) => one.status);
    return status === 'failed' && !inside.includes('failed') ? [...inside, 'failed'] : inside;
  });
  const passed = statuses.filter((status) => status === 'passed').length;
  const failed = statuses.filter((status) => status === 'failed').length;
  return { passed, failed, skipped: statuses.length - passed - failed };
}
