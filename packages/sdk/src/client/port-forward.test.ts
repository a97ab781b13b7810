import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Harness, harness } from '../../test/harness.ts';

const web = { namespace: 'alice', name: 'web' };

/** A server inside the container: answers what it read, in capitals, once the other side has sent all. */
async function inside(): Promise<Harness & { readonly port: number }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let read = '';
    socket.on('data', (data) => (read += data.toString()));
    socket.on('end', () => socket.end(read.toUpperCase()));
    socket.on('error', () => undefined);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const h = await harness();
  await h.neb.containers.create({ metadata: { name: 'web' }, image: 'x' });
  return { ...h, port: (server.address() as AddressInfo).port };
}

describe('dial', () => {
  test('carries bytes both ways and each side\'s end', async () => {
    const { neb, port } = await inside();
    await using connection = await neb.containers.dial(web, port);
    await connection.write(new TextEncoder().encode('hello'));
    await connection.closeWrite();
    let answer = '';
    for await (const data of connection.readable) answer += new TextDecoder().decode(data);
    expect(answer).toBe('HELLO');
  });

  test('says why it could not', async () => {
    const { neb } = await inside();
    await expect(neb.containers.dial(web, 1)).rejects.toMatchObject({ code: 'unavailable', message: 'nothing listens on port 1 in the container' });
    await expect(neb.containers.dial({ name: 'nothing' }, 80)).rejects.toMatchObject({ code: 'not_found' });
    await expect(neb.containers.dial(web, 70_000)).rejects.toMatchObject({ code: 'not_found', message: 'there is nothing here' });
  });

  test('notices that the server is gone', async () => {
    const { neb, port, server } = await inside();
    const connection = await neb.containers.dial(web, port);
    server.cut();
    await expect(connection.readable[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('portForward', () => {
  test('forwards every connection, until it is closed', async () => {
    const { neb, port } = await inside();
    const listener = await neb.containers.portForward(web, port);
    const ask = async (text: string): Promise<string> => {
      const socket = connect({ port: listener.port, host: listener.host, allowHalfOpen: true });
      socket.end(text);
      let answer = '';
      for await (const data of socket) answer += String(data);
      return answer;
    };
    const long = 'abc'.repeat(500_000);
    expect(await Promise.all([ask('one'), ask('two'), ask(long)])).toEqual(['ONE', 'TWO', long.toUpperCase()]);
    await listener.close();
    await expect(ask('three')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('tells of a connection that failed, and goes on', async () => {
    const { neb } = await inside();
    const errors: unknown[] = [];
    await using listener = await neb.containers.portForward(web, 1, { onError: (error) => errors.push(error) });
    const socket = connect({ port: listener.port, host: listener.host });
    await once(socket, 'close');
    expect(errors).toMatchObject([{ code: 'unavailable', message: 'nothing listens on port 1 in the container' }]);
  });

  test('hangs up inside when the program here goes away in the middle', async () => {
    const { neb } = await inside();
    const open = new Set<Socket>();
    const flood = createServer((socket) => {
      open.add(socket.on('error', () => undefined).on('close', () => open.delete(socket)));
      const more = (): void => void socket.write(Buffer.alloc(65_536), (error) => error ?? more());
      more();
    });
    await once(flood.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void flood.close());
    await using listener = await neb.containers.portForward(web, (flood.address() as AddressInfo).port);
    for (const leave of [(socket: Socket) => socket.destroy(), (socket: Socket) => socket.resetAndDestroy()]) {
      const socket = connect({ port: listener.port, host: listener.host });
      await once(socket, 'data');
      expect(open.size).toBe(1);
      leave(socket);
      await vi.waitFor(() => expect(open.size).toBe(0), { timeout: 5_000 });
    }
  });

  test('says that a local port is taken', async () => {
    const { neb } = await inside();
    await using first = await neb.containers.portForward(web, 80);
    await expect(neb.containers.portForward(web, 80, { localPort: first.port })).rejects.toMatchObject({
      code: 'conflict', message: `port 127.0.0.1:${first.port} is in use on this machine`,
    });
  });

  test('ends what is connected when it is aborted', async () => {
    const { neb, port } = await inside();
    const stop = new AbortController();
    const listener = await neb.containers.portForward(web, port, { signal: stop.signal });
    const socket = connect({ port: listener.port, host: listener.host });
    await once(socket, 'connect');
    stop.abort();
    await once(socket, 'close');
  });
});

describe('files', () => {
  const tar = async function* (size: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < size; at += 50_000) yield new Uint8Array(50_000).fill(at / 50_000);
  };

  test('are copied in and out', async () => {
    const { neb, files } = await inside();
    await neb.containers.writeFiles(web, '/data dir/ü', tar(500_000));
    expect(files.get('/data dir/ü')?.length).toBe(500_000);
    const chunks: Uint8Array[] = [];
    for await (const chunk of await neb.containers.readFiles(web, '/data dir/ü')) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(files.get('/data dir/ü')!)).toBe(true);
  });

  test('that are not there are refused in words', async () => {
    const { neb } = await inside();
    await expect(neb.containers.readFiles(web, '/nothing')).rejects.toMatchObject({ code: 'not_found', message: 'there is no /nothing in the container' });
    await expect(neb.containers.writeFiles({ name: 'nothing' }, '/data', tar(50_000))).rejects.toMatchObject({ code: 'not_found' });
  });

  test('that break off in the middle are not taken for whole', async () => {
    const { neb, services, server } = await inside();
    Object.assign(services.containers, { readFiles: async () => (async function* () {
      yield new Uint8Array(100_000);
      throw new Error('the engine went away');
    })() });
    const read = async (): Promise<void> => {
      for await (const _ of await neb.containers.readFiles(web, '/data'));
    };
    await expect(read()).rejects.toMatchObject({ code: 'unavailable', message: 'the copy broke off' });
    expect(server.faults).toMatchObject([{ error: { message: 'the engine went away' } }]);
  });
});
