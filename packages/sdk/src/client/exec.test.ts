import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Harness, harness } from '../../test/harness.ts';
import { token } from '../../test/server.ts';
import type { ExecSession } from '../index.ts';
import { frameSocket } from '../wire/socket.ts';

const web = { namespace: 'alice', name: 'web' };
const running = async (): Promise<Harness> => {
  const h = await harness();
  await h.neb.containers.create({ metadata: { name: 'web' }, image: 'x' });
  return h;
};
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const decoded = (data: Uint8Array | undefined): string => new TextDecoder().decode(data);
const control = (json: string): Buffer => Buffer.concat([Buffer.of(3), bytes(json)]);

describe('run', () => {
  test('gives back what a command writes and its exit code', async () => {
    const { neb } = await running();
    expect(await neb.containers.run(web, ['sh', '-c', 'echo out; echo err >&2; exit 7'])).toEqual({ exitCode: 7, stdout: 'out\n', stderr: 'err\n' });
  });

  test('feeds a command, to the end of its input', async () => {
    const { neb } = await running();
    expect(await neb.containers.run(web, ['tr', 'a-z', 'A-Z'], { stdin: 'grüße' })).toMatchObject({ exitCode: 0, stdout: 'GRüßE' });
    expect(await neb.containers.run(web, ['cat'])).toMatchObject({ exitCode: 0, stdout: '' });
  });

  test('does not mind a command that leaves input unread', async () => {
    const { neb } = await running();
    expect(await neb.containers.run(web, ['true'], { stdin: new Uint8Array(5_000_000) })).toMatchObject({ exitCode: 0 });
  });

  test('carries megabytes whole, in both directions at once', async () => {
    const { neb } = await running();
    const text = 'neb '.repeat(1_000_000);
    const { stdout } = await neb.containers.run(web, ['cat'], { stdin: text });
    expect(stdout === text).toBe(true);
  });

  test('takes a command of any length, and keeps it out of URLs', async () => {
    const { neb, server } = await running();
    const long = 'x'.repeat(60_000);
    expect(await neb.containers.run(web, ['echo', '-n', long])).toMatchObject({ stdout: long });
    expect(server.asked.at(-1)).toBe('/v1/containers/alice/web/exec');
  });

  test('says why a command could not start', async () => {
    const { neb } = await running();
    await expect(neb.containers.run({ name: 'nothing' }, ['true'])).rejects.toMatchObject({ code: 'not_found', message: 'there is no container alice/nothing' });
    await expect(neb.containers.run(web, ['missing'])).rejects.toMatchObject({ code: 'not_found', message: 'there is no command "missing"' });
    await expect(neb.containers.run(web, [])).rejects.toMatchObject({ code: 'invalid' });
  });
});

