import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ran } from './command.ts';
import { inProcess } from './in-process.ts';
import { type TestServer, testServer } from './server.ts';

const run = promisify(execFile);
/** Three quarters of a minute. */
const isWanted = Number(process.env['NEB_TEST_ROUNDS'] ?? 20) >= 20;
const root = resolve(import.meta.dirname, '../../../..');
let server: TestServer;
let home: string;
const neb = (line: string | readonly string[]): Promise<Ran> => inProcess(typeof line === 'string' ? line.split(' ') : line, { env: { HOME: home, NEB_SERVER: server.url, NEB_TOKEN: server.token, LANG: 'C.UTF-8' } });

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-plain-'));
  await run(join(root, 'examples/processors/translator/make-images.sh'), ['redis-cli'], { timeout: 120_000 });
  server = await testServer({ NEB_PLATFORMS: 'docker' });
}, 180_000);
afterAll(async () => {
  await neb('delete processors --all -n plain -y --wait --timeout 60s');
  await server[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
}, 120_000);

/** Notes each message it takes, and does `then` with the message numbered `$n`. It never looks at what another let lie. */
const worker = (then: string): string => `redis() { redis-cli --no-auth-warning -u "$REDIS_URL" --raw "$@"; }
while :; do
  entry=$(redis XREADGROUP GROUP "$REDIS_CONSUMER_GROUP" "$REDIS_CONSUMER" COUNT 1 BLOCK 1000 STREAMS "$REDIS_STREAM" '>') || { sleep 1; continue; }
  [ -n "$entry" ] || continue
  id=$(echo "$entry" | sed -n 2p)
  answers=$(echo "$entry" | sed -n 4p | sed -n 's/.*"return_stream":"\\([^"]*\\)".*/\\1/p')
  n=$(redis INCR "$REDIS_STREAM.state.taken")
  ${then}
  redis XADD "$answers" '*' data "{\\"status\\":\\"success\\",\\"content\\":$n}" >/dev/null
  redis XACK "$REDIS_STREAM" "$REDIS_CONSUMER_GROUP" "$id" >/dev/null
done`;

function manifest(name: string, then: string): string {
  const file = join(home, `${name}.yaml`);
  writeFileSync(file, JSON.stringify({
    kind: 'Processor', metadata: { name, namespace: 'plain' }, min_workers: 1, max_workers: 1, visibility: '2s',
    container: { image: 'neb/example-redis-cli:latest', command: worker(then), restart: 'Always' },
  }));
  return file;
}

test.skipIf(!isWanted)('a message whose worker died comes to the next one, which only reads what is new', async () => {
  expect(await neb(`create processor -f ${manifest('mortal', '[ "$n" -gt 1 ] || exit 1')}`)).toMatchObject({ code: 0 });
  expect(await neb(['send', 'processor', 'mortal', '--data', '{}', '-n', 'plain', '--wait', '--timeout', '60s'])).toMatchObject({ code: 0, stdout: '2\n' });
}, 90_000);

test.skipIf(!isWanted)('a message whose worker is slow and lives is not given to anybody else for ten times visibility', async () => {
  expect(await neb(`create processor -f ${manifest('slow', 'sleep 10')}`)).toMatchObject({ code: 0 });
  expect(await neb(['send', 'processor', 'slow', '--data', '{}', '-n', 'plain', '--wait', '--timeout', '60s'])).toMatchObject({ code: 0, stdout: '1\n' });
  await new Promise((done) => setTimeout(done, 8_000));
  const { status } = JSON.parse((await neb('get processor slow -n plain -o json')).stdout) as { readonly status: { readonly backlog: number; readonly pending: number } };
  expect(status).toMatchObject({ backlog: 0, pending: 0 });
}, 90_000);
