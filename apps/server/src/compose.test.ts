import { createServer } from 'node:net';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { totalAfter } from '@neb/billing';
import { billLines, verifyBill } from '@neb/billing/bill';
import { collect, systemClock, type Provider } from '@neb/core-types';
import { memoryCloud } from '@neb/core-types/testing';
import { createNeb, type Neb } from '@neb/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DataFolder, dataFolder } from '../test/data-folder.ts';
import { type Deps, type RunningServer, startServer } from './compose.ts';

let folder: DataFolder;
beforeAll(async () => {
  folder = await dataFolder();
  // Makes the database, which takes seconds on a busy machine, once.
  await (await start()).server.close();
});
afterAll(() => folder.remove());

const tuning = { restart: { firstMs: 1, maxMs: 1 }, stall: { firstMs: 20, maxMs: 20 } };

interface Started extends AsyncDisposable {
  readonly server: RunningServer;
  readonly neb: Neb;
}

async function start(more: Readonly<Record<string, string>> = {}, deps: Deps = {}): Promise<Started> {
  const server = await startServer(folder.config(more), { tuning, ...deps });
  const token = more.NEB_TOKEN ?? (await readFile(join(folder.path, 'token'), 'utf8')).trim();
  return { server, neb: createNeb({ url: server.url, token, namespace: 'shop' }), [Symbol.asyncDispose]: () => server.close() };
}

const container = (name: string, more: object = {}) => ({ kind: 'Container', metadata: { name, namespace: 'shop' }, image: 'a', ...more });

describe('a server with a private database', () => {
  test('runs a container from its creation to its end, and knows it after a restart', async () => {
    const cloud = memoryCloud({ clock: systemClock, startMs: 1 });
    const deps = { providers: [cloud.provider] };
    let id: string;
    {
      await using s = await start({}, deps);
      const [made] = await s.neb.apply([container('web')]);
      id = made!.id!;
      await s.neb.containers.wait({ name: 'web' });
      expect(await s.neb.version()).toMatchObject({ database: expect.stringMatching(/^PostgreSQL \d+.*private/) });
    }
    await using s = await start({}, deps);
    expect(await s.neb.containers.get({ id })).toMatchObject({ status: { status: 'running', attempts: 1 } });
    cloud.exit(`${id}-1`, 7);
    await s.neb.containers.wait({ id }, { for: 'ended' }).catch(() => undefined);
    expect(await s.neb.containers.get({ id })).toMatchObject({ status: { status: 'failed', exit_code: 7 } });
    expect((await collect(s.neb.containers.logs({ id }))).map(({ text }) => text)).toEqual(['running a', 'exited 7']);
  });

  test('bills what ran for exactly as long as it did, in a bill that checks anywhere', async () => {
    const cloud = memoryCloud({ clock: systemClock, startMs: 1 });
    await using s = await start({}, { providers: [cloud.provider] });
    const meters = [{ cost: '0.37', unit: 'hour', currency: 'EUR', metric: 'runtime' }, { unit: 'hour', currency: 'EUR', metric: 'runtime' }];
    const [made] = await s.neb.apply([{ ...container('billed', { meters }), metadata: { name: 'billed', namespace: 'shop', labels: { team: 'search' } } }]);
    await s.neb.containers.wait({ name: 'billed' });
    cloud.exit(`${made!.id!}-1`, 0);
    await s.neb.containers.wait({ name: 'billed' }, { for: 'ended' });
    const { status: { attempt } } = await s.neb.containers.get({ name: 'billed' });
    const ms = Date.parse(attempt!.ended_at!) - Date.parse(attempt!.started_at!);
    const of = { by: ['container', 'kind'], labels: { team: 'search' } } as const;
    for (let left = 400; (await s.neb.billing.usage(of)).items.length < 2 && left > 0; left--) await new Promise((pass) => setTimeout(pass, 25));

    const { items } = await s.neb.billing.usage({ ...of, kind: 'runtime' });
    expect(items).toMatchObject([{ by: { container: 'billed', kind: 'runtime' }, unit: 'second', quantity: String((2 * ms) / 1_000), currency: 'EUR', amount: totalAfter({ currency: 'EUR', price: '0.37', unit: 'hour' }, ms).amount, facts: 2 }]);
    expect((await s.neb.billing.cost({ ...of, kind: 'platform' })).items).toMatchObject([{ currency: 'USD', amount: '0', cost: '0' }]);

    const bill = await s.neb.billing.bill({ since: '2020-01-01T00:00:00Z', until: '2100-01-01T00:00:00+01:00' });
    const lines = await collect(billLines({ owner: bill.owner, since: bill.since, until: bill.until, made_at: attempt!.ended_at!, after: bill.after }, bill.records));
    expect(await verifyBill(lines)).toMatchObject({ ok: true, totals: [{ currency: 'EUR', amount: items[0]!.amount }, { currency: 'USD', amount: '0' }] });
  });

  test('does not start with another encryption key than its secrets were sealed under, and leaves nothing open', async () => {
    await (await start()).server.close();
    await expect(startServer(folder.config({ NEB_ENCRYPTION_KEY: 'another-key-another-key' }))).rejects.toMatchObject({ code: 'invalid', hint: expect.stringContaining('NEB_ENCRYPTION_KEY_PREVIOUS') });
    await (await start()).server.close();
  });

  test('whose port is taken says so, and leaves nothing open', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((ready) => other.once('listening', ready));
    const { port } = other.address() as { port: number };
    await expect(startServer(folder.config({ NEB_PORT: String(port) }))).rejects.toMatchObject({ code: 'conflict', message: `port ${port} on 127.0.0.1 is taken` });
    other.close();
    await (await start()).server.close();
  });

  test('starts where no Docker engine runs, and tells each container why it waits', async () => {
    await using s = await start({ NEB_PLATFORMS: 'docker', DOCKER_HOST: 'unix:///nowhere/docker.sock' });
    const docker = (await s.neb.platforms()).find(({ name }) => name === 'docker');
    expect(docker).toMatchObject({ ready: false, message: expect.stringContaining('/nowhere/docker.sock') });
    await s.neb.apply([container('stuck', { platform: 'docker' })]);
    const told = await s.neb.containers.wait({ name: 'stuck' }, { for: ({ status }) => status.message !== undefined, timeoutMs: 5_000 });
    expect(told.status).toMatchObject({ status: 'pending', message: expect.stringContaining('/nowhere/docker.sock') });
    await s.neb.containers.delete({ name: 'stuck' });
  });
});

