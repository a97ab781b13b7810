import { globSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { type Ran, root, run } from './run.ts';

interface Check {
  readonly words: readonly [string, ...string[]];
  /** A reason to distrust a run that exited with 0. */
  readonly doubt?: (ran: Ran) => string | undefined;
}

/** What `pnpm check` holds the repository to, by name: two lanes that run side by side, the slowest check alone in its own; what is packed is built and declared before it. */
const lanes = [
  {
    lint: { words: ['eslint', '.', '--max-warnings', '0'] },
  },
  {
    boundaries: { words: ['turbo', 'boundaries'], doubt: looksAtEveryPackage },
    'dead code': { words: ['knip', '--treat-config-hints-as-errors'] },
    sizes: { words: ['node', 'scripts/check-sizes.ts'] },
    build: { words: ['turbo', 'run', 'build', '--output-logs=errors-only'] },
    // One checker, not four: each would work out for itself what they share.
    types: { words: ['tsc', '-p', '.', '--checkers', '1'] },
    declarations: { words: ['node', 'scripts/declarations.ts'] },
    packages: { words: ['node', 'scripts/check-packages.ts'] },
  },
] as const satisfies readonly Readonly<Record<string, Check>>[];

export interface Checked {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
}

/** Runs the chosen checks, prints each one's verdict, and the whole output of those that failed. */
export async function checkAll(chosen: (name: string) => boolean): Promise<Checked> {
  const passed: string[] = [];
  const failed: string[] = [];
  await Promise.all(lanes.map(async (lane) => {
    for (const [name, check] of Object.entries<Check>(lane)) if (chosen(name)) ((await passes(name, check)) ? passed : failed).push(name);
  }));
  return { passed, failed };
}

async function passes(name: string, { words, doubt: doubtOf }: Check): Promise<boolean> {
  const start = performance.now();
  const ran = await run(words);
  const doubt = ran.code === 0 ? doubtOf?.(ran) : `exit code ${ran.code}`;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(doubt === undefined ? `✓ ${name} (${seconds} s)` : `✗ ${name} (${seconds} s): ${words.join(' ')}: ${doubt}\n${ran.output}`);
  return doubt === undefined;
}

/** A boundary checker that looks at nothing also finds nothing. */
function looksAtEveryPackage({ output }: Ran): string | undefined {
  const expected = globSync(['packages/*/package.json', 'apps/*/package.json', 'examples/{*,processors/*}/package.json', 'bench/package.json'], { cwd: root }).length;
  const [, files, packages] = /Checked (\d+) files in (\d+) packages/.exec(output) ?? [];
  return Number(packages) >= expected && Number(files) > expected ? undefined : `looked at ${packages ?? 'no'} packages of ${expected}`;
}
