import { afterEach, describe, expect, test } from 'vitest';
import { explaining } from '../src/placement/explain.ts';
import { type Stage, stage, type StageOptions } from './harness.ts';

let on: Stage | undefined;
afterEach(() => on?.stop());

/** A scheduler that runs over one memory cloud. */
function started(options: StageOptions = { startMs: 0 }): Stage {
  on = stage(options);
  on.start();
  return on;
}

describe('a container', () => {
  test('runs, in two commits', async () => {
    const s = started();
    await s.create({ id: 'a' });
    await s.until(async () => (await s.said('a')) === 'running');
    const { status, finalizers, version } = await s.get('a');
    expect(status).toMatchObject({ ready: true, platform: 'memory', region: 'here', hostname: 'container-a', cost_per_hr: '0', attempts: 1, attempt: { key: 'a-1', ref: 'mem-1' } });
    expect(finalizers).toEqual(['provider']);
    expect(version).toBe(3);
    expect(await s.events('a')).toEqual(['Placed', 'Started']);
    expect(s.attempts.map((fact) => fact.what)).toEqual(['intended', 'started']);
  });

  test('that ends keeps its exit code, its last lines and nothing on the platform', async () => {
    const s = started();
    await s.create({ id: 'a' });
    await s.until(async () => (await s.said('a')) === 'running');
    s.cloud.exit('a-1', 3);
    await s.until(async () => (await s.get('a')).finalizers.length === 0);
    expect(await s.said('a')).toBe('failed: exited with 3');
    expect((await s.get('a')).status).toMatchObject({ exit_code: 3, ready: false });
    expect(await s.instances()).toEqual([]);
    expect((await s.store.keptLog('a'))?.lines.map((line) => line.text)).toEqual(['running x', 'exited 3']);
    expect(await s.store.attempts('a')).toMatchObject([{ number: 1, exit_code: 3 }]);
    expect(await s.events('a')).toEqual(['Placed', 'Started', 'Exited']);
  });

  test('that exits with 0 is completed, and rests', async () => {
    const s = started();
    await s.create({ id: 'a' });
    await s.until(async () => (await s.said('a')) === 'running');
    s.cloud.exit('a-1', 0);
    await s.until(async () => (await s.said('a')) === 'completed');
    await s.pass(120_000, 10_000);
    expect(await s.world.queues.Container.nextDueMs()).toBeUndefined();
  });

  test('that is deleted is gone, and leaves its last lines', async () => {
    const s = started();
    await s.create({ id: 'a' });
    await s.until(async () => (await s.said('a')) === 'running');
    await s.remove('a');
    await s.until(async () => (await s.get('a')).goneAt !== undefined);
    expect(await s.said('a')).toBe('deleted');
    expect(await s.instances()).toEqual([]);
    expect((await s.store.keptLog('a'))?.lines).toHaveLength(1);
    expect(await s.events('a')).toEqual(['Placed', 'Started', 'Deleting', 'Deleted']);
  });

  test('is restarted 10, then 20 s after it fails, and counts', async () => {
    const s = started();
    await s.create({ id: 'a', spec: { restart: 'OnFailure' } });
    for (const [attempt, waitMs] of [[1, 10_000], [2, 20_000]] as const) {
      await s.until(async () => (await s.said('a')) === 'running');
      s.cloud.exit(`a-${attempt}`, 1);
      await s.until(async () => (await s.said('a')).startsWith('restarting'));
      const { next_attempt_at: next, finished_at: finished } = (await s.get('a')).status;
      expect(Date.parse(next!) - Date.parse(finished!)).toBeLessThanOrEqual(waitMs + 100);
      await s.pass(waitMs - 1_000);
      expect(await s.instances()).toEqual([]);
    }
    await s.until(async () => (await s.said('a')) === 'running');
    expect((await s.get('a')).status).toMatchObject({ restart_count: 2, attempts: 3, attempt: { key: 'a-3' } });
  });

  test('past its timeout is stopped and failed', async () => {
    const s = started();
    await s.create({ id: 'a', spec: { timeout: '1m', restart: 'Always' } });
    await s.until(async () => (await s.said('a')) === 'running');
    await s.pass(58_000);
    expect(await s.said('a')).toBe('running');
    await s.pass(3_000);
    expect(await s.said('a')).toBe('failed: ran longer than its timeout of 1m');
    expect(await s.instances()).toEqual([]);
    expect((await s.events('a')).at(-1)).toBe('TimedOut');
  });

  test('whose image does not exist fails at once and says so', async () => {
    const s = started();
    s.cloud.failImage('nope', { code: 'not_found', message: 'there is no image nope' });
    await s.create({ id: 'a', spec: { image: 'nope', restart: 'Always' } });
    await s.pass(1_000);
    expect(await s.said('a')).toBe('failed: there is no image nope');
    expect((await s.get('a')).status.reason).toBe('NotFound');
    expect(await s.events('a')).toContain('Failed');
    expect(await s.instances()).toEqual([]);
  });

  test('whose port is taken says so within a second, and runs once it is free', async () => {
    const s = started();
    s.cloud.failImage('busy', { code: 'conflict', message: 'port 80 of the host is taken' });
    await s.create({ id: 'a', spec: { image: 'busy' } });
    await s.pass(1_000);
    expect(await s.said('a')).toBe('creating: port 80 of the host is taken');
    expect((await s.get('a')).status.conditions).toContainEqual(expect.objectContaining({ type: 'Stalled', status: 'true', reason: 'Conflict' }));
    await s.pass(60_000);
    expect((await s.get('a')).status.launch_failures).toBeGreaterThan(2);
    expect(await s.said('a')).toBe('creating: port 80 of the host is taken');
    await s.change('a', { image: 'free' });
    await s.until(async () => (await s.said('a')) === 'running');
    expect((await s.get('a')).status.conditions).toContainEqual(expect.objectContaining({ type: 'Stalled', status: 'false' }));
    expect(await s.instances()).toHaveLength(1);
  });

  test('waits for a secret, names it, and gets it', async () => {
    const s = started();
    await s.create({ id: 'a', spec: { env: [{ key: 'TOKEN', secret_name: 'tok' }] } });
    await s.pass(1_000);
    expect(await s.said('a')).toBe('pending: waits for the secret "tok", which namespace n does not have');
    expect((await s.get('a')).status).toMatchObject({ attempts: 0, reason: 'SecretMissing' });
    s.secrets.set('n/tok', 's3cret');
    await s.until(async () => (await s.said('a')) === 'running');
    expect(s.cloud.spec('a-1')?.env).toMatchObject({ TOKEN: 's3cret', NEB_NAME: 'a', NEBU_NAMESPACE: 'n', NEB_CONTAINER_ID: 'a' });
  });

  test('that nothing fits says which constraint is in the way, without an attempt', async () => {
    const s = started();
    await s.create({ id: 'a', spec: { accelerators: ['2:A100_SXM'] } });
    await s.create({ id: 'b', spec: { resources: { min_memory: 99_999 } } });
    await s.pass(30_000);
    expect(await s.said('a')).toBe('pending: memory: offers nothing with 2:A100_SXM');
    expect(await s.said('b')).toBe('pending: memory: has at most 10000 GiB of memory where min_memory asks for 99999');
    expect((await s.get('a')).status).toMatchObject({ attempts: 0, reason: 'NoCapacity' });
  });

  test('on a platform that is not there fails, with the nearest name', async () => {
    const s = started();
    await s.create({ id: 'a', spec: { platform: 'memry' } });
    await s.pass(1_000);
    expect(await s.said('a')).toBe('failed: "memry" is not a platform of this server. Did you mean "memory"? It has memory.');
  });

  test('that asks for a synced volume is refused with a sentence', async () => {
    const s = started();
    await s.create({ id: 'a', spec: { volumes: [{ source: 's3://b/data', dest: '/data' }] } });
    await s.pass(1_000);
    expect(await s.said('a')).toMatch(/^failed: syncing volumes is not supported yet, as s3:\/\/b\/data at \/data asks for/);
  });

  test('specified anew gets a new instance after the old one is gone; other meters leave it be', async () => {
    const s = started();
    await s.create({ id: 'a' });
    await s.until(async () => (await s.said('a')) === 'running');
    await s.change('a', { meters: [{ cost: '1', currency: 'USD', unit: 'second', metric: 'runtime' }] });
    await s.pass(5_000);
    expect((await s.get('a')).status.attempts).toBe(1);
    await s.change('a', { image: 'y' });
    await s.until(async () => (await s.said('a')) === 'running' && (await s.get('a')).status.attempts === 2);
    expect((await s.instances()).map((i) => i.key)).toEqual(['a-2']);
    expect(s.cloud.spec('a-2')?.image).toBe('y');
    expect(await s.store.attempts('a')).toMatchObject([{ number: 1, reason: 'Replaced' }]);
  });

  test('that failed runs again once it is specified anew', async () => {
    const s = started();
    s.cloud.failImage('nope', { code: 'not_found', message: 'there is no image nope' });
    await s.create({ id: 'a', spec: { image: 'nope' } });
    await s.until(async () => (await s.said('a')).startsWith('failed'));
    await s.change('a', { image: 'y' });
    await s.until(async () => (await s.said('a')) === 'running');
  });

  test('that was refused and is specified anew, and refused again, rests', async () => {
    const s = started();
    await s.create({ id: 'a' });
    await s.until(async () => (await s.said('a')) === 'running');
    await s.change('a', { platform: 'nowhere' });
    await s.until(async () => (await s.said('a')).startsWith('failed'));
    const { version } = await s.get('a');
    await s.pass(60_000);
    expect((await s.get('a')).version).toBe(version);
  });

  test('that vanished is failed, or started anew where its policy says so', async () => {
    const s = started();
    await s.create({ id: 'a' });
    await s.create({ id: 'b', spec: { restart: 'OnFailure' } });
    await s.until(async () => (await s.said('a')) === 'running' && (await s.said('b')) === 'running');
    s.cloud.lose('a-1');
    s.cloud.lose('b-1');
    await s.pass(1_000);
    expect(await s.said('a')).toBe('failed: its instance on memory is no longer there');
    await s.until(async () => (await s.said('b')) === 'running');
    expect((await s.get('b')).status.restart_count).toBe(1);
  });

  test('that runs costs nothing: no pass, no write', async () => {
    const s = started();
    await s.create({ id: 'a' });
    await s.until(async () => (await s.said('a')) === 'running');
    await s.pass(5_000);
    const { version } = await s.get('a');
    await s.pass(3_600_000, 30_000);
    expect((await s.get('a')).version).toBe(version);
    expect(await s.world.queues.Container.nextDueMs()).toBeUndefined();
  });
});

