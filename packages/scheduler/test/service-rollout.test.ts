import { timestamp } from '@neb/core-types';
import { expect, test } from 'vitest';
import { restarted, undone } from '../src/service/revisions.ts';
import { type ServiceStage, serviceStage } from './service-stage.ts';

const update = { progress_deadline: '40s' };

async function history(s: ServiceStage): Promise<readonly string[]> {
  return (await s.service()).status.history.map(({ revision, outcome, cause }) => `${revision} ${outcome}${cause === undefined ? '' : ` (${cause})`}`);
}

/** Lets time pass until `reached`; the fewest that were ready meanwhile, and the most that there were without those that drain. */
async function watched(s: ServiceStage, reached: () => Promise<boolean>): Promise<{ readonly fewest: number; readonly most: number }> {
  let [fewest, most] = [Infinity, 0];
  await s.until(async () => {
    const draining = (await s.service()).status.draining ?? [];
    const here = (await s.replicas()).filter(({ id, deletedAt }) => deletedAt === undefined && !draining.some((one) => one.id === id));
    fewest = Math.min(fewest, here.filter(({ status }) => status.ready).length);
    most = Math.max(most, here.length);
    return await reached();
  });
  return { fewest, most };
}

test.each([
  [{ max_surge: 1, max_unavailable: 0 }, { fewest: 3, most: 4 }],
  [{ max_surge: 2, max_unavailable: 1 }, { fewest: 2, most: 5 }],
  [{ max_surge: 0, max_unavailable: 1 }, { fewest: 2, most: 3 }],
])('a changed container replaces replicas within %o', async (bounds, expected) => {
  const s = await serviceStage({ min_replicas: 3, max_replicas: 3, update: bounds });
  await s.until(async () => (await s.word()) === 'running');
  await s.apply('v2');
  await s.until(async () => (await s.word()) === 'updating');
  expect(await watched(s, async () => (await s.ready('v2')) === 3 && (await s.word()) === 'running')).toEqual(expected);
  expect(await s.replicas()).toHaveLength(3);
  expect(await history(s)).toEqual(['1 good', '2 good']);
  expect((await s.replicas()).map(({ labels }) => labels['neb.revision'])).toEqual(['2', '2', '2']);
  expect(await s.events('s')).toEqual(expect.arrayContaining(['Updating', 'Updated']));
  await s.stop();
});

test.each<[string, (s: ServiceStage) => Promise<void>, RegExp]>([
  ['whose image cannot be had', async (s) => {
    s.cloud.failImage('v2', { code: 'not_found', message: 'no image v2' });
    await s.apply('v2');
  }, /^it came no further for 40s: replica web-\w+.*no image v2/],
  ['whose health check fails', (s) => s.apply('v2', { health: { path: '/ok' } }), /^it came no further for 40s: replica web-\w+: GET \/ok on port 8000 failed: the answer is not HTTP$/],
])('a revision %s goes back by itself, and says why', async (_, apply, why) => {
  const s = await serviceStage({ min_replicas: 3, max_replicas: 3, update });
  await s.until(async () => (await s.word()) === 'running');
  const before = (await s.replicas()).map(({ id }) => id);
  await apply(s);
  const seen = await watched(s, async () => (await s.service()).status.history.at(-1)?.outcome === 'failed');
  expect(seen).toEqual({ fewest: 3, most: 4 });
  await s.until(async () => (await s.word()) === 'running');
  expect((await s.replicas()).map(({ id }) => id)).toEqual(before);
  const { status } = await s.service();
  expect(status.revision).toBe(1);
  expect(status.history.at(-1)!.message).toMatch(why);
  expect(status.message).toBe(`revision 2 failed, and revision 1 runs instead: ${status.history.at(-1)!.message}`);
  expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'Updated', status: 'false', reason: 'RolledBack', message: status.message }));
  expect((await s.events('s')).filter((reason) => reason === 'RolledBack')).toHaveLength(1);
  const [{ version }, looks] = [await s.service(), s.traffic.looks];
  await s.pass(900_000, 1_000);
  expect((await s.service()).version).toBe(version);
  expect(s.traffic.looks - looks).toBeLessThan(150);
  expect(await history(s)).toEqual(['1 good', '2 failed']);
  expect((await s.replicas()).map(({ id }) => id)).toEqual(before);
  await s.apply('v3', { health: undefined });
  await s.until(async () => (await s.ready('v3')) === 3 && (await s.word()) === 'running');
  expect(await history(s)).toEqual(['1 good', '2 failed', '3 good']);
  expect((await s.service()).status.message).toBeUndefined();
  await s.stop();
});

