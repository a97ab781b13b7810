import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Connection, InstanceRef } from '@neb/core-types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkTo } from '../test/link.ts';
import { engineApi, launch, sweep, unique, until } from '../test/real-engine.ts';
import { runtimeImage } from '../test/runtime-image.ts';
import { type Sshd, sshd } from '../test/sshd.ts';
import { type DockerProvider, ssh } from './index.ts';

/** Echoes at 7000 until both ends have ended, reads nothing at 7001, and says something at 7002 without an end. */
const program = `const { createServer } = require('node:net');
const serve = (port, deed) => createServer({ allowHalfOpen: true }, (socket) => { socket.on('error', () => {}); deed(socket); }).listen(port, '0.0.0.0', 2048);
serve(7000, (socket) => socket.pipe(socket));
serve(7001, (socket) => socket.pause());
serve(7002, (socket) => socket.write('so far'));`;

const fleet = unique('far');
let server: Sshd;
let provider: DockerProvider;
let image: Awaited<ReturnType<typeof runtimeImage>>;
let ref: InstanceRef;
beforeAll(async () => {
  [server, image] = await Promise.all([sshd(), runtimeImage('node', engineApi)]);
  provider = ssh({ hosts: [{ ...server.target, name: 'one' }] });
  const spec = { image: image.image, entrypoint: ['/bin/node', '-e', program], env: {}, ports: [], volumes: [], limits: {}, labels: {}, network: { namespace: 'default', hostnames: [] } };
  ({ ref } = await launch(provider, { key: 'a', fleet, spec }));
  await until(() => dial(7002).then(close, () => false), Boolean);
});
afterAll(async () => {
  await provider[Symbol.asyncDispose]();
  await sweep(fleet);
  await image.remove();
  await server.stop();
});

const dial = async (port: number): Promise<Connection> => await provider.dial!(ref, port);
const dials = async (count: number): Promise<readonly Connection[]> => await Promise.all(Array.from({ length: count }, () => dial(7000)));

async function close(connection: Connection): Promise<boolean> {
  await connection[Symbol.asyncDispose]();
  return true;
}

/** Sends, ends its side, and reads all that comes back. */
async function echoed(connection: Connection, sent: Uint8Array): Promise<boolean> {
  const [back] = await Promise.all([buffer(connection.readable), connection.write(sent).then(() => connection.closeWrite())]);
  return back.equals(sent);
}

describe('dials over SSH', () => {
  it('of 200 connections at once carry what each sends, with an end for each direction, and leave nothing open', async () => {
    const [before] = await server.sockets();
    const open = await dials(200);
    expect(await server.sockets()).toEqual([before! + 200]);
    const all = await Promise.all(open.map((connection) => echoed(connection, randomBytes(64 * 1024))));
    expect(all.filter((isSame) => !isSame)).toEqual([]);
    await Promise.all(open.map(close));
    await until(() => server.sockets(), ([now]) => now === before);
  });

  it('that are closed with data on its way both ways leave nothing open', async () => {
    const [before] = await server.sockets();
    const open = await dials(20);
    const writing = open.map((connection) => connection.write(Buffer.alloc(8 << 20)).then(() => 'written', () => 'refused'));
    await until(() => server.sockets(), ([now]) => now === before! + 20);
    await Promise.all(open.map(close));
    expect(new Set(await Promise.all(writing))).toEqual(new Set(['refused']));
    await until(() => server.sockets(), ([now]) => now === before);
  });

  it('of more connections than one SSH connection can carry take another', async () => {
    const open = await dials(1_100);
    expect(await server.sockets()).toHaveLength(3);
    const all = await Promise.all(open.map((connection) => echoed(connection, randomBytes(16))));
    expect(all.filter((isSame) => !isSame)).toEqual([]);
    await Promise.all(open.map(close));
    await until(() => server.sockets(), (sockets) => sockets.reduce((sum, one) => sum + one) < 20);
    // One stays for what comes next.
    await until(() => server.sockets(), (sockets) => sockets.length === 1);
  });

  it('end a write that the other side never takes as they are closed', async () => {
    const connection = await dial(7001);
    const writing = connection.write(Buffer.alloc(64 << 20)).then(() => 'written', (error: Error) => error.message);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
    await close(connection);
    expect(await writing).toBe('the other side has closed the connection');
  });

  it('take no more than their link takes: what waits in this process would hold up the keep-alive until it ends them all', async () => {
    await using link = await linkTo(server.target.port!);
    await using slow = ssh({ hosts: [{ ...server.target, port: link.port, name: 'one' }] });
    const open = await Promise.all(Array.from({ length: 20 }, () => slow.dial!(ref, 7000)));
    const pieces = 32;
    let taken = 0;
    link.stall();
    const writing = open.map(async (connection) => {
      for (let piece = 0; piece < pieces; piece++, taken++) await connection.write(Buffer.alloc(64 * 1024));
      await connection.closeWrite();
    });
    for (let last = -1; last !== taken;) {
      last = taken;
      await new Promise((resolve) => { setTimeout(resolve, 200); });
    }
    // The kernel's own buffers take some MiB.
    expect(taken).toBeLessThan(open.length * pieces / 2);
    link.go();
    const back = await Promise.all(open.map(({ readable }) => buffer(readable)));
    await Promise.all(writing);
    expect(back.map(({ length }) => length)).toEqual(open.map(() => pieces * 64 * 1024));
    await Promise.all(open.map(close));
  });

  it('break where the SSH connection breaks: what was cut off is no end', async () => {
    const connection = await dial(7002);
    const pieces = connection.readable[Symbol.asyncIterator]();
    expect(Buffer.from((await pieces.next()).value as Uint8Array).toString()).toBe('so far');
    const rest = pieces.next();
    await server.cut();
    await expect(rest).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('broke') });
    await close(connection);
    expect(await echoed(await dial(7000), randomBytes(16))).toBe(true);
  });

  it('are the only way to what runs there', () => {
    expect(provider.traits.dialsOnly).toBe(true);
  });
});