describe('a server that is told to stop', () => {
  test('stops once, however often it is told', async () => {
    const s = await start();
    await Promise.all([s.server.close(), s.server.close()]);
    await expect(fetch(s.server.url)).rejects.toThrow();
  });

  test('lets a pass finish that is under way', async () => {
    const cloud = memoryCloud({ clock: systemClock, startMs: 1 });
    let begun = (): void => {};
    const creating = new Promise<void>((resolve) => { begun = resolve; });
    const slow: Provider = {
      ...cloud.provider,
      create: async (...asked) => {
        begun();
        await systemClock.sleep(300);
        return await cloud.provider.create(...asked);
      },
    };
    const s = await start({}, { providers: [slow] });
    const [made] = await s.neb.apply([container('slow')]);
    await creating;
    await s.server.close();
    expect(cloud.spec(`${made!.id}-1`)).toBeDefined();
  });

  test('cuts off what does not end in time, and goes on with it after the next start', async () => {
    const cloud = memoryCloud({ clock: systemClock, startMs: 1 });
    let begun = (): void => {};
    const creating = new Promise<void>((resolve) => { begun = resolve; });
    const stuck: Provider = {
      ...cloud.provider,
      create: (_, call) => {
        begun();
        return new Promise((_, reject) => { call?.signal?.addEventListener('abort', () => reject(call.signal?.reason as Error)); });
      },
    };
    const s = await start({ NEB_SHUTDOWN_TIMEOUT: '1s' }, { providers: [stuck] });
    const [made] = await s.neb.apply([container('hanging')]);
    await creating;
    const before = systemClock.now();
    await s.server.close();
    expect(systemClock.now() - before).toBeLessThan(5_000);
    await using again = await start({}, { providers: [cloud.provider] });
    // The pass gave its lease back: else the next start would wait for it to run out.
    await again.neb.containers.wait({ id: made!.id! }, { timeoutMs: 10_000 });
  });
});

describe('two servers on one database', () => {
  test('share the work, show each other\'s changes, and one goes on where the other stops', async () => {
    const cloud = memoryCloud({ clock: systemClock, startMs: 1 });
    const created: string[] = [];
    const counting: Provider = { ...cloud.provider, create: (request, call) => { created.push(request.key); return cloud.provider.create(request, call); } };
    const [a, b] = [await start({}, { providers: [counting] }), await start({}, { providers: [counting] })];
    const names = Array.from({ length: 20 }, (_, n) => `both-${n}`);
    await Promise.all(names.map((name, n) => (n % 2 === 0 ? a : b).neb.apply([container(name)])));
    await Promise.all(names.slice(0, 10).map((name) => b.neb.containers.wait({ name })));
    await a.server.close();
    await Promise.all(names.map((name) => b.neb.containers.wait({ name })));
    const running = await collect(cloud.provider.list({ fleet: (await b.neb.version()).fleet }));
    const mine = running.filter(({ key }) => created.includes(key));
    expect(new Set(mine.map(({ key }) => key)).size).toBe(20);
    expect(mine).toHaveLength(20);
    await b.server.close();
  });
});