test.each(['Always', 'Never'] as const)('a new replica that crashes in a loop is no progress, and old ones stay up, restarted %s', async (restart) => {
  const s = await serviceStage({ min_replicas: 2, max_replicas: 2, update, container: { restart } });
  await s.until(async () => (await s.word()) === 'running');
  const before = (await s.replicas()).map(({ id }) => id);
  await s.apply('v2');
  let down = 0;
  await s.until(async () => {
    for (const { id, spec, status, deletedAt } of await s.replicas()) {
      if (deletedAt === undefined && spec.image === 'v2' && status.ready && s.clock.now() - Date.parse(status.started_at!) >= 3_000) s.cloud.exit(status.attempt!.key, 3);
      if (before.includes(id) && (deletedAt !== undefined || !status.ready)) down++;
    }
    return (await s.service()).status.history.at(-1)?.outcome === 'failed';
  });
  expect(down).toBe(0);
  expect((await s.service()).status.history.at(-1)!.message).toMatch(/exited with 3/);
  await s.until(async () => (await s.ready('v1')) === 2 && (await s.word()) === 'running');
  expect(await s.ready()).toBe(2);
  await s.stop();
});

test('with rollback: false a failed update stays and says so, and is good once its replicas are', async () => {
  const s = await serviceStage({ min_replicas: 2, max_replicas: 2, update: { ...update, rollback: false } });
  await s.until(async () => (await s.word()) === 'running');
  await s.apply('v2', { health: { path: '/ok' } });
  await s.until(async () => (await s.word()) === 'stalled');
  await s.pass(120_000, 10_000);
  expect((await s.service()).status).toMatchObject({ status: 'stalled', revision: 2, message: expect.stringMatching(/^revision 2 failed: it came no further for 40s: .*not HTTP$/) });
  expect([await s.ready('v1'), await s.ready('v2'), (await s.replicas()).length]).toEqual([2, 0, 3]);
  expect((await s.events('s')).filter((reason) => reason === 'UpdateFailed')).toHaveLength(1);
  await s.apply('v2', { health: { protocol: 'tcp' } });
  await s.until(async () => (await s.ready('v2')) === 2 && (await s.word()) === 'running');
  expect(await history(s)).toEqual(['1 good', '2 failed', '3 good']);
  await s.stop();
});

test('a first revision that is never ready has nothing to go back to, and goes on trying', async () => {
  const s = await serviceStage({ update, health: { path: '/ok' } });
  await s.until(async () => (await s.word()) === 'stalled');
  expect((await s.service()).status).toMatchObject({ revision: 1, message: expect.stringMatching(/^revision 1 failed: /) });
  expect(await s.replicas()).toHaveLength(1);
  await s.stop();
});

test('a change during an update goes for the latest', async () => {
  const s = await serviceStage({ min_replicas: 3, max_replicas: 3 });
  await s.until(async () => (await s.word()) === 'running');
  await s.apply('v2');
  await s.until(async () => (await s.ready('v2')) >= 1);
  await s.apply('v3');
  expect(await watched(s, async () => (await s.ready('v3')) === 3 && (await s.word()) === 'running')).toEqual({ fewest: 3, most: 4 });
  expect(await history(s)).toEqual(['1 good', '2 failed', '3 good']);
  expect((await s.service()).status.history[1]!.message).toBe('revision 3 came before it was ready');
  await s.stop();
});

test('scaling during an update holds for both, and to none ends it', async () => {
  const s = await serviceStage({ min_replicas: 0, max_replicas: 8, scale: { zero: { duration: '1h' } } });
  await s.edit((of) => ({ ...of, status: { ...of.status, pinned: 3 } }));
  await s.until(async () => (await s.word()) === 'running');
  await s.apply('v2');
  await s.until(async () => (await s.ready('v2')) >= 1);
  await s.edit((of) => ({ ...of, status: { ...of.status, pinned: 5 } }));
  expect(await watched(s, async () => (await s.ready('v2')) === 5 && (await s.word()) === 'running')).toEqual({ fewest: 4, most: 6 });
  await s.apply('v3');
  await s.until(async () => (await s.ready('v3')) >= 1);
  await s.edit((of) => ({ ...of, status: { ...of.status, pinned: 0 } }));
  await s.until(async () => (await s.word()) === 'idle' && (await s.replicas()).length === 0);
  // Nothing is said of it while none is wanted, however long that is.
  await s.pass(1_800_000, 30_000);
  expect(await history(s)).toEqual(['1 good', '2 good', '3 rolling']);
  await s.edit((of) => ({ ...of, status: { ...of.status, pinned: 1 } }));
  await s.until(async () => (await s.word()) === 'running');
  expect([await s.ready('v3'), await history(s)]).toEqual([1, ['1 good', '2 good', '3 good']]);
  await s.stop();
});

