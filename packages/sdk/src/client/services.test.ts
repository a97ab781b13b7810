import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type Harness, harness } from '../../test/harness.ts';

const ref = { name: 'web' };

async function made(): Promise<Harness> {
  const opened = await harness();
  await opened.neb.services.create({ metadata: ref, container: { image: 'busybox' }, min_containers: 0, scale: { up: { above_latency: '100ms', duration: 10 } }, hold: 60 });
  return opened;
}

test('a service is created, read, listed, scaled, explained and deleted', async () => {
  const { neb } = await made();
  const created = await neb.services.get(ref);
  expect(created).toMatchObject({ kind: 'Service', metadata: { namespace: 'alice' }, min_replicas: 0, hold: '60s', scale: { up: { duration: '10s' } }, status: { status: 'creating', revision: 1 } });
  expect(created.status).not.toHaveProperty('scaling');
  expect(await neb.services.list().all()).toEqual([created]);
  expect(await neb.services.scale(ref, 3)).toMatchObject({ status: { pinned: 3 } });
  expect((await neb.services.scale(ref, 'auto')).status).not.toHaveProperty('pinned');
  const explained = await neb.services.explain(ref);
  expect(explained).toMatchObject({ policy: { max: 10 }, replicas: [{ name: 'web-1' }], rollout: { state: 'rolling', asked: 1 } });
  expect(explained.service.status).not.toHaveProperty('scaling');
  await neb.services.delete(ref);
  expect(await neb.services.list().all()).toEqual([]);
});

test('a watch shows its changes, without what the autoscaler remembers', async () => {
  const { neb, client } = await made();
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const next = client({}).services.watch({}, { signal: stop.signal })[Symbol.asyncIterator]().next();
  await neb.containers.create({ metadata: { name: 'other' }, image: 'x' });
  await neb.services.scale(ref, 2);
  const { value } = await next;
  expect(value).toMatchObject({ do: 'changed', object: { kind: 'Service' } });
  expect(JSON.stringify(value)).not.toContain('upSince');
});

test('what is rolled out is told, undone and done anew', async () => {
  const { neb } = await made();
  expect(await neb.services.rollout.status(ref)).toMatchObject({ namespace: 'alice', name: 'web', state: 'rolling', asked: 1, revision: 1, replicas: { desired: 1 } });
  await expect(neb.services.rollout.undo(ref, { toRevision: 7 })).rejects.toMatchObject({ code: 'not_found' });
  expect(await neb.services.rollout.undo(ref, { toRevision: 1 })).toMatchObject({ status: { revision: 2 } });
  expect((await neb.services.rollout.history(ref)).map(({ revision, cause }) => [revision, cause])).toEqual([[2, 'rollout undo to revision 1'], [1, undefined]]);
  expect((await neb.services.rollout.restart(ref)).status.restarted_at).toBe('2026-11-24T08:00:00.000Z');
});

test('keys of its door are made, listed without their hashes, and revoked', async () => {
  const { neb } = await made();
  const { key, token } = await neb.services.keys.create(ref, { name: 'front' });
  expect([key.name, token]).toEqual(['front', 'nebd_front']);
  expect(await neb.services.keys.list(ref)).toEqual([key]);
  expect(JSON.stringify([await neb.services.get(ref), await neb.services.keys.list(ref)])).not.toContain('hash-of-a-key');
  expect(await neb.services.keys.revoke(ref, key.id)).toEqual(key);
  await expect(neb.services.keys.revoke(ref, key.id)).rejects.toMatchObject({ code: 'not_found' });
});

test('a port is forwarded to the ready replicas, one after another, and to none where there is none', async () => {
  const { neb, services } = await made();
  const inside = createServer((_, response) => response.end('hello'));
  await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void inside.close());
  const ids = await Promise.all(['a', 'b', 'c'].map(async (name) => (await neb.containers.create({ metadata: { name }, image: 'x' })).metadata.id));
  const dialled: unknown[] = [];
  const { services: { explain }, containers: { dial } } = services;
  let ready = true;
  Object.assign(services.containers, { dial: async (...call: Parameters<typeof dial>) => {
    dialled.push(call[1]);
    return await dial(...call);
  } });
  Object.assign(services.services, { explain: async (...call: Parameters<typeof explain>) => {
    const told = await explain(...call);
    return { ...told, replicas: ids.map((id, at) => ({ ...told.replicas[0]!, id, ready: ready && at !== 1, draining: false })) };
  } });
  const errors: unknown[] = [];
  await using forward = await neb.services.portForward(ref, (inside.address() as AddressInfo).port, { onError: (error) => errors.push(error) });
  const asked = async (): Promise<string> => await (await fetch(`http://127.0.0.1:${forward.port}`, { headers: { connection: 'close' } })).text();
  expect([await asked(), await asked(), await asked()]).toEqual(['hello', 'hello', 'hello']);
  expect(dialled).toEqual([{ id: ids[0] }, { id: ids[2] }, { id: ids[0] }]);
  ready = false;
  await expect(asked()).rejects.toThrow();
  expect(errors).toEqual([expect.objectContaining({ code: 'unavailable', message: 'service web has no ready replica' })]);
});
