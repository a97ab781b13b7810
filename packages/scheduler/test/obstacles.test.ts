import { NebError, type Provider } from '@neb/core-types';
import { afterEach, expect, test } from 'vitest';
import { type Stage, stage } from './harness.ts';

let on: Stage | undefined;
afterEach(() => on?.stop());

const down = new NebError('unavailable', 'the Docker Engine is not running', { hint: 'Start it.' });

/** A platform whose verbs fail while `broken` says so. */
function moody(broken: (verb: string) => NebError | undefined) {
  return ({ provider }: { provider: Provider }): Provider => new Proxy(provider, {
    get(target, name: keyof Provider) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function' || !['create', 'inspect', 'delete', 'readiness'].includes(name)) return value;
      return async (...args: unknown[]) => {
        const error = broken(name);
        if (error) throw error;
        return await (value as (...args: unknown[]) => Promise<unknown>)(...args);
      };
    },
  });
}

test('an engine that is not running is named within 5 s, and the container runs once it is', async () => {
  let isDown = true;
  const provider = ({ provider }: { provider: Provider }): Provider => ({ ...provider, readiness: async () => (isDown ? 'the Docker Engine is not running: start it' : undefined) });
  const s = (on = stage({ startMs: 0, provider }));
  s.start();
  await s.create({ id: 'a' });
  await s.pass(1_000);
  expect(await s.said('a')).toBe('pending: memory: the Docker Engine is not running: start it');
  expect(await s.events('a')).toEqual(['PlatformNotReady']);
  await s.pass(60_000);
  isDown = false;
  await s.pass(16_000);
  expect(await s.said('a')).toBe('running');
  expect((await s.get('a')).status.conditions.find((c) => c.type === 'Stalled')).toMatchObject({ status: 'false' });
});

test('a create that fails for now keeps its attempt, says why, and is made up for', async () => {
  let error: NebError | undefined = down;
  const s = (on = stage({ startMs: 0, provider: moody((verb) => (verb === 'create' ? error : undefined)) }));
  s.start();
  await s.create({ id: 'a' });
  await s.pass(1_000);
  expect(await s.said('a')).toBe('creating: the Docker Engine is not running');
  await s.pass(30_000);
  const { version, status } = await s.get('a');
  expect(status).toMatchObject({ attempts: 1, reason: 'Unavailable' });
  await s.pass(30_000);
  expect((await s.get('a')).version).toBe(version);
  error = undefined;
  await s.pass(16_000);
  expect((await s.get('a')).status).toMatchObject({ status: 'running', attempts: 1 });
  expect((await s.get('a')).status.message).toBeUndefined();
});

test('a create that is refused for good fails the container with the sentence', async () => {
  const s = (on = stage({ startMs: 0, provider: moody((verb) => (verb === 'create' ? new NebError('invalid', 'the registry refuses user bob') : undefined)) }));
  s.start();
  await s.create({ id: 'a', spec: { restart: 'Always' } });
  await s.pass(1_000);
  expect(await s.said('a')).toBe('failed: the registry refuses user bob');
  expect((await s.get('a')).finalizers).toEqual([]);
  expect(await s.store.attempts('a')).toMatchObject([{ number: 1, reason: 'Invalid' }]);
});

test('a create without capacity is tried again as a new attempt, later and later', async () => {
  let full = true;
  const s = (on = stage({ startMs: 0, provider: moody((verb) => (verb === 'create' && full ? new NebError('no_capacity', 'none is left') : undefined)) }));
  s.start();
  await s.create({ id: 'a' });
  await s.pass(60_000);
  const { attempts, launch_failures: failures } = (await s.get('a')).status;
  expect(attempts).toBeGreaterThanOrEqual(5);
  expect(attempts).toBeLessThanOrEqual(7);
  expect(failures).toBe(attempts);
  full = false;
  await s.pass(90_000);
  expect((await s.get('a')).status).toMatchObject({ status: 'running', launch_failures: 0 });
});

test('a removal that is refused for now is never given up', async () => {
  let stuck = true;
  const s = (on = stage({ startMs: 0, provider: moody((verb) => (verb === 'delete' && stuck ? down : undefined)) }));
  s.start();
  await s.create({ id: 'a' });
  await s.until(async () => (await s.said('a')) === 'running');
  await s.remove('a');
  await s.pass(3_600_000, 15_000);
  expect(await s.said('a')).toBe('deleting: the Docker Engine is not running');
  expect((await s.get('a')).goneAt).toBeUndefined();
  stuck = false;
  await s.pass(30_000);
  expect(await s.said('a')).toBe('deleted');
  expect(await s.instances()).toEqual([]);
});

test('what a container that has ended says of its end stays while tidying up has to wait', async () => {
  let stuck = true;
  const s = (on = stage({ startMs: 0, provider: moody((verb) => (verb === 'delete' && stuck ? down : undefined)) }));
  s.start();
  await s.create({ id: 'a' });
  await s.until(async () => (await s.said('a')) === 'running');
  s.cloud.exit('a-1', 3);
  await s.pass(60_000);
  expect(await s.said('a')).toBe('failed: exited with 3');
  expect((await s.get('a')).status.conditions).toContainEqual(expect.objectContaining({ type: 'Stalled', status: 'true' }));
  stuck = false;
  await s.pass(30_000);
  expect((await s.get('a')).finalizers).toEqual([]);
  expect((await s.get('a')).status.conditions).toContainEqual(expect.objectContaining({ type: 'Stalled', status: 'false' }));
});

test('a platform that is no longer set up is named, and nothing of it is forgotten', async () => {
  const s = (on = stage({ startMs: 0 }));
  s.start();
  await s.create({ id: 'a' });
  await s.until(async () => (await s.said('a')) === 'running');
  await s.stop();
  s.start({ ...s.world, providers: [] });
  await s.remove('a');
  await s.pass(60_000);
  expect(await s.said('a')).toBe('running: its instance is on memory, which is no longer set up on this server');
  expect((await s.get('a')).finalizers).toEqual(['provider']);
});

test('a platform that never answers holds up only its own container, and is asked again', async () => {
  let hangs = true;
  const slow = ({ provider }: { provider: Provider }): Provider => ({
    ...provider,
    create: (request, call) => (hangs && request.key === 'a-1' ? new Promise((_, reject) => { call!.signal!.addEventListener('abort', () => reject(call!.signal!.reason as Error)); }) : provider.create(request, call)),
  });
  const s = (on = stage({ startMs: 0, provider: slow, tuning: { passTimeoutMs: 5_000 } }));
  s.start();
  await s.create({ id: 'a' });
  await s.create({ id: 'b' });
  await s.pass(2_000);
  expect(await s.said('b')).toBe('running');
  await s.pass(5_000);
  expect(await s.said('a')).toBe('creating: memory does not answer in time');
  hangs = false;
  await s.pass(30_000);
  expect(await s.said('a')).toBe('running');
});
