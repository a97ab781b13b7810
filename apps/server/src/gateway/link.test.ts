import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { freePort } from '@neb/core-types/testing';
import { gatewaySide } from '../../test/gateway-side.ts';
import { isAlive } from '../database/processes.ts';
import { stopAbandonedGateway } from './settings.ts';

let dataDir: string;
let port: number;
let origin: string;
const replica = createServer((incoming, response) => void response.end(`hello ${incoming.headers.host}`));

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'neb-link-'));
  await new Promise<void>((resolve) => replica.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(replica.address() as AddressInfo).port}`;
  port = await freePort('0.0.0.0');
});
afterAll(async () => {
  await stopAbandonedGateway({ dataDir });
  replica.close();
  await rm(dataDir, { recursive: true, maxRetries: 10 });
});

const side = (...names: readonly string[]) => gatewaySide({ dataDir, port, origin, names });
const ask = (name: string, token = 'good') => new Promise<string>((resolve, reject) => {
  request({ host: '127.0.0.1', port, agent: false, headers: { host: `${name}.test`, authorization: `Bearer ${token}` } }, (answer) => {
    let body = '';
    answer.on('data', (chunk) => (body += String(chunk))).on('end', () => resolve(`${answer.statusCode} ${body.slice(0, 12)}`)).on('error', reject);
  }).on('error', reject).end();
});
const inTime = { timeout: 20_000, interval: 50 };

test('a gateway serves on while the server that started it is gone, and does what the next one says', async () => {
  const server = fork(new URL('../../test/join-gateway.ts', import.meta.url), [JSON.stringify({ dataDir, port, origin, names: ['a'] })], { execArgv: [] });
  await once(server, 'message');
  expect(await ask('a')).toBe('200 hello a.test');
  expect(await ask('a', 'bad')).toMatch(/^404/);
  server.kill('SIGKILL');
  await once(server, 'exit');
  expect(new Set(await Promise.all(Array.from({ length: 20 }, () => ask('a'))))).toEqual(new Set(['200 hello a.test']));
  // Whom nobody knows does not pass.
  expect(await ask('a', 'bad')).toMatch(/^503/);

  await using next = disposing(await side('b'));
  await vi.waitFor(async () => expect([await ask('b'), await ask('a')]).toEqual(['200 hello b.test', expect.stringMatching(/^404/)]), inTime);
  await vi.waitFor(() => expect(next.gauges.some(({ id, answered }) => id === 'b' && answered > 0)).toBe(true), inTime);

  // Whoever is to wake a route knows of those who wait: it would see no reason to otherwise.
  const waiting = request({ host: '127.0.0.1', port, agent: false, headers: { host: 'none.test', authorization: 'Bearer good' } });
  waiting.on('error', () => undefined).end();
  await vi.waitFor(() => expect(next.wakes).toEqual([{ id: 'none', waiting: 1 }]), inTime);
  waiting.destroy();

  // Where its first process is killed too, what that leaves serves until another has taken its place, and then goes.
  const workers = readFileSync(join(dataDir, 'gateway', 'workers'), 'utf8').trim().split('\n').map((line) => Number(line.split(' ')[0]));
  expect(workers).toHaveLength(2);
  const [, parent] = /^\d+ \(.*\) \S (\d+)/.exec(readFileSync(`/proc/${workers[0]}/stat`, 'utf8'))!;
  process.kill(Number(parent), 'SIGKILL');
  await next.over;
  expect(await ask('b')).toMatch(/^200|^503/);
  const last = await side('b');
  for (let i = 0; i < 20; i += 1) expect(await ask('b')).toMatch(/^200/);
  await vi.waitFor(() => expect(workers.filter(isAlive)).toEqual([]), inTime);

  await last.leave(1_000);
  await expect(ask('b')).rejects.toThrow(/ECONNREFUSED/);
}, 120_000);

test('what another program listens on is left alone', async () => {
  const other = createTcpServer();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  await expect(side('a')).rejects.toThrow(`port ${port} of 127.0.0.1 cannot be listened on`);
  await new Promise((resolve) => other.close(resolve));
});

function disposing<T extends { leave(drainMs: number): Promise<void> }>(link: T): T & AsyncDisposable {
  return { ...link, [Symbol.asyncDispose]: () => link.leave(0) };
}
