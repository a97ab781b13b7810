import { type LogLine, NebError, type Provider } from '@neb/core-types';
import type { MemoryCloud } from '@neb/core-types/testing';
import type { LogEntry, LogsInput } from '@neb/sdk/contract';
import { describe, expect, test } from 'vitest';
import { admin, type Stage, stage, take } from '../../../test/stage.ts';
import { toNanoseconds } from './position.ts';

/** A log that a test writes line by line, as a platform would show it; it can be cut. */
function writtenLog() {
  const lines: LogLine[] = [];
  const waiting = new Set<() => void>();
  let cut: NebError | undefined;
  let over = false;
  const wake = (): void => waiting.forEach((go) => go());
  const logs: Provider['logs'] = async function* (_, { follow, tail, since }) {
    const present = lines.filter(({ at }) => since === undefined || toNanoseconds(at) >= toNanoseconds(since));
    yield* tail === undefined ? present : present.slice(-tail);
    for (let at = lines.length; follow; ) {
      while (at < lines.length) yield lines[at++]!;
      if (cut) {
        const error = cut;
        cut = undefined;
        throw error;
      }
      if (over) return;
      await new Promise<void>((go) => waiting.add(go));
    }
  };
  return {
    logs,
    write(text: string, at = `2026-11-24T08:00:00.${String(lines.length).padStart(9, '0')}Z`, stream: LogLine['stream'] = 'stdout') {
      lines.push({ at, stream, text });
      wake();
    },
    cut(error: NebError) {
      cut = error;
      wake();
    },
    end() {
      over = true;
      wake();
    },
  };
}

const ref = { namespace: 'shop', name: 'web' };
async function started(s: Stage, more: object = {}): Promise<string> {
  const [made] = await s.api.apply(admin, { manifests: [{ kind: 'Container', metadata: ref, image: 'a', ...more }], mode: 'create' });
  await s.until(made!.id!, 'running');
  return made!.id!;
}
const read = (s: Stage, input: Omit<LogsInput, 'ref'> = {}, signal = AbortSignal.timeout(10_000)): AsyncIterable<LogEntry> => s.api.containers.logs(admin, { ref, ...input }, signal);
async function texts(entries: AsyncIterable<LogEntry>): Promise<string[]> {
  const all: string[] = [];
  for await (const { text, attempt } of entries) all.push(`${attempt} ${text}`);
  return all;
}
const withLog = (log: ReturnType<typeof writtenLog>) => ({ provider: (cloud: MemoryCloud): Provider => ({ ...cloud.provider, logs: log.logs }) });

test('a log that is not followed ends with what is there', async () => {
  await using s = stage();
  await started(s);
  expect(await texts(read(s))).toEqual(['1 running a']);
});

test('a follower who comes back at any line sees each line once, whatever streams and times they have', async () => {
  const log = writtenLog();
  await using s = stage(withLog(log));
  await started(s);
  for (const n of [1, 2, 3]) log.write(`out ${n}`, '2026-11-24T08:00:01.000000005Z');
  log.write('err 1', '2026-11-24T08:00:01.000000004Z', 'stderr');
  log.write('out 4', '2026-11-24T08:00:01.000000006Z');
  const all = await take(read(s, { follow: true }), 5);
  log.write('last', '2026-11-24T08:00:02Z');
  for (const [at, { position }] of all.entries()) {
    const rest = await take(read(s, { follow: true, after: position }), 5 - at);
    expect(rest.map(({ text }) => text), `after line ${at + 1}`).toEqual([...all.slice(at + 1).map(({ text }) => text), 'last']);
  }
});

test('a follow goes on by itself where its platform was out of reach', async () => {
  const log = writtenLog();
  await using s = stage(withLog(log));
  await started(s);
  log.write('one');
  log.write('two');
  const following = read(s, { follow: true })[Symbol.asyncIterator]();
  expect([(await following.next()).value?.text, (await following.next()).value?.text]).toEqual(['one', 'two']);
  log.cut(new NebError('unavailable', 'the engine is restarting'));
  log.write('three');
  expect((await following.next()).value?.text).toBe('three');
  await following.return?.();
});

test('following goes over into the next attempt, and ends with the last', async () => {
  await using s = stage();
  const id = await started(s, { restart: 'OnFailure' });
  const following = texts(read(s, { follow: true }));
  s.cloud.exit(`${id}-1`, 1);
  await s.until(id, 'restarting', 'creating', 'pending');
  await s.until(id, 'running');
  s.cloud.exit(`${id}-2`, 0);
  await s.until(id, 'completed');
  expect(await following).toEqual(['1 running a', '1 exited 1', '2 running a', '2 exited 0']);
});

