import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DataFolder, dataFolder } from '../test/data-folder.ts';

let folder: DataFolder;
beforeAll(async () => { folder = await dataFolder(); });
afterAll(() => folder.remove());

interface Run {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly exit: Promise<unknown>;
}

/** `neb serve` in a process of its own. */
function serve(env: Readonly<Record<string, string>> = {}): Run {
  const program = `import { main } from ${JSON.stringify(fileURLToPath(new URL('main.ts', import.meta.url)))}; process.exitCode = await main();`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: { PATH: process.env.PATH, NEB_DATA_DIR: folder.path, NEB_PORT: '0', NEB_PLATFORMS: 'memory', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => { said += data.toString(); });
  return { child, said: () => said, exit: once(child, 'exit').then(([code, signal]: unknown[]) => code ?? signal) };
}

async function ready({ said, child }: Run): Promise<string> {
  for (;;) {
    const url = /"url":"([^"]+)"/.exec(said())?.[1];
    if (url !== undefined) return url;
    if (child.exitCode !== null) throw new Error(said());
    await once(child.stdout!, 'data');
  }
}

test('serves until SIGTERM, then ends in order with 0', async () => {
  const run = serve();
  expect((await fetch(`${await ready(run)}/readyz`)).status).toBe(200);
  run.child.kill('SIGTERM');
  expect(await run.exit).toBe(0);
  expect(run.said()).toContain('the server has stopped');
}, 60_000);

test('says nothing of the token or the keys, at any level', async () => {
  const secrets = { NEB_TOKEN: 'canary-canary-token', NEB_ENCRYPTION_KEY: 'canary-canary-key', NEB_DATA_DIR: `${folder.path}-canaries` };
  const run = serve({ ...secrets, NEB_LOG_LEVEL: 'debug' });
  const url = await ready(run);
  await fetch(`${url}/v1/containers`, { headers: { authorization: `Bearer ${secrets.NEB_TOKEN}` } });
  run.child.kill('SIGINT');
  expect(await run.exit).toBe(0);
  expect(run.said()).toContain('/v1/containers');
  expect(run.said()).not.toContain('canary-canary');
}, 60_000);

test.each([
  { what: 'a value that cannot be', env: { NEB_PORT: 'x' }, code: 2, says: 'neb serve: NEB_PORT must be a port, 0 to 65535' },
  { what: 'a database that does not answer', env: { DATABASE_URL: 'postgres://me:canary@127.0.0.1:1/neb' }, code: 9, says: 'the database at 127.0.0.1:1/neb cannot be used' },
])('$what ends it with a sentence and exit code $code', async ({ env, code, says }) => {
  const run = serve(env);
  expect(await run.exit).toBe(code);
  expect(run.said()).toContain(says);
  expect(run.said()).not.toContain('canary');
  expect(run.said()).not.toContain('    at ');
}, 60_000);

test('a second signal ends it at once', async () => {
  const run = serve({ NEB_SHUTDOWN_TIMEOUT: '1h' });
  const url = await ready(run);
  // A request that never comes to its end keeps the server from ending in order.
  const body = new ReadableStream({ pull: async () => await new Promise(() => {}) });
  void fetch(`${url}/v1/containers`, { method: 'POST', body, duplex: 'half' }).catch(() => {});
  await new Promise((go) => setTimeout(go, 200));
  run.child.kill('SIGTERM');
  while (!run.said().includes('shutting down')) await once(run.child.stdout!, 'data');
  run.child.kill('SIGTERM');
  expect(await run.exit).toBe(143);
}, 60_000);
