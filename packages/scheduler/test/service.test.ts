import { timestamp } from '@neb/core-types';
import { expect, test } from 'vitest';
import { newServiceStatus } from '../src/service/status.ts';
import { serviceStage } from './service-stage.ts';

const zero = { zero: { duration: '2m' } };

test('a service runs its replicas on its platform, names and labels them, and is reached at one address', async () => {
  const s = await serviceStage({ min_replicas: 2, platform: 'memory', container: { metadata: { labels: { team: 'a' } } } });
  await s.until(async () => (await s.word()) === 'running');
  const [one] = await s.replicas();
  expect(await s.replicas()).toHaveLength(2);
  expect(one).toMatchObject({
    name: expect.stringMatching(/^web-/), owner: 'o', ownerRef: 'web.n.Service',
    labels: { team: 'a', 'neb.service': 'web', 'neb.service-id': 's', 'neb.template': expect.any(String), 'neb.revision': '1' },
    spec: { platform: 'memory', proxy_port: 8000, health_check: { protocol: 'tcp', port: 8000 } },
  });
  expect((await s.service()).status).toMatchObject({
    address: '10.0.0.1:7000', url: 'http://web.n.localhost', hosts: ['web.n.localhost', 'service-s'],
    replicas: { desired: 2, ready: 2, starting: 0, draining: 0 }, revision: 1, history: [{ revision: 1, outcome: 'good' }], start_ms: expect.any(Number),
    conditions: [expect.objectContaining({ type: 'Updated', status: 'true' })],
  });
  expect(await s.route()).toMatchObject({ port: 7000, replicas: [{ id: one!.id, origin: 'http://127.0.0.1:8000' }, {}] });
  await s.stop();
});

test('a request that waits at none starts a replica at once, and none is kept when nothing came for long enough', async () => {
  const s = await serviceStage({ min_replicas: 0, scale: zero });
  await s.until(async () => (await s.word()) === 'idle');
  await s.pass(600_000, 10_000);
  expect(await s.replicas()).toEqual([]);
  s.traffic.wait('s', 3);
  const askedAt = s.clock.now();
  await s.wake();
  await s.pass(100, 20);
  const [replica] = await s.replicas();
  expect(Date.parse(replica!.createdAt) - askedAt).toBeLessThanOrEqual(20);
  expect((await s.service()).status.decision).toMatchObject({ desired: 1, reason: expect.stringMatching(/^3 requests wait/) });
  await s.until(async () => (await s.word()) === 'running');
  s.traffic.wait('s', 0);
  s.traffic.hold(replica!.id, 1);
  await s.pass(600_000, 10_000);
  expect(await s.ready()).toBe(1);
  s.traffic.hold(replica!.id, 0);
  s.traffic.answer('s', 3, 250);
  const answeredAt = s.clock.now();
  await s.until(async () => (await s.service()).status.traffic?.p95_ms === 250);
  expect((await s.service()).status.traffic).toMatchObject({ in_flight: 0, waiting: 0, p50_ms: 250 });
  await s.pass(15_000 - (s.clock.now() - answeredAt));
  await s.pass(60_000);
  expect(await s.ready()).toBe(1);
  await s.pass(65_000);
  expect(await s.replicas()).toEqual([]);
  expect(await s.word()).toBe('idle');
  expect((await s.events('s')).filter((reason) => reason === 'Scaled')).toHaveLength(2);
  await s.stop();
});

test('a number that was set by hand holds within the bounds', async () => {
  const s = await serviceStage({ max_replicas: 3 });
  await s.until(async () => (await s.word()) === 'running');
  await s.edit((of) => ({ ...of, status: { ...of.status, pinned: 5 } }));
  await s.until(async () => (await s.ready()) === 3);
  await s.pass(60_000);
  expect(await s.replicas()).toHaveLength(3);
  expect((await s.service()).status.decision).toMatchObject({ desired: 3, reason: expect.stringMatching(/^set by hand.*at most 3/) });
  await s.stop();
});

