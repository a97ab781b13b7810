import type { ServiceRevision, TrafficPlane } from '@neb/core-types';
import type { Services } from '@neb/sdk/contract';
import { describe, expect, test, vi } from 'vitest';
import { ada, admin, eve, type Stage, stage } from '../../test/stage.ts';

const web = (more: object = {}) => ({ kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, container: { image: 'nginx' }, ...more });
const ref = { namespace: 'shop', name: 'web' };
const apply = (api: Services, manifest: unknown, mode: 'create' | 'apply' = 'apply') => api.apply(ada, { manifests: [manifest], mode });

/** A service of ada's whose status says that these revisions were rolled out: the control loop is not at work. */
async function rolledOut(s: Stage, ...revisions: readonly (Pick<ServiceRevision, 'outcome'> & { readonly spec: object; readonly message?: string })[]): Promise<void> {
  const service = (await s.store.find({ kind: 'Service', ...ref }))!;
  const history = revisions.map((one, at) => ({ revision: at + 1, template: `t${at}`, at: '2026-11-29T08:00:00.000Z', ...one, spec: { ...one.spec } }));
  await s.store.commit([{ do: 'put', resource: { ...service, status: { ...service.status, status: 'running', revision: history.length, history, scaling: { upSince: 1 } } } }]);
}

describe('a service', () => {
  test('is created with its namespace, shown without what the autoscaler remembers, changed and deleted', async () => {
    await using s = stage({ running: false });
    const [made] = await apply(s.api, web({ port: 80 }), 'create');
    expect(made).toMatchObject({ kind: 'Service', outcome: 'created', namespace: 'shop', name: 'web', warnings: [] });
    const shown = await s.api.services.get(ada, ref);
    expect(shown).toMatchObject({ metadata: { id: made!.id, owner: 'ada@example.com', generation: 1 }, container: { image: 'nginx' }, port: 80, status: { status: 'creating', replicas: { desired: 0, ready: 0 } } });
    await rolledOut(s, { outcome: 'good', spec: { container: { image: 'nginx' } } });
    expect((await s.api.services.get(ada, ref)).status).not.toHaveProperty('scaling');
    expect(await apply(s.api, web({ port: 81 }))).toMatchObject([{ outcome: 'configured', changes: ['port'] }]);
    expect(await s.api.services.get(ada, ref)).toMatchObject({ port: 81, metadata: { generation: 2 }, status: { status: 'running', revision: 1 } });
    await expect(apply(s.api, web(), 'create')).rejects.toMatchObject({ code: 'conflict', message: 'service shop/web exists already' });
    expect((await s.api.services.list(eve, {})).items).toEqual([]);
    expect((await s.api.services.delete(ada, ref)).metadata.deleted_at).toBeDefined();
    await expect(s.api.services.restart(ada, ref)).rejects.toMatchObject({ code: 'conflict', message: 'service shop/web is being deleted' });
  });

  test.each([
    { what: 'a platform that is not one', fields: { platform: 'moon' }, code: 'invalid', says: 'service shop/web: platform: "moon" is not a platform. There are memory' },
    { what: 'a cloud without its key', fields: { platform: 'runpod' }, code: 'unsupported', says: 'service shop/web: platform runpod is not set up: it needs RUNPOD_API_KEY' },
    { what: 'a platform of its container\'s', fields: { container: { image: 'nginx', platform: 'moon' } }, code: 'invalid', says: '"moon" is not a platform' },
    { what: 'fewer at most than at least', fields: { min_containers: 3, max_containers: 1 }, code: 'invalid', says: 'max_containers' },
    { what: 'a path of the host', fields: { container: { image: 'nginx', volumes: [{ source: '/etc', dest: '/etc' }] } }, code: 'unauthorized', says: 'only an administrator may mount paths of the host' },
  ])('with $what is refused at once, with the reason', async ({ fields, code, says }) => {
    await using s = stage({ running: false });
    await expect(apply(s.api, web(fields), 'create')).rejects.toMatchObject({ code, message: expect.stringContaining(says) });
    expect((await s.api.services.list(admin, {})).items).toEqual([]);
  });

  test('warns of what has no effect, and not of the port that requests go to', async () => {
    await using s = stage({ running: false });
    const [made] = await apply(s.api, web({ container: { image: 'nginx', proxy_port: 80, ssh_keys: [{ copy_local: true }] } }));
    expect(made!.warnings).toEqual([expect.stringMatching(/^ssh_keys/)]);
  });
});

