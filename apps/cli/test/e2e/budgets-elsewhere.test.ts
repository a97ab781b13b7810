import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Provider, systemClock } from '@neb/core-types';
import { memoryCloud, type MemoryCloud } from '@neb/core-types/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Ran } from './command.ts';
import { inProcess } from './in-process.ts';
import { type TestServer, testServer } from './server.ts';

let server: TestServer;
let home: string;
const [cheap, here, dear] = ['cheap', 'here', 'dear'].map((name) => memoryCloud({ name, clock: systemClock, startMs: 1 })) as [MemoryCloud, MemoryCloud, MemoryCloud];

/** The cloud at a price. */
function priced({ provider }: MemoryCloud, pricePerHour: string): Provider {
  return { ...provider, async *offers(query, call) { for await (const offer of provider.offers(query, call)) yield { ...offer, pricePerHour }; } };
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-elsewhere-'));
  server = await testServer({}, { providers: [priced(cheap, '1'), priced(here, '3'), priced(dear, '6')] });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
});

const neb = (line: string): Promise<Ran> => inProcess([...line.split(' '), '-n', 'lab'], { env: { HOME: home, NEB_SERVER: server.url, NEB_TOKEN: server.token, LANG: 'C.UTF-8' } });
const allow = (total: number) => server.neb.apply([{ kind: 'Budget', metadata: { name: 'purse', namespace: 'lab' }, limits: { total } }]);
const reserved = async (name: string): Promise<unknown> => (await server.neb.containers.get({ namespace: 'lab', name })).status.reserved;
const names = async (): Promise<readonly string[]> => (await server.neb.containers.list({ namespace: 'lab' }).page()).items.map(({ metadata }) => metadata.name).toSorted();

test('what is moved or forked must be paid for where it goes, as what is created must', async () => {
  // What starts has to be paid for 10 minutes ahead: there are about $6.60 an hour.
  await allow(1.1);
  expect(await neb('create container web --image app --platform here --wait')).toMatchObject({ code: 0 });
  expect(await reserved('web')).toEqual({ 'cost/USD': '3' });

  // To a dearer place, which leaves too little for another.
  expect(await neb('migrate web --platform dear')).toMatchObject({ code: 0, stdout: 'container/web moved from here to dear, at $6/h\n' });
  await vi.waitFor(async () => expect(await reserved('web')).toEqual({ 'cost/USD': '6' }), { timeout: 30_000 });
  expect(await neb('create container more --image app --platform here')).toMatchObject({ code: 6, stderr: expect.stringContaining('and this asks for $3/h') });

  // To a cheaper one, which leaves more, though no more may start.
  expect(await neb('migrate web --platform cheap')).toMatchObject({ code: 0 });
  await vi.waitFor(async () => expect(await reserved('web')).toEqual({ 'cost/USD': '1' }), { timeout: 30_000 });

  // Together they are beyond it, and none of them is made.
  expect(await neb('fork web --name twin --count 2 --platform here')).toMatchObject({ code: 6, stderr: expect.stringContaining('budget lab/purse does not allow it') });
  expect(await names()).toEqual(['web']);
  expect(await neb('fork web --name twin --platform here')).toMatchObject({ code: 0 });
  expect(await reserved('twin')).toEqual({ 'cost/USD': '3' });

  // To where it cannot be paid for it does not set out.
  expect(await neb('migrate web --platform dear')).toMatchObject({ code: 6, stderr: expect.stringContaining('budget lab/purse does not allow it') });
  expect((await server.neb.containers.get({ namespace: 'lab', name: 'web' })).status).toMatchObject({ status: 'running', platform: 'cheap', reserved: { 'cost/USD': '1' } });
}, 120_000);

test('a move that fails gives back what was set aside for it', async () => {
  await allow(10);
  dear.failImage('app', { code: 'failed', message: 'it does not start here' });
  expect((await neb('migrate web --platform dear')).code).not.toBe(0);
  await vi.waitFor(async () => expect((await server.neb.containers.get({ namespace: 'lab', name: 'web' })).status).toMatchObject({ status: 'running', platform: 'cheap', reserved: { 'cost/USD': '1' } }), { timeout: 30_000 });
}, 60_000);
