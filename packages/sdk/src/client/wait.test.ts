import { expect, test, vi } from 'vitest';
import { type Harness, harness } from '../../test/harness.ts';

const web = { namespace: 'alice', name: 'web' };
const started = async (): Promise<Harness> => {
  const h = await harness();
  await h.neb.containers.create({ metadata: { name: 'web' }, image: 'x' });
  return h;
};
const watching = (h: Harness): Promise<void> => vi.waitFor(() => expect(h.changes.readers).toBe(1));

test('what is already so is not waited for', async () => {
  const h = await started();
  h.setStatus(web, { status: 'running', ready: true });
  expect(await h.neb.containers.wait(web)).toMatchObject({ status: { ready: true } });
  expect(h.server.asked.some((url) => url.includes('watch'))).toBe(false);
});

test('a state that comes ends the wait, and those on the way are told', async () => {
  const h = await started();
  const passed: string[] = [];
  const waiting = h.neb.containers.wait(web, { for: 'ready', onChange: ({ status }) => passed.push(status.status) });
  await watching(h);
  h.setStatus(web, { status: 'creating' });
  h.server.cut();
  h.setStatus(web, { status: 'running' });
  h.setStatus(web, { ready: true });
  expect(await waiting).toMatchObject({ status: { status: 'running', ready: true } });
  expect(passed).toEqual(['pending', 'creating', 'running', 'running']);
});

test('a change between the look and the watch is not missed', async () => {
  const h = await started();
  const { get } = h.services.containers;
  Object.assign(h.services.containers, { get: async (...[who, ref]: Parameters<typeof get>) => {
    const before = await get(who, ref);
    h.setStatus(web, { status: 'running', ready: true });
    return before;
  } });
  expect(await h.neb.containers.wait(web, { timeoutMs: 5_000 })).toMatchObject({ status: { ready: true } });
});

test('a container that fails ends the wait with its own sentence', async () => {
  const h = await started();
  const waiting = h.neb.containers.wait(web, { for: 'running' });
  waiting.catch(() => undefined);
  await watching(h);
  h.setStatus(web, { status: 'failed', reason: 'ImageNotFound', message: 'there is no image "x" in this registry', exit_code: 3 });
  await expect(waiting).rejects.toMatchObject({
    code: 'failed', message: 'container alice/web failed: there is no image "x" in this registry',
    details: { kind: 'Container', status: 'failed', reason: 'ImageNotFound', exitCode: 3 },
  });
});

test('a container that has completed will never be ready, but it has ended', async () => {
  const h = await started();
  h.setStatus(web, { status: 'completed', exit_code: 0 });
  await expect(h.neb.containers.wait(web)).rejects.toMatchObject({ code: 'failed', message: 'container alice/web has already completed' });
  expect(await h.neb.containers.wait(web, { for: 'ended' })).toMatchObject({ status: { exit_code: 0 } });
  expect(await h.neb.containers.wait(web, { for: ({ status }) => status.exit_code === 0 })).toMatchObject({ metadata: web });
});

test('a container that is stalled ends the wait only where that is asked for', async () => {
  const h = await started();
  h.setStatus(web, { conditions: [{ type: 'Stalled', status: 'true', reason: 'NoPlatform', message: 'no platform has an A100', generation: 1, since: '' }] });
  await expect(h.neb.containers.wait(web, { failOnStalled: true })).rejects.toMatchObject({ code: 'failed', message: 'container alice/web cannot go on: no platform has an A100' });
  await expect(h.neb.containers.wait(web, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'timeout' });
});

test('a wait that takes too long says what it waits for and how things are', async () => {
  const h = await started();
  h.setStatus(web, { status: 'creating', message: 'pulling the image' });
  await expect(h.neb.containers.wait(web, { timeoutMs: 500 })).rejects.toMatchObject({
    code: 'timeout', message: 'container alice/web was not ready within 500 ms; it is creating: pulling the image',
  });
  await vi.waitFor(() => expect(h.changes.readers).toBe(0));
});

test('an end of it is waited for, and found already there', async () => {
  const h = await started();
  const waiting = h.neb.containers.wait(web, { for: 'deleted' });
  await watching(h);
  await h.neb.containers.delete(web);
  expect(await waiting).toMatchObject({ metadata: web });
  expect(await h.neb.containers.wait(web, { for: 'deleted' })).toBeUndefined();
});

test('a container that is deleted meanwhile ends any other wait', async () => {
  const h = await started();
  const waiting = h.neb.containers.wait(web);
  waiting.catch(() => undefined);
  await watching(h);
  await h.neb.containers.delete(web);
  await expect(waiting).rejects.toMatchObject({ code: 'failed', message: 'container alice/web was deleted' });
  await expect(h.neb.containers.wait(web)).rejects.toMatchObject({ code: 'not_found' });
});

test('a wait can be given up', async () => {
  const h = await started();
  await expect(h.neb.containers.wait(web, { signal: AbortSignal.timeout(30) })).rejects.toMatchObject({ name: 'TimeoutError' });
});
