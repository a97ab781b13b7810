import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { workerEnv } from '../../src/user.ts';
import { ground } from '../ground.ts';
import { socks } from './socks.ts';

/** A Python that has the original's package: `python3 -m venv there && there/bin/pip install nebulous-sh==0.1.150`. */
const python = process.env['NEB_ORIGINAL_PYTHON'];
const of = { stream: 'processor:my-app:maker', group: 'makers' };
const { all, port } = await ground([of], { keep: { claimMs: 500 } });
const care = { maxAttempts: 5, visibilityMs: 1_000 };
const workers: ChildProcess[] = [];

afterEach(async () => {
  for (const child of workers.splice(0)) await end(child);
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  process.kill(-child.pid!, 'SIGKILL');
  await gone;
}

async function original(): Promise<{ start(): ChildProcess; made(): Promise<readonly number[]> } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'neb-original-'));
  const notes = join(folder, 'notes');
  const user = await all.user(of);
  const proxy = await socks(1055);
  const env = {
    ...workerEnv(of, user, { host: '127.0.0.1', port }), PATH: process.env['PATH'], HOME: folder, NOTES: notes, PYTHONPATH: import.meta.dirname, PYTHONDONTWRITEBYTECODE: '1',
    // Which function it runs: its decorator writes these.
    FUNCTION_NAME: 'make', NEBU_ENTRYPOINT_MODULE_PATH: 'handler.py', IS_ASYNC_FUNCTION: 'False', IS_STREAM_MESSAGE: 'False', PARAM_TYPE_STR: 'Wish', RETURN_TYPE_STR: 'Made', MODULE_NAME: 'handler',
    NEBU_SERVER: 'http://127.0.0.1:1', NEBU_API_KEY: 'none', NEBU_AUTH_SERVER: 'http://127.0.0.1:1', PYTHON_LOG: 'WARNING',
  };
  return {
    start() {
      const child = spawn(python!, ['-u', '-m', 'nebulous.processors.consumer'], { env, cwd: folder, detached: true, stdio: process.env['NEB_ORIGINAL_LOG'] ? 'inherit' : 'ignore' });
      workers.push(child);
      return child;
    },
    made: async () => (await readFile(notes, 'utf8').catch(() => '')).split('\n').filter(Boolean).map(Number),
    async [Symbol.asyncDispose]() {
      for (const child of workers.splice(0)) await end(child);
      await proxy[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

test.skipIf(python === undefined)('the original\'s consumer, unchanged: answers, failures, health, and what one that was killed held is made by another', { timeout: 240_000 }, async () => {
  await using they = await original();
  const first = they.start();
  const [good, bad] = await all.send(of, [{ content: { n: 1 } }, { content: { n: 2, wish: 'fail' } }]);
  expect(await all.answer(of, good!.id, { timeoutMs: 60_000 })).toMatchObject({ kind: 'done', content: { n: 1 } });
  expect(await all.answer(of, bad!.id, { timeoutMs: 10_000 })).toMatchObject({ kind: 'failed', message: expect.stringContaining('cannot make 2') });
  expect(await all.health(of, { timeoutMs: 60_000 })).toMatchObject({ status: 'ok' });

  await all.send(of, [{ content: { n: 3, wish: 'slow' } }]);
  await expect.poll(they.made, { timeout: 20_000 }).toContain(3);
  await end(first);
  const [pending] = await all.pressure([of]);
  expect(pending).toMatchObject({ pending: 1, backlog: 0 });
  await new Promise((resolve) => setTimeout(resolve, 1_600));
  expect(await all.tend(of, care)).toMatchObject({ handedBack: 1 });
  they.start();
  // Its own claim would come after a minute only.
  await expect.poll(they.made, { timeout: 40_000 }).toEqual([1, 2, 3, 3]);
});

test.skipIf(python === undefined)('200 messages through the original\'s consumers, killed now and then: each at least once, none stuck', { timeout: 240_000 }, async () => {
  await using they = await original();
  await all.send(of, Array.from({ length: 200 }, (_, n) => ({ content: { n, wish: 'brief' } })), { answer: false });
  let crew = [they.start(), they.start()];
  const tending = setInterval(() => void all.tend(of, care).catch(() => undefined), 500);
  try {
    for (let kills = 0; kills < 4; kills++) {
      const before = (await they.made()).length;
      await expect.poll(async () => (await they.made()).length, { timeout: 60_000, interval: 5 }).toBeGreaterThan(before + 20);
      await end(crew[0]!);
      crew = [crew[1]!, they.start()];
    }
    await expect.poll(async () => (await all.pressure([of]))[0], { timeout: 90_000 }).toMatchObject({ backlog: 0, pending: 0 });
  } finally {
    clearInterval(tending);
  }
  expect([...new Set(await they.made())].toSorted((one, two) => one - two)).toEqual(Array.from({ length: 200 }, (_, n) => n));
  expect((await all.deadLetters.list(of)).items).toEqual([]);
});
