import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtCommand } from './command.ts';

let built: Awaited<ReturnType<typeof builtCommand>>;
let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-lean-'));
  writeFileSync(join(home, 'hook.mjs'), `
import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) { if (url.startsWith('file:')) process.stderr.write(url + '\\n'); return next(url, context); } });`);
  built = await builtCommand();
});
afterAll(async () => {
  await built[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
});

/** KiB of the files that a command line loads. */
function loaded(...args: readonly string[]): number {
  const script = 'exec "$@" 2>&1 >/dev/null';
  const said = execFileSync('sh', ['-c', script, 'sh', process.execPath, '--import', join(home, 'hook.mjs'), built.main, ...args], { env: { HOME: home, PATH: process.env['PATH'] }, encoding: 'utf8' });
  const files = said.split('\n').filter((line) => line.startsWith('file:') && !line.endsWith('hook.mjs')).map((line) => fileURLToPath(line));
  return Math.ceil(files.reduce((sum, file) => sum + statSync(file).size, 0) / 1024);
}

// A stray import is seen here before anyone feels it: zod alone is 200 KiB, the YAML parser 270.
test.each<[number, readonly string[]]>([
  [40, ['--help']],
  [40, ['__complete', 'g']],
  [120, ['get', '--help']],
  [120, ['config', 'get-contexts']],
])('no more than %i KiB are loaded for neb %j', (limit, args) => {
  expect(loaded(...args)).toBeLessThanOrEqual(limit);
});
