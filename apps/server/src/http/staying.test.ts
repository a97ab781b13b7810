import { EventEmitter, once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { collect, NebError, type Provider, systemClock } from '@neb/core-types';
import { type FakeClock, fakeClock, type MemoryCloud } from '@neb/core-types/testing';
import type { Identity } from '@neb/identity';
import { createNeb, type Neb } from '@neb/sdk';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { people } from '../../test/people.ts';
import { type Served, served } from '../../test/served.ts';
import { ada } from '../../test/stage.ts';
import { bearerOf } from '../auth/authenticate.ts';
import { staying } from './staying.ts';

let clock: FakeClock;
let who: Identity;
let s: Served;
/** Tells when some of a file has come. */
const files = new EventEmitter();
/** Files that were taken to their end. */
let whole = 0;
beforeAll(async () => {
  clock = fakeClock(Date.now());
  who = await people(clock);
  s = await served({ identity: who, authenticate: bearerOf(who.authenticate), whileGood: who.whileGood, provider: endless });
});
afterAll(async () => {
  await s[Symbol.asyncDispose]();
  await who[Symbol.asyncDispose]();
});

interface Given {
  readonly neb: Neb;
  readonly token: string;
  /** A running container. */
  readonly web: { readonly id: string };
}
/** What is open; `over` settles as the reader's own call does when it ends. */
interface Open {
  readonly over: Promise<unknown>;
}
type Opens = Readonly<Record<string, (given: Given) => Promise<Open>>>;

/** Everything that outlives its request, opened, and read where it says something at once. */
const told: Opens = {
  'a watch of containers': ({ neb }) => begun(neb.containers.watch({ after: '0' })),
  'a watch of namespaces': ({ neb }) => begun(neb.namespaces.watch({ after: '0' })),
  'a watch of events': ({ neb }) => begun(neb.events.watch({ since: '2026-01-01T00:00:00Z' })),
  'a log that is followed': ({ neb, web }) => begun(neb.containers.logs(web, { follow: true })),
  'a command': async ({ neb, web }) => {
    const session = await neb.containers.exec(web, { command: ['cat'], stdin: true });
    return { over: Promise.all([collect(session.output), session.exit]) };
  },
  'a command that is run': async ({ neb, web }) => {
    const output = new EventEmitter();
    const over = neb.containers.run(web, ['cat'], { stdin: forever(() => output.emit('read')) });
    await once(output, 'read');
    return { over };
  },
  'a connection to a port': async ({ neb, web }) => ({ over: collect((await neb.containers.dial(web, 80)).readable) }),
};

/** Those that cannot say why: half of an answer, or of a question, is out. */
const cut: Opens = {
  'a copy out': async ({ neb, web }) => await begun(await neb.containers.readFiles(web, '/data')),
  'a copy in': async ({ neb, web }) => {
    const taken = once(files, 'taken');
    const over = neb.containers.writeFiles(web, '/data', forever());
    await taken;
    return { over };
  },
  'a log as one JSON string': async ({ token, web }) => {
    const answer = await fetch(`${s.url}/v1/containers/${web.id}/logs`, { headers: { authorization: `Bearer ${token}` } });
    return { over: answer.text() };
  },
};

const ends: Readonly<Record<string, (key: string) => Promise<unknown>>> = {
  revoked: (key) => who.keys.revoke(key),
  expired: async () => clock.advance(3_600_000),
};

describe.each(Object.entries(ends))('when its key is %s', (_, end) => {
  test.each(Object.entries(told))('%s ends, and says why', async (_name, kind) => {
    const given = await someone();
    const { over } = await kind(given);
    const ended = expect(over).rejects.toMatchObject({ code: 'unauthenticated', message: expect.stringMatching(/good no more|has expired/) });
    await end(given.key);
    await ended;
  });

  test.each(Object.entries(cut))('%s is cut', async (_name, kind) => {
    const given = await someone();
    const { over } = await kind(given);
    const ended = expect(over).rejects.toThrow();
    await end(given.key);
    await ended;
    expect(whole).toBe(0);
  });

  test('a socket that has not said yet what it wants gets nothing any more', async () => {
    const given = await someone();
    const socket = new WebSocket(`${s.url.replace('http', 'ws')}/v1/containers/${given.web.id}/exec`, { headers: { authorization: `Bearer ${given.token}` } });
    await once(socket, 'open');
    const closed = once(socket, 'close');
    await end(given.key);
    expect((await closed)[0]).toBe(4_401);
  });
});

test('whoever is told to go and stays is cut off', () => {
  vi.useFakeTimers();
  try {
    const [good, until] = [new AbortController(), new AbortController()];
    const destroy = vi.fn();
    staying(() => good.signal, ada, { destroy } as unknown as IncomingMessage)(until.signal);
    good.abort(new NebError('unauthenticated', 'go'));
    vi.advanceTimersByTime(4_999);
    expect(destroy).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(destroy).toHaveBeenCalledOnce();
  } finally {
    vi.useRealTimers();
  }
});

let made = 0;

/** A user with a key of an hour, and a container that runs. */
async function someone(): Promise<Given & { readonly key: string }> {
  const { id } = await who.users.invite(`ada${made++}@example.com`);
  const { key, token } = await who.keys.create({ name: 'k', holder: { is: 'user', id }, createdBy: id, expiresAt: new Date(clock.now() + 3_600_000).toISOString() });
  const neb = createNeb({ url: s.url, token });
  const web = await neb.containers.create({ metadata: { name: 'web' }, image: 'a' });
  await s.until(web.metadata.id, 'running');
  return { neb, token, web: { id: web.metadata.id }, key: key.id };
}

async function begun(entries: AsyncIterable<unknown>): Promise<Open> {
  const each = entries[Symbol.asyncIterator]();
  await each.next();
  return { over: collect({ [Symbol.asyncIterator]: () => each }) };
}

/** Bytes without end, a few at a time. */
async function* forever(read: () => void = () => {}): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    yield new Uint8Array(10);
    read();
    await systemClock.sleep(5);
  }
}

/** A cloud whose files have no end, nor has a log that is not followed. */
function endless(cloud: MemoryCloud): Provider {
  const { provider } = cloud;
  return {
    ...provider,
    logs: (ref, options, call) => provider.logs!(ref, { ...options, follow: true }, call),
    files: {
      read: async () => forever(),
      async write(_ref, _path, tar) {
        for await (const _ of tar) files.emit('taken');
        whole++;
      },
    },
  };
}
