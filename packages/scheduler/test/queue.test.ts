import { fraction } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { afterEach, expect, test } from 'vitest';
import type { Resource, Store } from '../src/store.ts';
import { type Stage, stage } from './harness.ts';

let on: Stage | undefined;
afterEach(() => on?.stop());

const runningOf = async (s: Stage): Promise<string[]> => (await s.instances()).filter((i) => i.state === 'running').map((i) => i.key.replace(/-\d+$/, ''));

test.each(Array.from({ length: 25 }, (_, seed) => seed))('containers of a queue run one at a time, first in, first out (seed %i)', async (seed) => {
  const chance = seededRandom(seed);
  const s = (on = stage({ seed, startMs: 50 }));
  s.start();
  const waiting: string[] = [];
  const ran: string[] = [];
  const dropped = new Set<string>();
  for (let step = 0; step < 120; step++) {
    if (waiting.length < 12 && fraction(chance) < 0.3) {
      const id = `c${waiting.length}`;
      await s.create({ id, spec: { queue: 'q' } });
      waiting.push(id);
    }
    if (fraction(chance) < 0.02 && waiting.length > 0) {
      const id = waiting[Math.floor(fraction(chance) * waiting.length)]!;
      await s.remove(id);
      dropped.add(id);
    }
    await s.pass(100, 50);
    const running = await runningOf(s);
    expect(running.length).toBeLessThanOrEqual(1);
    for (const id of running) if (!ran.includes(id)) ran.push(id);
    if (running[0] && fraction(chance) < 0.3) s.cloud.exit(`${running[0]}-1`, fraction(chance) < 0.5 ? 0 : 1);
  }
  for (let n = 0; n < 60; n++) {
    const running = await runningOf(s);
    for (const id of running) if (!ran.includes(id)) ran.push(id);
    if (running[0]) s.cloud.exit(`${running[0]}-1`, 0);
    await s.pass(200, 50);
  }
  expect(ran.filter((id) => !dropped.has(id))).toEqual(waiting.filter((id) => !dropped.has(id)));
  expect(ran).toEqual(waiting.filter((id) => ran.includes(id)));
});

test('one that waits says so, rests without a timer, and is woken by the end of the one before it', async () => {
  const s = (on = stage({ startMs: 50 }));
  s.start();
  await s.create({ id: 'a', spec: { queue: 'q' } });
  await s.create({ id: 'b', spec: { queue: 'q' } });
  await s.create({ id: 'c', spec: { queue: 'other' } });
  await s.create({ id: 'd', namespace: 'm', spec: { queue: 'q' } });
  await s.pass(2_000, 50);
  expect(await Promise.all(['a', 'b', 'c', 'd'].map((id) => s.said(id)))).toEqual(['running', 'queued: waits for its turn in the queue "q"', 'running', 'running']);
  expect(await s.world.queues.Container.nextDueMs()).toBeUndefined();
  s.cloud.exit('a-1', 1);
  await s.pass(200, 50);
  expect(await s.said('b')).toBe('running');
});

test('one that waits to be restarted keeps its turn', async () => {
  const s = (on = stage({ startMs: 50 }));
  s.start();
  await s.create({ id: 'a', spec: { queue: 'q', restart: 'OnFailure' } });
  await s.create({ id: 'b', spec: { queue: 'q' } });
  await s.pass(1_000, 50);
  s.cloud.exit('a-1', 1);
  await s.pass(1_000, 50);
  expect(await s.said('b')).toMatch(/^queued/);
  await s.pass(15_000, 500);
  expect(await runningOf(s)).toEqual(['a']);
  s.cloud.exit('a-2', 0);
  await s.pass(1_000, 50);
  expect(await runningOf(s)).toEqual(['b']);
});

test('an older one that is specified anew waits for the one that runs now', async () => {
  const s = (on = stage({ startMs: 50 }));
  s.start();
  await s.create({ id: 'a', spec: { queue: 'q' } });
  await s.create({ id: 'b', spec: { queue: 'q' } });
  await s.pass(1_000, 50);
  s.cloud.exit('a-1', 0);
  await s.pass(1_000, 50);
  await s.change('a', { image: 'y' });
  await s.pass(2_000, 50);
  expect(await runningOf(s)).toEqual(['b']);
  s.cloud.exit('b-1', 0);
  await s.pass(1_000, 50);
  expect(await runningOf(s)).toEqual(['a']);
});

test('of two that both think it is their turn, the younger gives way', async () => {
  const s = (on = stage({ startMs: 50 }));
  let letGo: () => void = () => {};
  const held = new Promise<void>((resolve) => { letGo = resolve; });
  const store: Store = {
    ...s.store,
    async commit(changes) {
      const intent = changes.some((change) => change.do === 'put' && change.resource.id === 'b' && (change.resource as Resource<'Container'>).status.status === 'creating');
      if (intent) await held;
      return await s.store.commit(changes);
    },
  };
  s.start({ ...s.world, store });
  await s.create({ id: 'a', spec: { queue: 'q' } });
  await s.pass(1_000, 50);
  s.cloud.exit('a-1', 0);
  await s.pass(1_000, 50);
  await s.create({ id: 'b', spec: { queue: 'q' } });
  await s.pass(500, 50);
  await s.change('a', { image: 'y' });
  await s.pass(1_000, 50);
  expect(await runningOf(s)).toEqual(['a']);
  letGo();
  await s.pass(1_000, 50);
  expect(await runningOf(s)).toEqual(['a']);
  expect(await s.said('b')).toMatch(/^queued/);
  s.cloud.exit('a-2', 0);
  await s.pass(1_000, 50);
  expect(await runningOf(s)).toEqual(['b']);
});