test('a follower may be there before the container is', async () => {
  await using s = stage({ provider: (cloud) => ({ ...cloud.provider, readiness: async () => (ready ? undefined : 'not yet') }) });
  let ready = false;
  const [made] = await s.api.apply(admin, { manifests: [{ kind: 'Container', metadata: ref, image: 'a' }], mode: 'create' });
  const first = take(read(s, { follow: true }), 1);
  ready = true;
  expect((await first)[0]).toMatchObject({ text: 'running a', attempt: 1 });
  expect(made).toBeDefined();
});

test('a finished container still has its log, and the run before it too', async () => {
  await using s = stage();
  const id = await started(s, { restart: 'OnFailure' });
  s.cloud.exit(`${id}-1`, 3);
  await s.until(id, 'restarting', 'creating', 'pending');
  await s.until(id, 'running');
  s.cloud.exit(`${id}-2`, 0);
  await s.until(id, 'completed');
  expect(await texts(read(s))).toEqual(['2 running a', '2 exited 0']);
  expect(await texts(read(s, { previous: true }))).toEqual(['1 running a', '1 exited 3']);
  expect(await texts(read(s, { tail: 1 }))).toEqual(['2 exited 0']);
  expect(await texts(read(s, { follow: true }))).toEqual(['2 running a', '2 exited 0']);
});

test('whoever comes back after the end gets the rest of the log that is kept', async () => {
  await using s = stage();
  const id = await started(s);
  const [first] = await take(read(s), 1);
  s.cloud.exit(`${id}-1`, 0);
  await s.until(id, 'completed');
  expect(await texts(read(s, { follow: true, after: first!.position }))).toEqual(['1 exited 0']);
});

test('where the instance refuses its log on its way out, what is kept is read', async () => {
  let leaving = false;
  await using s = stage({
    provider: ({ provider }) => ({
      ...provider,
      delete: async () => { leaving = true; },
      logs: async function* (...asked) {
        if (leaving) throw new NebError('conflict', 'it is marked for removal');
        yield* provider.logs!(...asked);
      },
    }),
  });
  const id = await started(s);
  s.cloud.exit(`${id}-1`, 0);
  await s.until(id, 'completed');
  while (!leaving) await new Promise((go) => setTimeout(go, 5));
  expect(await texts(read(s))).toEqual(['1 running a', '1 exited 0']);
});

test('of a container that ended without a word is empty', async () => {
  const log = writtenLog();
  await using s = stage(withLog(log));
  const id = await started(s);
  s.cloud.exit(`${id}-1`, 0);
  await s.until(id, 'completed');
  while ((await s.store.get('Container', id))!.finalizers.length > 0) await new Promise((go) => setTimeout(go, 5));
  expect(await texts(read(s))).toEqual([]);
});

describe('what cannot be read is told apart', () => {
  test('not started yet', async () => {
    await using s = stage({ running: false });
    await s.api.apply(admin, { manifests: [{ kind: 'Container', metadata: ref, image: 'a' }], mode: 'create' });
    await expect(texts(read(s))).rejects.toMatchObject({ code: 'conflict', message: 'container shop/web is pending, so there is no log yet' });
  });

  test('never ran', async () => {
    await using s = stage();
    s.cloud.failImage('bad', { code: 'not_found', message: 'there is no image bad' });
    const [made] = await s.api.apply(admin, { manifests: [{ kind: 'Container', metadata: ref, image: 'bad' }], mode: 'create' });
    await s.until(made!.id!, 'failed');
    await expect(texts(read(s))).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('it never ran') });
  });

  test('no run before', async () => {
    await using s = stage();
    await started(s);
    await expect(texts(read(s, { previous: true }))).rejects.toMatchObject({ code: 'not_found' });
  });

  test('no longer kept', async () => {
    await using s = stage();
    const id = await started(s);
    s.cloud.exit(`${id}-1`, 0);
    await s.until(id, 'completed');
    await expect(texts(read(s, { after: '7;o2026-11-24T08:00:00.000000000Z/1' }))).rejects.toMatchObject({ code: 'expired' });
  });

  test('no position', async () => {
    await using s = stage();
    await started(s);
    await expect(texts(read(s, { after: 'yesterday' }))).rejects.toMatchObject({ code: 'invalid' });
  });
});