describe('a session', () => {
  test('is a conversation', async () => {
    const { neb } = await running();
    await using session = await neb.containers.exec(web, { command: ['cat'], stdin: true });
    await session.write(bytes('one'));
    const heard: string[] = [];
    for await (const { data } of session.output) {
      heard.push(decoded(data));
      if (heard.length === 2) break;
      await session.write(bytes('two'));
    }
    expect(heard).toEqual(['one', 'two']);
    await session.closeInput();
    expect(await session.exit).toBe(0);
  });

  test('tells the size of its terminal', async () => {
    const h = await running();
    await using session = await h.neb.containers.exec(web, { command: ['cat'], stdin: true, tty: { rows: 24, cols: 80 } });
    await session.resize({ rows: 50, cols: 132 });
    await vi.waitFor(() => expect(h.resized).toEqual([{ rows: 50, cols: 132 }]));
  });

  test('ends the command when it is disposed of, and when it is aborted', async () => {
    const { neb } = await running();
    const alive = (pid: number): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    for (const hangUp of ['dispose', 'abort'] as const) {
      const abort = new AbortController();
      const session = await neb.containers.exec(web, { command: ['sh', '-c', 'echo $$; exec sleep 1000'] }, { signal: abort.signal });
      const pid = Number(decoded(await firstOf(session)));
      expect(alive(pid)).toBe(true);
      if (hangUp === 'dispose') await session[Symbol.asyncDispose]();
      else abort.abort(new Error('enough'));
      await vi.waitFor(() => expect(alive(pid)).toBe(false), { timeout: 5_000 });
      if (hangUp === 'abort') await expect(session.exit).rejects.toThrow('enough');
    }
  });

  test('that is cut off says so', async () => {
    const { neb, server } = await running();
    const session = await neb.containers.exec(web, { command: ['sleep', '1000'] });
    server.cut();
    await expect(session.exit).rejects.toMatchObject({ code: 'unavailable', message: 'the connection was cut' });
    await expect(session.write(bytes('x'))).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('slows a command that writes faster than it is read', async () => {
    const { neb } = await running();
    const folder = await mkdtemp(join(tmpdir(), 'neb-exec-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const progress = join(folder, 'blocks');
    const script = `while :; do head -c 65536 /dev/zero; printf x >> ${progress}; done`;
    await using session = await neb.containers.exec(web, { command: ['sh', '-c', script] });
    await session.output[Symbol.asyncIterator]().next();
    // It comes to a stand once the buffers on the way are full.
    let blocks = -1;
    const stands = async (): Promise<void> => {
      const before = blocks;
      blocks = (await readFile(progress)).length;
      expect(blocks).toBe(before);
    };
    await vi.waitFor(stands, { interval: 250, timeout: 5_000 });
    expect(blocks * 65_536).toBeLessThan(30_000_000);
  });

  test('slows a writer whose command does not read', async () => {
    const { neb } = await running();
    await using session = await neb.containers.exec(web, { command: ['sleep', '1000'], stdin: true });
    let written = 0;
    void (async () => {
      for (;;) await session.write(new Uint8Array(65_536)).then(() => (written += 65_536));
    })().catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const soon = written;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(written).toBe(soon);
    expect(written).toBeLessThan(30_000_000);
  });
});

describe('the wire', () => {
  const open = (url: string): Promise<WebSocket> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/containers/alice/web/exec`, { headers: { authorization: `Bearer ${token}` } });
      socket.once('open', () => resolve(socket));
      socket.once('error', reject);
    });
  const closeOf = (socket: WebSocket): Promise<number> => new Promise((resolve) => socket.once('close', resolve));

  test('closes with 4000 and the status of what went wrong', async () => {
    const { server } = await running();
    for (const first of [control('{"do":"start"}'), control('{nonsense'), Buffer.from([9, 9]), 'text']) {
      const socket = await open(server.url);
      const frames: Buffer[] = [];
      socket.on('message', (data: Buffer) => frames.push(data));
      socket.send(first);
      expect(await closeOf(socket)).toBe(4_422);
      expect(JSON.parse(frames[0]!.subarray(1).toString())).toMatchObject({ do: 'error', error: { code: 'invalid' } });
    }
    expect(server.faults).toEqual([]);
  });

  test('closes with 1000 after an exit', async () => {
    const { server } = await running();
    const socket = await open(server.url);
    const frames: Buffer[] = [];
    socket.on('message', (data: Buffer) => frames.push(data));
    socket.send(control('{"do":"start","request":{"command":["sh","-c","echo hi; exit 3"]}}'));
    expect(await closeOf(socket)).toBe(1_000);
    expect(frames.map((frame) => `${frame[0]} ${frame.subarray(1).toString()}`)).toEqual(['3 {"do":"started"}', '1 hi\n', '3 {"do":"exit","code":3}']);
  });

  test('refuses a frame that is too large', async () => {
    const { server } = await running();
    const socket = await open(server.url);
    socket.on('error', () => undefined);
    socket.send(Buffer.alloc(2_000_000));
    expect(await closeOf(socket)).toBe(1_009);
  });

  test('notices a peer that answers no pings', async () => {
    const { server } = await running();
    const socket = await open(server.url);
    const dead = { ...rawParts(socket), ping: () => undefined };
    const frames = frameSocket(dead, { pingMs: 20 });
    await expect(frames.frames[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'unavailable' });
    const alive = frameSocket(await open(server.url), { pingMs: 200 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    await alive.send(control('{"do":"start","request":{"command":["true"]}}'));
    for await (const _ of alive.frames);
  });
});

async function firstOf(session: ExecSession): Promise<Uint8Array | undefined> {
  for await (const { data } of session.output) return data;
  return undefined;
}

function rawParts(socket: WebSocket): Parameters<typeof frameSocket>[0] {
  return {
    send: (data, options, done) => socket.send(data, options, done),
    ping: () => socket.ping(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
    on: (event: string, listener: (...args: never[]) => void) => socket.on(event, listener as (...args: unknown[]) => void),
  };
}