test('a replica that goes gets no more requests, and goes when it has finished what it has', async () => {
  const s = await serviceStage({ min_replicas: 2, max_replicas: 2, drain: '5m' });
  await s.until(async () => (await s.ready()) === 2);
  const [older, younger] = await s.replicas();
  s.traffic.hold(older!.id, 2);
  s.traffic.hold(younger!.id, 1);
  await s.edit((of) => ({ ...of, spec: { ...of.spec, min_replicas: 1 }, status: { ...of.status, pinned: 1 } }));
  await s.pass(60_000);
  expect((await s.route())!.replicas).toEqual([{ id: older!.id, origin: 'http://127.0.0.1:8000', zone: 'memory/here' }, { id: younger!.id, origin: 'http://127.0.0.1:8000', zone: 'memory/here', draining: true }]);
  s.traffic.hold(younger!.id, 0);
  await s.pass(5_000);
  expect((await s.replicas()).map(({ id }) => id)).toEqual([older!.id]);
  expect((await s.service()).status).toMatchObject({ status: 'running', replicas: { desired: 1, ready: 1, starting: 0, draining: 0 } });
  await s.stop();
});

test.each([['that never finishes', 3, false], ['of which nobody tells what it has', 0, true]])('a replica %s goes after its time', async (_, held, isSilent) => {
  const s = await serviceStage({ min_replicas: 2, max_replicas: 2 });
  await s.until(async () => (await s.ready()) === 2);
  const [, younger] = await s.replicas();
  s.traffic.hold((await s.replicas())[0]!.id, 4);
  s.traffic.hold(younger!.id, held);
  s.traffic.isSilent = isSilent;
  await s.edit((of) => ({ ...of, spec: { ...of.spec, min_replicas: 1 }, status: { ...of.status, pinned: 1 } }));
  await s.pass(25_000);
  expect((await s.replicas()).map(({ deletedAt }) => deletedAt)).toEqual([undefined, undefined]);
  await s.pass(10_000);
  expect((await s.replicas()).map(({ id }) => id)).not.toContain(younger!.id);
  await s.stop();
});

test('a quota is told, and leaves as many replicas as it has room for', async () => {
  const s = await serviceStage({ min_replicas: 5 }, { quota: { containers: 2 } });
  await s.until(async () => (await s.ready()) === 2);
  await s.pass(60_000);
  expect(await s.replicas()).toHaveLength(2);
  expect((await s.service()).status).toMatchObject({ status: 'stalled', message: expect.stringMatching(/2 container/) });
  expect((await s.events('s')).filter((reason) => reason === 'Quota')).toHaveLength(1);
  const space = (await s.store.get('Namespace', 'ns'))!;
  await s.store.commit([{ do: 'put', resource: { ...space, spec: {} } }]);
  await s.until(async () => (await s.ready()) === 5 && (await s.word()) === 'running');
  await s.stop();
});

test('replicas that end by themselves are replaced after waits that grow, and at once while requests are answered', async () => {
  const s = await serviceStage({ container: { restart: 'Never' } });
  await s.until(async () => (await s.word()) === 'running');
  for (let n = 0; n < 6; n++) {
    const [one] = await s.replicas();
    s.traffic.answer('s', 1);
    await s.pass(12_000, 2_000);
    s.cloud.exit(`${one!.id}-1`, 137);
    await s.pass(12_000, 2_000);
    expect([n, await s.ready()]).toEqual([n, 1]);
  }
  const seen = new Set<string>();
  for (let n = 0; n < 300; n++) {
    for (const { id, status, deletedAt } of await s.replicas()) {
      if (!status.ready || deletedAt !== undefined || seen.has(id)) continue;
      s.cloud.exit(`${id}-1`, 1);
      seen.add(id);
    }
    await s.pass(2_000);
  }
  expect(seen.size).toBeGreaterThan(4);
  expect(seen.size).toBeLessThan(14);
  expect((await s.service()).status.message).toMatch(/^replica web-\w+ ended by itself, and the next is started after a while: exited with 1$/);
  await s.stop();
}, 30_000);

