// Packs every package that is published, as a registry would get it, looks inside, and installs an example from what was packed.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleProblems } from './packages/example.ts';
import { pack, type Packed, publishedPackages } from './packages/pack.ts';
import { packedProblems } from './packages/problems.ts';

const folder = await mkdtemp(join(tmpdir(), 'neb-packed-'));
try {
  process.exitCode = (await checkPackages()) ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function checkPackages(): Promise<boolean> {
  const packed: Packed[] = [];
  let clean = true;
  for (const source of publishedPackages()) {
    const made = await pack(source, folder);
    const problems = 'problem' in made ? [made.problem] : await packedProblems(made);
    if (!('problem' in made)) packed.push(made);
    clean = report(source, problems) && clean;
  }
  if (!clean) return false;
  return report('examples/sdk-node, installed from the packed packages', await exampleProblems('sdk-node', packed, folder));
}

function report(what: string, problems: readonly string[]): boolean {
  console.log(problems.length === 0 ? `✓ ${what}` : `✗ ${what}${problems.map((problem) => `\n    ${problem.replaceAll('\n', '\n    ')}`).join('')}`);
  return problems.length === 0;
}
