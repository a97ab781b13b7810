import { createTRPCClient, httpSubscriptionLink } from '@trpc/client';
import { type Event, isNebError, type LogLine } from '@neb/core-types';
import { EventSource } from 'eventsource';
import { describe, expect, test, vi } from 'vitest';
import { type Harness, harness } from '../../test/harness.ts';
import { token } from '../../test/server.ts';
import type { Router } from '../contract/index.ts';
import type { LogEntry } from '../index.ts';

const line = (n: number): LogLine & { attempt: number; position: string } => ({ at: '2026-11-24T08:00:00.000000001Z', stream: 'stdout', text: `line ${n}`, attempt: 1, position: '' });
const texts = (count: number): string[] => Array.from({ length: count }, (_, n) => `line ${n}`);
const container = async ({ neb }: Harness): Promise<{ name: string }> => {
  await neb.containers.create({ metadata: { name: 'web' }, image: 'x' });
  return { name: 'web' };
};

describe('a log', () => {
  test('ends with the container, and without follow at what is there', async () => {
    const h = await harness();
    const ref = await container(h);
    for (let n = 0; n < 3; n++) h.logs.push(line(n));
    expect(await collect(h.neb.containers.logs(ref))).toEqual(texts(3));
    expect(await collect(h.neb.containers.logs(ref, { tail: 1 }))).toEqual(['line 2']);
    h.logs.push({ ...line(3), text: 'THE END' });
    expect(await collect(h.neb.containers.logs(ref, { follow: true }))).toEqual(texts(3));
  });

  test('shows each line once over connections that are cut in the middle', async () => {
    const h = await harness();
    const ref = await container(h);
    const seen: string[] = [];
    let written = 0;
    const write = (count: number): void => {
      for (const end = written + count; written < end; written++) h.logs.push(line(written));
    };
    write(20);
    for await (const { text } of h.neb.containers.logs(ref, { follow: true })) {
      seen.push(text);
      // In the middle of what is buffered, and again where the next line is still to come.
      if (seen.length % 17 === 0) h.server.cut();
      if (seen.length === written && written < 200) write(20);
      if (seen.length === 200) h.logs.push({ ...line(0), text: 'THE END' });
    }
    expect(seen).toEqual(texts(200));
    expect(h.server.asked.filter((url) => url.includes('containers.logs')).length).toBeGreaterThan(5);
  });

  test('goes on over a server that is away for a while', async () => {
    const h = await harness();
    const ref = await container(h);
    h.logs.push(line(0));
    const seen: string[] = [];
    for await (const { text } of h.neb.containers.logs(ref, { follow: true })) {
      seen.push(text);
      if (seen.length === 1) {
        await h.server.stop();
        h.logs.push(line(1));
        setTimeout(() => void h.server.start(), 50);
      } else {
        h.logs.push({ ...line(2), text: 'THE END' });
      }
    }
    expect(seen).toEqual(texts(2));
  });

  test('says that the server stays away', async () => {
    const h = await harness();
    const ref = await container(h);
    h.logs.push(line(0));
    const neb = h.client({ retry: { delayMs: 1, reconnectMs: 20 } });
    const read = async (): Promise<void> => {
      for await (const _ of neb.containers.logs(ref, { follow: true })) await h.server.stop();
    };
    await expect(read()).rejects.toMatchObject({ code: 'unavailable', message: `no server answers at ${h.server.url} (connection refused)` });
  });

  test('of what is not there is refused, and not asked for again', async () => {
    const h = await harness();
    await expect(collect(h.neb.containers.logs({ name: 'nothing' }, { follow: true }))).rejects.toMatchObject({ code: 'not_found' });
    expect(h.server.asked).toHaveLength(1);
  });

  test('hides a fault of the server, and tells the server', async () => {
    const h = await harness();
    Object.assign(h.services.containers, { async *logs() {
      yield await Promise.reject(new Error('hunter2'));
    } });
    await expect(collect(h.neb.containers.logs({ name: 'web' }))).rejects.toMatchObject({ code: 'internal', message: 'internal error, request id r0' });
    expect(h.server.faults).toMatchObject([{ path: 'containers.logs', error: { message: 'hunter2' } }]);
  });

  test('is read no faster than it is taken', async () => {
    const h = await harness();
    let produced = 0;
    Object.assign(h.services.containers, { async *logs(): AsyncGenerator<LogEntry> {
      for (; produced < 5_000; produced++) yield { ...line(produced), text: 'x'.repeat(10_000), position: `p${produced}` };
    } });
    let taken = 0;
    for await (const _ of h.neb.containers.logs({ name: 'web' })) {
      if (++taken === 10) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    // What fits into the kernel's and the streams' buffers: a few MB of 50.
    expect(produced).toBeLessThan(2_000);
  });
});

describe('a watch', () => {
  test('tells every change from the moment it was asked for, cut or not', async () => {
    const h = await harness();
    await container(h);
    const seen: number[] = [];
    const watch = h.neb.containers.watch({ namespace: 'alice' })[Symbol.asyncIterator]();
    const first = watch.next();
    await vi.waitFor(() => expect(h.changes.readers).toBe(1));
    // The connection breaks before it has carried anything.
    h.server.cut();
    for (let n = 1; n <= 50; n++) h.setStatus({ namespace: 'alice', name: 'web' }, { restart_count: n });
    for (let next = await first; !next.done; next = await watch.next()) {
      if (next.value.do === 'changed') seen.push(next.value.object.status.restart_count);
      if (seen.length % 7 === 0) h.server.cut();
      if (seen.length === 50) break;
    }
    await watch.return?.();
    expect(seen).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
  });

  test('is gone on with where the server ends it', async () => {
    const h = await harness();
    await container(h);
    const { watch } = h.services.containers;
    let served = 0;
    Object.assign(h.services.containers, { async *watch(...[who, input, signal]: Parameters<typeof watch>) {
      for await (const change of watch(who, input, signal)) {
        served++;
        yield change;
        return;
      }
    } });
    for (let n = 1; n <= 3; n++) h.setStatus({ namespace: 'alice', name: 'web' }, { restart_count: n });
    const seen: unknown[] = [];
    for await (const change of h.neb.containers.watch({ after: 'p1' })) {
      seen.push(change.do === 'changed' && change.object.status.restart_count);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(served).toBe(3);
  });

  test('ends on the server when it is left, and when it is aborted', async () => {
    const h = await harness();
    await container(h);
    for await (const _ of h.neb.containers.watch({ after: 'p0' })) break;
    await vi.waitFor(() => expect(h.changes.readers).toBe(0));
    const stop = new AbortController();
    const watching = collectAll(h.neb.containers.watch({}, { signal: stop.signal }));
    await vi.waitFor(() => expect(h.changes.readers).toBe(1));
    stop.abort(new Error('enough'));
    await expect(watching).rejects.toThrow('enough');
    await vi.waitFor(() => expect(h.changes.readers).toBe(0));
  });

  test('of events tells each as it happens', async () => {
    const h = await harness();
    const seen: number[] = [];
    const happened = (count: number): Event => ({ id: 'e', type: 'normal', reason: 'Pulling', message: 'x', object: { kind: 'Container', namespace: 'a', name: 'b', id: 'c' }, count, first_at: '', last_at: '' });
    // A server may tell the same again, as some do after a break.
    for (let n = 1; n <= 20; n++) for (const count of [n, n]) h.events.push(happened(count));
    for await (const { count } of h.neb.events.watch({ after: 'p0' })) {
      seen.push(count);
      if (count % 6 === 0) h.server.cut();
      if (count === 20) break;
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  });
});

test('tRPC\'s own client and EventSource read the same router, and go on after a cut', async () => {
  const h = await harness();
  await container(h);
  const link = httpSubscriptionLink({
    url: `${h.server.url}/trpc`,
    EventSource: class extends EventSource {
      constructor(url: string | URL) {
        super(url, { fetch: async (input, init) => {
          const { status, headers, redirected, url: from, body } = await fetch(input, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });
          return { status, headers, redirected, url: from, body: ReadableStream.from(impatient(body!)) };
        } });
      }
    },
  });
  const client = createTRPCClient<Router>({ links: [link] });
  for (let n = 0; n < 4; n++) h.logs.push(line(n));
  const seen: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const subscription = client.containers.logs.subscribe({ ref: { namespace: 'alice', name: 'web' }, follow: true }, {
      onError: reject,
      onData: ({ data }) => {
        seen.push(data.text);
        if (seen.length === 2) {
          h.server.cut();
          for (let n = 4; n < 6; n++) h.logs.push(line(n));
        }
        if (seen.length === 6) {
          subscription.unsubscribe();
          resolve();
        }
      },
    });
  });
  expect(seen).toEqual(texts(6));
});

/** Without this an EventSource waits 3 s before it connects again. */
async function* impatient(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode('retry: 10\n\n');
  yield* body;
}

async function collect(entries: AsyncIterable<LogEntry>): Promise<string[]> {
  return (await collectAll(entries)).map(({ text }) => text);
}

async function collectAll<T>(entries: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
}

test('an error of a stream is a NebError', async () => {
  const h = await harness();
  const error: unknown = await collect(h.neb.containers.logs({ name: 'nothing' })).catch((reason: unknown) => reason);
  expect(isNebError(error, 'not_found')).toBe(true);
});
