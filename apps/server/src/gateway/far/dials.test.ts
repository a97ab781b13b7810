import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { type Connection, type InstanceAt, type InstanceRef, NebError, systemRandom } from '@neb/core-types';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { loadConfig } from '../../config.ts';
import { dialAt } from './dial-at.ts';
import { type DialsOptions, hearDials } from './dials.ts';
import { farPlatforms } from './far-platforms.ts';
import { setupOf, setupText } from './setup.ts';

const at: InstanceAt = { platform: 'elsewhere', ref: 'i-1' as InstanceRef };
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neb-dials-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function hearing(dial: DialsOptions['dial']): Promise<string> {
  const path = join(folder, 'dials');
  const dials = await hearDials({ path, dial });
  onTestFinished(() => dials[Symbol.asyncDispose]());
  return path;
}

/** What listens where everything is dialled, and the connections that were, as who dialled has them. */
async function replica(serve: (socket: Socket) => void): Promise<{ readonly dial: DialsOptions['dial']; readonly open: Set<Socket> }> {
  const open = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => serve(socket.on('error', () => undefined))).listen(join(folder, 'replica'));
  onTestFinished(() => void server.close());
  return {
    open,
    async dial() {
      const socket = connect({ path: join(folder, 'replica'), allowHalfOpen: true });
      open.add(socket.once('close', () => open.delete(socket)));
      return connectionOver(socket);
    },
  };
}

function connectionOver(socket: Socket): Connection {
  socket.on('error', () => undefined);
  return {
    readable: socket.iterator({ destroyOnReturn: false }),
    write: (data) => new Promise((resolve, reject) => { socket.write(data, (error) => (error ? reject(error) : resolve())); }),
    closeWrite: async () => void socket.end(),
    [Symbol.asyncDispose]: async () => void socket.destroy(),
  };
}

const soon = (): AbortSignal => AbortSignal.timeout(5_000);

test('bytes go both ways and whoever has said its last is answered still', async () => {
  const { dial, open } = await replica((socket) => void socket.pipe(socket));
  const asked: unknown[] = [];
  const path = await hearing(async (...call) => {
    asked.push(call.slice(0, 2));
    return await dial(...call);
  });
  const sent = 'x'.repeat(5_000_000);
  const sockets = await Promise.all(Array.from({ length: 20 }, (_, port) => dialAt(path)(at, port, soon())));
  const answers = sockets.map((socket) => text(socket));
  for (const socket of sockets) socket.end(sent);
  expect((await Promise.all(answers)).every((answer) => answer === sent)).toBe(true);
  expect(asked.toSorted()).toEqual(Array.from({ length: 20 }, (_, port) => [at, port]).toSorted());
  await vi.waitFor(() => expect(open.size).toBe(0));
});

test('what speaks first is heard from its first byte', async () => {
  const { dial } = await replica((socket) => void socket.end('first\nand more'));
  expect(await text(await dialAt(await hearing(dial))(at, 1, soon()))).toBe('first\nand more');
});

test('where nothing can be dialled it says why, and where nobody hears too', async () => {
  const path = await hearing(async () => { throw new NebError('not_found', 'there is no machine i-1\nany more'); });
  await expect(dialAt(path)(at, 1, soon())).rejects.toMatchObject({ code: 'unavailable', message: 'there is no machine i-1 any more' });
  await expect(dialAt(join(folder, 'nobody'))(at, 1, soon())).rejects.toThrow('ENOENT');
});

test('whoever leaves takes its dialling along, and a connection that breaks ends both sides', async () => {
  const gone = vi.fn();
  const waits = await hearing(async (_at, _port, signal) => await new Promise((_, reject) => { signal.addEventListener('abort', () => (gone(), reject(signal.reason as Error))); }));
  await expect(dialAt(waits)(at, 1, AbortSignal.timeout(50))).rejects.toThrow(/timeout/);
  await vi.waitFor(() => expect(gone).toHaveBeenCalled());

  const { dial, open } = await replica((socket) => void socket.write('begun'));
  const path = join(folder, 'other');
  await using _ = await hearDials({ path, dial, stillMs: 50 });
  const [breaks, leaves] = [await dialAt(path)(at, 1, soon()), await dialAt(path)(at, 1, soon())];
  const broke = new Promise((resolve) => breaks.resume().once('close', resolve));
  breaks.once('end', () => breaks.end());
  await vi.waitFor(() => expect(open.size).toBe(2));
  [...open][0]!.destroy();
  await broke;
  leaves.destroy();
  await vi.waitFor(() => expect(open.size).toBe(0));
});

