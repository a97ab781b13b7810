import { expect, test } from 'vitest';
import { type Ask, door } from '../../../test/door.ts';
import type { Harness } from '../../../test/harness.ts';

const web = { metadata: { name: 'web', namespace: '-' }, container: { image: 'busybox' }, min_containers: 1, max_containers: 3, meters: [{ unit: 'token', currency: 'USD', cost: 0.001, response_json_value: '$.usage.prompt_tokens' }] };
const path = '/v1/services/-/web';
const at = '2026-11-24T08:00:01.000Z';

async function made(): Promise<Harness & { readonly ask: Ask }> {
  const opened = await door();
  await opened.ask('POST', '/v1/services', web);
  return opened;
}

test('services have the shape of the others, without what the autoscaler remembers', async () => {
  const { ask } = await door();
  const { status, json } = await ask('POST', '/v1/services', { ...web, api_key: 'x', scale: null });
  expect(status).toBe(200);
  expect(json).toEqual({
    kind: 'Service', container: { kind: 'Container', image: 'busybox', restart: 'Never' }, min_replicas: 1, max_replicas: 3,
    meters: [{ unit: 'token', currency: 'USD', cost: '0.001', json_path: '$.usage.prompt_tokens', metric: 'response_value' }],
    metadata: expect.objectContaining({ name: 'web', namespace: 'alice', created_at: 1_795_507_200 }),
    status: expect.objectContaining({ status: 'creating', revision: 1, history: [expect.objectContaining({ outcome: 'rolling' })] }),
  });
  expect(json.status).not.toHaveProperty('scaling');
  expect((await ask('GET', '/v1/services')).json).toEqual({ services: [json] });
  for (const known of [json.metadata.id, 'alice/web', '-/web']) expect((await ask('GET', `/v1/services/${known}`)).json).toEqual(json);
  expect((await ask('GET', `${path}/explain`)).json).toMatchObject({ policy: { max: 10 }, service: { metadata: { name: 'web' } }, rollout: { state: 'rolling' } });
  expect(JSON.stringify((await ask('GET', `${path}/explain`)).json)).not.toContain('upSince');
});

test('services are changed field by field, and deleted', async () => {
  const { ask } = await made();
  expect((await ask('PATCH', path, { max_containers: 5, labels: { a: 'b' }, unknown: 1 })).json).toMatchObject({ min_replicas: 1, max_replicas: 5, metadata: { labels: { a: 'b' } } });
  expect((await ask('PATCH', path, { max_replicas: 0 })).status).toBe(422);
  expect((await ask('DELETE', path)).status).toBe(200);
  expect((await ask('GET', path)).status).toBe(404);
});

test('services are scaled by hand, to zero too, and left to the autoscaler again', async () => {
  const { ask } = await made();
  expect((await ask('POST', `${path}/scale`, { replicas: 0, min_replicas: null })).json).toMatchObject({ min_replicas: 1, status: { pinned: 0 } });
  expect((await ask('POST', `${path}/scale`, { min_replicas: 2 })).json).toMatchObject({ min_replicas: 2, status: { pinned: 0 } });
  expect((await ask('POST', `${path}/scale`, { auto: true })).json.status).not.toHaveProperty('pinned');
  expect(await ask('POST', `${path}/scale`, {})).toMatchObject({ status: 422, json: { error: { message: 'the request is not valid: needs replicas, min_replicas or auto' } } });
});

test('what is rolled out is told, undone and done anew', async () => {
  const { ask } = await made();
  expect((await ask('GET', `${path}/rollout`)).json).toMatchObject({ namespace: 'alice', name: 'web', state: 'rolling', asked: 1, revision: 1, history: [{ revision: 1 }] });
  expect((await ask('POST', `${path}/rollout/undo`, { revision: 9 })).status).toBe(404);
  expect((await ask('POST', `${path}/rollout/undo`, { revision: 0 })).status).toBe(422);
  expect((await ask('POST', `${path}/rollout/undo`, { revision: 1 })).json).toMatchObject({ status: { revision: 2, history: [{ revision: 1 }, { revision: 2, cause: 'rollout undo to revision 1' }] } });
  expect((await ask('POST', `${path}/rollout/undo`, { revision: null })).json).toMatchObject({ status: { revision: 3 } });
  expect((await ask('POST', `${path}/rollout/restart`)).json).toMatchObject({ kind: 'Service', status: { restarted_at: '2026-11-24T08:00:00.000Z' } });
});

test('services tell the logs of their replicas, or why there are none', async () => {
  const { ask, services, neb, logs } = await made();
  const { metadata: { id } } = await neb.containers.create({ metadata: { name: 'web-2' }, image: 'busybox' });
  const { explain } = services.services;
  Object.assign(services.services, { explain: async (...call: Parameters<typeof explain>) => {
    const told = await explain(...call);
    return { ...told, replicas: [...told.replicas, { name: 'web-2', id, status: 'running', ready: true, draining: false, current: true }] };
  } });
  logs.push({ at, stream: 'stdout', text: 'one', attempt: 1, position: '' });
  expect((await ask('GET', `${path}/logs`)).json).toEqual({ 'web-1': { error: 'there is no container id-of-no-container' }, 'web-2': 'one\n' });
});

test('keys of a door are made, listed without their secrets and hashes, and revoked', async () => {
  const { ask } = await made();
  expect((await ask('POST', `${path}/keys`, { name: '' })).status).toBe(422);
  expect((await ask('POST', `${path}/keys`, { name: 'a', expires_at: 'soon' })).status).toBe(422);
  const key = { id: 'key-a', name: 'a', created_at: '2026-11-24T08:00:00.000Z', created_by: 'alice@example.com' };
  expect((await ask('POST', `${path}/keys`, { name: 'a' })).json).toEqual({ key, token: 'nebd_a' });
  expect((await ask('GET', `${path}/keys`)).json).toEqual({ keys: [key] });
  expect(JSON.stringify([(await ask('GET', path)).json, (await ask('GET', `${path}/explain`)).json])).not.toContain('hash-of-a-key');
  expect((await ask('DELETE', `${path}/keys/key-a`)).json).toEqual(key);
  expect((await ask('DELETE', `${path}/keys/key-a`)).status).toBe(404);
});