test('an undo brings a revision back as a new one, and a restart replaces all', async () => {
  const s = await serviceStage({ min_replicas: 2, max_replicas: 2 });
  await s.until(async () => (await s.word()) === 'running');
  await s.apply('v2', { max_in_flight: 7 });
  await s.until(async () => (await s.ready('v2')) === 2 && (await s.word()) === 'running');
  await s.edit((of) => undone(of, of.status.history[0]!, s.clock.now()));
  await s.until(async () => (await s.ready('v1')) === 2 && (await s.word()) === 'running');
  expect((await s.service()).spec.max_in_flight).toBeUndefined();
  const before = new Set((await s.replicas()).map(({ id }) => id));
  await s.edit((of) => restarted(of, s.clock.now()));
  await s.until(async () => (await s.word()) === 'running' && (await s.replicas()).every(({ id }) => !before.has(id)));
  expect(await history(s)).toEqual(['1 good', '2 good', '3 good (rollout undo to revision 1)', '4 good (rollout restart)']);
  await s.stop();
});

test('what does not concern replicas makes no revision, and is what the revision says from then on', async () => {
  const s = await serviceStage();
  await s.until(async () => (await s.word()) === 'running');
  const [replica] = await s.replicas();
  await s.apply('v1', { max_in_flight: 3, rate_limit: { requests: 10 } });
  await s.pass(10_000);
  expect((await s.replicas()).map(({ id }) => id)).toEqual([replica!.id]);
  expect(await history(s)).toEqual(['1 good']);
  expect((await s.service()).status.history[0]!.spec).toMatchObject({ max_in_flight: 3 });
  await s.stop();
});

test('ten revisions are kept, and of those that failed since the last good one that one too', async () => {
  const s = await serviceStage({ update: { progress_deadline: '10s' } });
  await s.until(async () => (await s.word()) === 'running');
  for (let n = 2; n <= 12; n++) {
    await s.apply(`v${n}`, { health: { path: '/ok' } });
    await s.until(async () => (await s.service()).status.history.at(-1)?.outcome === 'failed');
  }
  await s.until(async () => (await s.word()) === 'running');
  const { history: kept, revision } = (await s.service()).status;
  expect(kept.map((one) => one.revision)).toEqual([1, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect([revision, await s.ready('v1')]).toEqual([1, 1]);
  await s.stop();
});

test('time in which no server was there does not fail an update', async () => {
  const s = await serviceStage({ min_replicas: 1, update, health: { protocol: 'tcp' } });
  await s.until(async () => (await s.word()) === 'running');
  await s.apply('v2', { health: { path: '/ok' } });
  await s.pass(20_000);
  await s.stop();
  await s.pass(3_600_000, 600_000);
  s.start(s.inService);
  await s.pass(15_000);
  expect(await history(s)).toEqual(['1 good', '2 rolling']);
  await s.pass(30_000);
  expect(await history(s)).toEqual(['1 good', '2 failed']);
  await s.stop();
});

test('a service that is deleted during an update leaves nothing', async () => {
  const s = await serviceStage({ min_replicas: 3, max_replicas: 3 });
  await s.until(async () => (await s.word()) === 'running');
  await s.apply('v2');
  await s.until(async () => (await s.ready('v2')) >= 1);
  await s.edit((of) => ({ ...of, deletedAt: timestamp(s.clock.now()) }));
  await s.until(async () => (await s.service()).goneAt !== undefined);
  expect(await s.instances()).toEqual([]);
  await s.stop();
});

test('a first revision that fails is written as failed when that is said first, in words that do not pile up', async () => {
  const s = await serviceStage({ min_replicas: 1, max_replicas: 1, health: { path: '/ok' }, update: { progress_deadline: '15s' } });
  await s.until(async () => (await s.word()) === 'stalled');
  const first = (await s.service()).status;
  expect(first.history.at(-1)).toMatchObject({ revision: 1, outcome: 'failed', message: expect.stringMatching(/^it came no further for 15s: /) });
  expect(first.message).toBe(`revision 1 failed: ${first.history.at(-1)!.message}`);
  for (let i = 0; i < 15; i += 1) {
    await s.wake();
    await s.pass(1_000);
  }
  expect((await s.service()).status.message).toBe(first.message);
  await s.stop();
});