test('whoever leaves is missed also where the instance takes nothing, and says nothing', async () => {
  const { dial, open } = await replica((socket) => void socket.pause());
  const path = join(folder, 'dials');
  await using _ = await hearDials({ path, dial, stillMs: 50 });
  const [uploads, waits] = [await dialAt(path)(at, 1, soon()), await dialAt(path)(at, 1, soon())];
  uploads.write('x'.repeat(5_000_000));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(open.size).toBe(2);
  uploads.destroy();
  waits.destroy();
  await vi.waitFor(() => expect(open.size).toBe(0));
});

test('whoever has said its last and reads late reads all', async () => {
  const path = await hearing(async (_, tens) => {
    const readable = Readable.from(Array.from({ length: tens }, () => Buffer.alloc(10_000)));
    return { readable, write: async () => undefined, closeWrite: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
  });
  // Some of them end where the system takes no more for the moment.
  const sockets = await Promise.all(Array.from({ length: 40 }, (_, tens) => dialAt(path)(at, tens, soon())));
  for (const socket of sockets) socket.end();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await Promise.all(sockets.map(async (socket) => (await buffer(socket)).length))).toEqual(sockets.map((_, tens) => tens * 10_000));
});

test('what was answered is heard though the instance takes no more', async () => {
  const path = await hearing(async () => ({
    readable: (async function* () {
      await new Promise((resolve) => setTimeout(resolve, 50));
      yield Buffer.from('too much');
    })(),
    write: async () => { throw new NebError('unavailable', 'the other side has closed the connection'); },
    closeWrite: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  }));
  const socket = await dialAt(path)(at, 1, soon());
  socket.write('x'.repeat(1_000_000));
  expect(await text(socket)).toBe('too much');
});

test('an end that nobody said is told as a break', async () => {
  const { dial, open } = await replica((socket) => void socket.write('half'));
  const breaks = await dialAt(await hearing(dial))(at, 1, soon());
  await vi.waitFor(() => expect(open.size).toBe(1));
  [...open][0]!.destroy(new Error('the way is gone'));
  await expect(text(breaks)).rejects.toThrow('EPIPE');

  const path = join(folder, 'other');
  const dials = await hearDials({ path, dial });
  const killed = await dialAt(path)(at, 1, soon());
  const told = text(killed);
  await dials[Symbol.asyncDispose]();
  await expect(told).rejects.toThrow('EPIPE');
});

test('what is not a request gets no answer', async () => {
  const path = await hearing(async () => { throw new Error('never asked'); });
  for (const words of ['nonsense\n', '\n', 'x'.repeat(10_000)]) {
    const socket = connect(path).on('error', () => undefined);
    socket.write(words);
    expect(await text(socket).catch(() => '')).toBe('');
  }
});

test('platforms are the same once told, with their secrets', () => {
  const config = loadConfig({ NEB_PLATFORMS: 'runpod,aws,docker', RUNPOD_API_KEY: 'rp-key', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'aws-key', DOCKER_HOST: 'tcp://10.0.0.9:2375' }, { HOME: folder });
  const again = setupOf(setupText(config));
  expect(again.runpod.apiKey?.reveal()).toBe('rp-key');
  expect(again.aws.keys).toMatchObject({ kind: 'given' });
  expect(setupText(again)).toBe(setupText(config));
  expect(JSON.stringify(again)).not.toMatch(/rp-key|aws-key/);
});

test('a platform that no server has named is not dialled', async () => {
  await using far = farPlatforms({ clock: { now: () => 0, sleep: async () => undefined }, random: systemRandom, onTrouble: (error) => { throw error; } });
  await expect(far.dial(at, 1, soon())).rejects.toThrow(/no server has said yet/);
  far.setUp(setupText(loadConfig({ NEB_PLATFORMS: 'memory' }, { HOME: folder })));
  await expect(far.dial(at, 1, soon())).rejects.toThrow('platform elsewhere is not one of the server\'s');
  await expect(far.dial({ ...at, platform: 'memory' }, 1, soon())).rejects.toThrow();
});