test('what ended long ago is forgotten after the retention time', async () => {
  const s = started();
  await s.create({ id: 'a' });
  await s.create({ id: 'b' });
  await s.create({ id: 'c' });
  await s.until(async () => (await s.said('c')) === 'running');
  s.cloud.exit('a-1', 0);
  await s.remove('b');
  await s.pass(5_000);
  s.clock.jump(6 * 86_400_000);
  await s.pass(3_600_000, 60_000);
  expect(await s.store.get('Container', 'a')).toBeDefined();
  s.clock.jump(86_400_000);
  await s.pass(3_600_000, 60_000);
  expect(await Promise.all(['a', 'b', 'c'].map(async (id) => (await s.store.get('Container', id))?.status.status))).toEqual([undefined, undefined, 'running']);
});

test('places are explained without being taken', async () => {
  const s = started();
  await s.create({ id: 'a', spec: { platform: 'memry' } });
  await s.create({ id: 'b', spec: { accelerators: ['L4'] } });
  const { signal } = new AbortController();
  expect((await explaining(s.world)(await s.get('a'), signal)).places).toMatchObject([{ platform: 'memory', fits: false, why: 'would fit, but the container asks for memry' }]);
  expect((await explaining(s.world)(await s.get('b'), signal)).places).toMatchObject([{ platform: 'memory', fits: false, why: 'offers nothing with 1:L4' }]);
});
