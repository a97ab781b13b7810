import { expect, test } from 'vitest';
import { collect } from '../../paginate.ts';
import type { LaunchSpec } from '../../launch-spec.ts';
import type { CreateRequest } from '../../provider.ts';
import { fakeClock } from '../fake-clock.ts';
import { memoryCloud } from './cloud.ts';

const spec: LaunchSpec = { image: 'app', env: { GREETING: 'hello' }, ports: [], volumes: [], limits: {}, network: { namespace: 'n', hostnames: [] }, labels: {} };
const offer = { id: 'cpu', region: 'here', pricePerHour: '0', spot: false, available: 'yes' } as const;
const request = (key: string, fleet = 'f'): CreateRequest => ({ key, fleet, offer, spec });

test('an instance runs by itself after the time it takes to start', async () => {
  const clock = fakeClock();
  const { provider } = memoryCloud({ clock, startMs: 500 });
  const { ref } = await provider.create(request('a'));
  const stateAfter = async (ms: number) => {
    clock.advance(ms);
    await Promise.resolve();
    return (await provider.inspect(ref))?.state;
  };
  expect(await stateAfter(499)).toBe('pending');
  expect(await stateAfter(1)).toBe('running');
});

test('an image that begins to fail leaves alone what runs of it', async () => {
  const cloud = memoryCloud();
  const before = await cloud.provider.create(request('before'));
  cloud.tick();
  cloud.failImage('app', { code: 'not_found', message: 'no image app' });
  const after = await cloud.provider.create(request('after'));
  expect((await cloud.provider.inspect(before.ref))?.state).toBe('running');
  expect(after).toMatchObject({ state: 'failed', failure: { code: 'not_found' } });
});

test('followed logs bring what is written later, and end with the instance', async () => {
  const cloud = memoryCloud();
  const { ref } = await cloud.provider.create(request('a'));
  const following = collect(cloud.provider.logs!(ref, { follow: true }));
  cloud.tick();
  await Promise.resolve();
  cloud.exit('a', 3);
  expect((await following).map((line) => line.text)).toEqual(['running app', 'exited 3']);
});

test('logs begin where they are asked to', async () => {
  const clock = fakeClock();
  const cloud = memoryCloud({ clock });
  const { ref } = await cloud.provider.create(request('a'));
  cloud.tick();
  clock.advance(1_000);
  cloud.exit('a', 0);
  const texts = async (options: { tail?: number; since?: string }) => (await collect(cloud.provider.logs!(ref, options))).map((line) => line.text);
  expect(await texts({})).toEqual(['running app', 'exited 0']);
  expect(await texts({ tail: 1 })).toEqual(['exited 0']);
  expect(await texts({ tail: 0 })).toEqual([]);
  expect(await texts({ since: new Date(clock.now()).toISOString() })).toEqual(['exited 0']);
});

test('a following that is aborted rejects', async () => {
  const { provider } = memoryCloud();
  const { ref } = await provider.create(request('a'));
  const stop = new AbortController();
  const following = collect(provider.logs!(ref, { follow: true }, { signal: stop.signal }));
  stop.abort();
  await expect(following).rejects.toMatchObject({ name: 'AbortError' });
});

test('a watch tells of its own fleet only, and ends when it is aborted', async () => {
  const cloud = memoryCloud();
  const stop = new AbortController();
  const told = collect(cloud.provider.watch!({ fleet: 'f' }, { signal: stop.signal }));
  await cloud.provider.create(request('a', 'f'));
  await cloud.provider.create(request('a', 'other'));
  await cloud.provider.create(request('b', 'other'));
  cloud.tick();
  cloud.lose('b');
  cloud.exit('a', 0);
  await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  expect(await told).toEqual(['a', 'a']);
});

test('a stray is listed though nobody asked for it', async () => {
  const cloud = memoryCloud();
  const ref = cloud.stray('f', 'x-1');
  expect(await collect(cloud.provider.list({ fleet: 'f' }))).toMatchObject([{ ref, key: 'x-1' }]);
  expect(cloud.spec('x-1')).toBeUndefined();
});

test('an exec sees the environment the instance was made with', async () => {
  const { provider } = memoryCloud();
  const { ref } = await provider.create(request('a'));
  await using session = await provider.exec!(ref, { command: ['env'] });
  const [chunk] = await collect(session.output);
  expect(new TextDecoder().decode(chunk?.data)).toBe('GREETING=hello\n');
});

test.each([
  [['sh', '-c', 'exit 7'], 7],
  [['sh', '-c', 'echo hi'], 0],
  [['true'], 0],
  [['false'], 1],
  [['exit', '7'], 127],
  [['cat'], 0],
])('exec of %j ends with %i', async (command, code) => {
  const { provider } = memoryCloud();
  const { ref } = await provider.create(request('a'));
  await using session = await provider.exec!(ref, { command });
  expect(await session.exit).toBe(code);
});
