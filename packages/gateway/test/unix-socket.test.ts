import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Route } from '@neb/core-types';
import { expect, onTestFinished, test } from 'vitest';
import { aGateway, aRoute, handFeed, upstream } from './rig.ts';

async function listening(...routes: readonly Route[]): Promise<(words: string) => Promise<string>> {
  const folder = await mkdtemp(join(tmpdir(), 'neb-unix-'));
  const path = join(folder, 'socket');
  const gateway = await aGateway(handFeed(...routes), { listen: { port: 0, path } });
  onTestFinished(async () => {
    await gateway[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  return async (words) => {
    const socket = connect({ path, allowHalfOpen: true }).on('error', () => undefined);
    socket.write(words);
    return await text(socket);
  };
}

test('a gateway at a unix socket answers by host name, and says that nobody knows who asked', async () => {
  await using a = await upstream(({ headers }, response) => void response.end([headers['x-forwarded-for'], headers['forwarded']].join(' ')));
  const ask = await listening(aRoute('a', [a.origin]));
  expect(await ask('GET / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 [^]*unknown for=unknown;proto=http;host="a\.test"/);
  expect(await ask('GET / HTTP/1.1\r\nhost: b.test\r\nconnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 404 /);
});

test('and breaks an answer off there whose replica went, whatever the version, without harm to itself', async () => {
  await using a = await upstream((_, response) => {
    response.writeHead(200, { 'content-length': '10' }).write('half');
    setTimeout(() => response.destroy(), 50);
  });
  await using b = await upstream((_, response) => void response.end('well'));
  const ask = await listening(aRoute('a', [a.origin]), aRoute('b', [b.origin]));
  for (const version of ['1.0', '1.1']) expect(await ask(`GET / HTTP/${version}\r\nhost: a.test\r\n\r\n`).catch(() => 'broken')).toMatch(/half|broken/);
  expect(await ask('GET / HTTP/1.0\r\nhost: b.test\r\n\r\n')).toMatch(/well$/);
});