test('without a gateway a service says so, and what it has stays while one is away', async () => {
  const s = await serviceStage();
  await s.until(async () => (await s.word()) === 'running');
  s.traffic.isAway = true;
  await s.edit((of) => ({ ...of, status: { ...of.status, pinned: 2 } }));
  await s.until(async () => (await s.ready()) === 2);
  await s.stop();
  s.start(s.world);
  await s.edit((of) => of);
  await s.until(async () => (await s.word()) === 'stalled');
  expect((await s.service()).status.message).toBe('this server has no gateway');
  expect(await s.ready()).toBe(2);
  await s.stop();
});

test('replicas of a deleted service finish what they have, for as long as they may drain', async () => {
  const s = await serviceStage({ min_replicas: 3, drain: '20s' });
  await s.until(async () => (await s.ready()) === 3);
  const [quick, slow] = await s.replicas();
  s.traffic.hold(quick!.id, 1);
  s.traffic.hold(slow!.id, 2);
  await s.edit((of) => ({ ...of, deletedAt: timestamp(s.clock.now()) }));
  expect(await s.route()).toBeUndefined();
  const left = async () => (await s.replicas()).filter(({ deletedAt }) => deletedAt === undefined).map(({ id }) => id);
  await s.pass(500, 50);
  expect(await left()).toHaveLength(3);
  await s.pass(4_000, 500);
  expect(await left()).toEqual([quick!.id, slow!.id]);
  expect((await s.service()).status).toMatchObject({ status: 'deleting', message: '2 of its replicas finish the requests they have' });
  s.traffic.hold(quick!.id, 0);
  await s.pass(2_000, 500);
  expect(await left()).toEqual([slow!.id]);
  expect(s.traffic.closed).toEqual([]);
  await s.pass(10_000, 500);
  expect(await left()).toEqual([slow!.id]);
  await s.pass(5_000, 500);
  expect(await left()).toEqual([]);
  await s.until(async () => (await s.service()).goneAt !== undefined);
  await s.stop();
});

test('deleting a service removes its replicas and then its door', async () => {
  const s = await serviceStage({ min_replicas: 2 });
  await s.until(async () => (await s.ready()) === 2);
  await s.edit((of) => ({ ...of, deletedAt: timestamp(s.clock.now()) }));
  expect(await s.route()).toBeUndefined();
  await s.until(async () => (await s.service()).goneAt !== undefined);
  expect(await s.replicas()).toEqual([]);
  expect(s.traffic.closed).toEqual(['s']);
  expect(await s.instances()).toEqual([]);
  await s.stop();
});

test('a namespace that is deleted takes its services with it', async () => {
  const s = await serviceStage({ min_replicas: 1 });
  await s.until(async () => (await s.ready()) === 1);
  const space = (await s.store.get('Namespace', 'ns'))!;
  await s.store.commit([{ do: 'put', resource: { ...space, deletedAt: timestamp(s.clock.now()) } }, { do: 'wake', kind: 'Namespace', id: 'ns' }]);
  await s.until(async () => (await s.store.get('Namespace', 'ns'))?.goneAt !== undefined);
  expect(s.traffic.closed).toEqual(['s']);
  expect(await s.instances()).toEqual([]);
  await s.stop();
});

test('a service at rest is not written, and one with traffic a few times a minute', async () => {
  const s = await serviceStage();
  await s.until(async () => (await s.word()) === 'running');
  await s.pass(30_000);
  const { version } = await s.service();
  await s.pass(1_800_000, 20_000);
  expect((await s.service()).version).toBe(version);
  for (let n = 0; n < 90; n++) {
    s.traffic.answer('s', 20);
    await s.pass(1_000);
  }
  expect((await s.service()).version - version).toBeLessThanOrEqual(11);
  expect((await s.service()).status.traffic?.rps).toBeCloseTo(20, -1);
  await s.pass(30_000);
  expect((await s.service()).status.traffic).toMatchObject({ rps: 0, in_flight: 0 });
  await s.stop();
});

test('a service that was just created has no revision yet', () => {
  expect(newServiceStatus).toMatchObject({ status: 'creating', revision: 0, history: [] });
});