test('a number of replicas asked for by hand is kept until the manifest comes again, though it says the same', async () => {
  await using s = stage({ running: false });
  await apply(s.api, web());
  expect(await s.api.services.scale(ada, { ref, replicas: 4 })).toMatchObject({ status: { pinned: 4 } });
  expect((await s.api.services.scale(ada, { ref })).status).not.toHaveProperty('pinned');
  await s.api.services.scale(ada, { ref, replicas: 0 });
  expect(await apply(s.api, web())).toMatchObject([{ outcome: 'configured', changes: ['status.pinned'] }]);
  expect((await s.api.services.get(ada, ref)).status).not.toHaveProperty('pinned');
  expect((await s.api.services.get(ada, ref)).metadata.generation).toBe(1);
  expect(await apply(s.api, web())).toMatchObject([{ outcome: 'unchanged', changes: [] }]);
});

describe('what is rolled out', () => {
  const first = { container: { image: 'nginx:1' } };
  const second = { container: { image: 'nginx:2' } };

  test('is told: before it began, under way, good and given up', async () => {
    await using s = stage({ running: false });
    await apply(s.api, web(second));
    const spec = { container: (await s.api.services.get(ada, ref)).container };
    expect(await s.api.services.rollout(ada, ref)).toMatchObject({ state: 'pending', name: 'web', namespace: 'shop' });
    await rolledOut(s, { outcome: 'good', spec: first });
    expect(await s.api.services.rollout(ada, ref)).toMatchObject({ state: 'pending', asked: 1 });
    await rolledOut(s, { outcome: 'good', spec: first }, { outcome: 'rolling', spec });
    expect(await s.api.services.rollout(ada, ref)).toMatchObject({ state: 'rolling', asked: 2 });
    await rolledOut(s, { outcome: 'good', spec: first }, { outcome: 'failed', spec, message: 'no replica was ready within 10m' });
    expect(await s.api.services.rollout(ada, ref)).toMatchObject({ state: 'failed', asked: 2, message: 'no replica was ready within 10m', history: [{ revision: 2 }, { revision: 1 }] });
    expect(await s.api.services.explain(ada, ref)).toMatchObject({ rollout: { state: 'failed' }, policy: { min: 1, max: 10 }, replicas: [] });
  });

  test('is undone: the last good one but this, or any that is kept', async () => {
    await using s = stage({ running: false });
    await apply(s.api, web(second));
    await expect(s.api.services.undo(ada, { ref })).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('no earlier revision') });
    await expect(s.api.services.undo(ada, { ref, revision: 3 })).rejects.toMatchObject({ code: 'not_found', message: 'service shop/web has no revision 3' });
    await rolledOut(s, { outcome: 'good', spec: first }, { outcome: 'failed', spec: { container: { image: 'broken' } } }, { outcome: 'good', spec: second });
    const undone = await s.api.services.undo(ada, { ref });
    expect(undone).toMatchObject({ container: { image: 'nginx:1' }, metadata: { generation: 2 } });
    expect((await s.api.services.rollout(ada, ref)).history[0]).toMatchObject({ revision: 4, cause: expect.stringContaining('revision 1') });
    expect(await s.api.services.undo(ada, { ref, revision: 2 })).toMatchObject({ container: { image: 'broken' } });
    const { items } = await s.api.events(ada, { namespace: 'shop' });
    expect(items).toEqual(expect.arrayContaining([expect.objectContaining({ reason: 'RolledBackByHand', message: 'ada@example.com asked for revision 2 again' })]));
  });

  test('is not undone to what the caller may not have', async () => {
    await using s = stage({ running: false });
    await apply(s.api, web(second));
    await rolledOut(s, { outcome: 'good', spec: { container: { image: 'nginx', volumes: [{ source: '/etc', dest: '/etc' }] } } }, { outcome: 'good', spec: second });
    await expect(s.api.services.undo(ada, { ref })).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await s.api.services.get(ada, ref)).toMatchObject({ container: { image: 'nginx:2' } });
  });

  test('is done anew, and all of it is on record', async () => {
    await using s = stage({ running: false });
    await apply(s.api, web(first));
    await rolledOut(s, { outcome: 'good', spec: first });
    expect((await s.api.services.restart(ada, ref)).status.restarted_at).toBeDefined();
    await s.api.services.scale(ada, { ref, replicas: 2 });
    await expect(s.api.services.scale(eve, { ref, replicas: 9 })).rejects.toMatchObject({ code: 'not_found' });
    const { items } = await s.api.audit.list(admin, {});
    const told = items.map(({ entry: { who, verb, kind, outcome } }) => [who, verb, kind, outcome]);
    expect(told.filter(([, , kind]) => kind === 'Service')).toEqual([
      ['eve@example.com', 'update', 'Service', 'denied'], ['ada@example.com', 'update', 'Service', 'ok'], ['ada@example.com', 'update', 'Service', 'ok'], ['ada@example.com', 'create', 'Service', 'ok'],
    ]);
  });
});

test('a service lives under the control loop: a door of its own, a revision for each thing to run, and nothing left of it', async () => {
  const doors = new Set<string>();
  const traffic: TrafficPlane = {
    missing: () => undefined,
    open: async ({ id, name }) => {
      doors.add(id);
      return { address: '10.0.0.1:7000', url: `http://${name}.shop.localhost`, hosts: [`${name}.shop.localhost`] };
    },
    close: async ({ id }) => void doors.delete(id),
    look: (id) => ({ gauge: { id, inFlight: 0, waiting: 0, answered: 0, failed: 0, latenciesMs: [] }, inFlight: new Map() }),
  };
  await using s = stage({ traffic });
  const eventually = async (check: () => Promise<void>): Promise<void> => await vi.waitFor(check, { timeout: 10_000, interval: 5 });
  const asleep = (image: string) => web({ container: { image }, min_containers: 0, max_containers: 0 });
  await apply(s.api, asleep('nginx:1'));
  await eventually(async () => expect(await s.api.services.get(ada, ref)).toMatchObject({ status: { status: 'idle', address: '10.0.0.1:7000', url: 'http://web.shop.localhost', revision: 1 } }));
  expect(await s.api.services.rollout(ada, ref)).toMatchObject({ state: 'idle', asked: 1 });
  await apply(s.api, asleep('nginx:2'));
  await eventually(async () => expect(await s.api.services.rollout(ada, ref)).toMatchObject({ state: 'idle', asked: 2, revision: 2 }));
  expect(await s.api.services.undo(ada, { ref, revision: 1 })).toMatchObject({ container: { image: 'nginx:1' } });
  await s.api.services.restart(ada, ref);
  await eventually(async () => expect((await s.api.services.rollout(ada, ref)).history.map(({ revision, cause }) => [revision, cause])).toEqual([[4, 'rollout restart'], [3, 'rollout undo to revision 1'], [2, undefined], [1, undefined]]));
  expect(await s.api.services.explain(ada, ref)).toMatchObject({ policy: { min: 0, max: 0 }, rollout: { state: 'idle' }, replicas: [] });
  expect(doors.size).toBe(1);
  await s.api.services.delete(ada, ref);
  await eventually(async () => expect((await s.api.services.list(ada, {})).items).toEqual([]));
  expect(doors.size).toBe(0);
});
