import { type Attempt, collect, type SeenRun, systemClock as clock, systemRandom as random } from '@neb/core-types';
import { memoryQueue, memoryStore, newContainerStatus, newProcessorStatus, newServiceStatus, type Resource } from '@neb/scheduler';
import { beforeEach, describe, expect, test } from 'vitest';
import { runFeed, usageObjects } from './run-feed.ts';

const at = '2026-11-01T08:00:00.000Z';
const attempt: Attempt = { number: 2, key: 'c1-2', platform: 'aws', region: 'eu', offer: 'o', accelerator: '1:L4', price_per_hour: '0.3', intended_at: at, ref: 'i-1', started_at: at };
const queue = () => memoryQueue(clock, random);
let store: ReturnType<typeof memoryStore>;
beforeEach(() => { store = memoryStore({ clock, random, queues: { Container: queue(), Namespace: queue(), Processor: queue(), Service: queue() } }); });

const about = { namespace: 'shop', owner: 'acme', labels: { team: 'search' }, seq: 0, version: 0, generation: 1, finalizers: [], createdBy: 'ada', createdAt: at, updatedAt: at };
const meter = { cost: '0.1', unit: 'second', currency: 'USD', metric: 'runtime' };
const service: Resource<'Service'> = { ...about, kind: 'Service', id: 's1', name: 'chat', spec: { container: { kind: 'Container', metadata: {}, image: 'a', restart: 'Always' }, meters: [{ ...meter, cost: '2' }, { ...meter, metric: 'requests', unit: 'request' }] }, status: newServiceStatus };

function container(more: Partial<Resource<'Container'>> = {}): Resource<'Container'> {
  return { ...about, kind: 'Container', id: 'c1', name: 'chat-1', ownerRef: 'chat.shop.Service', spec: { image: 'a', restart: 'Never', meters: [meter] }, status: { ...newContainerStatus, status: 'running', attempt, attempts: 2 }, ...more };
}

describe('the feed of runs', () => {
  test('knows every attempt, the one under way and those before, by what the container and its service ask', async () => {
    const { ref: _, started_at: __, ...failed } = { ...attempt, number: 1, key: 'c1-1', ended_at: at };
    await store.commit([{ do: 'put', resource: service }, { do: 'put', resource: container() }, { do: 'archive', containerId: 'c1', attempt: failed }]);
    const runs = await runFeed(store).runs('c1');
    expect(runs.map(({ key, bought, startedAt, endedAt }) => [key, bought, startedAt, endedAt])).toEqual([['c1-2', true, at, undefined], ['c1-1', false, undefined, at]]);
    expect(runs[0]).toMatchObject({ owner: 'acme', namespace: 'shop', object: { kind: 'Container', id: 'c1', name: 'chat-1' }, of: { kind: 'Service', name: 'chat' }, labels: { team: 'search' }, pricePerHour: '0.3', accelerator: '1:L4', paused: false, version: 1 });
    expect(runs[0]!.meters.map(({ cost, metric }) => [cost, metric])).toEqual([['0.1', 'runtime'], ['2', 'runtime']]);
    expect(await runFeed(store).runs('none')).toEqual([]);
  });

  test('asks for the time of a processor\'s workers what the processor asks for time', async () => {
    const processor: Resource<'Processor'> = { ...about, kind: 'Processor', id: 'p1', name: 'work', spec: { container: service.spec.container, meters: service.spec.meters }, status: newProcessorStatus({ id: 'p1', stream: 's' }) };
    await store.commit([{ do: 'put', resource: processor }, { do: 'put', resource: container({ ownerRef: 'work.shop.Processor' }) }]);
    const [run] = await runFeed(store).runs('c1');
    expect(run).toMatchObject({ of: { kind: 'Processor', name: 'work' }, meters: [{ cost: '0.1' }, { cost: '2', metric: 'runtime' }] });
  });

  test('knows what still costs though its work has ended', async () => {
    const ended: Attempt = { ...attempt, billed_from: at, ended_at: at };
    const seen = async (more: Partial<Attempt>) => {
      const before = (await store.get('Container', 'c1')) ?? container();
      await store.commit([{ do: 'put', resource: { ...before, status: { ...newContainerStatus, attempt: { ...ended, ...more } } } }]);
      const [{ billedFrom, billedUntil, lingers }] = await runFeed(store).runs('c1') as [SeenRun];
      return [billedFrom, billedUntil, lingers];
    };
    expect(await seen({})).toEqual([at, undefined, true]);
    expect(await seen({ billed_until: at })).toEqual([at, at, false]);
    // By a server of before, which kept it once it was gone.
    await store.commit([{ do: 'archive', containerId: 'c1', attempt: ended }]);
    expect(await seen({})).toEqual([at, undefined, false]);
  });

  test('knows what it cost before, and that it rests though its container is being deleted; a server of before said only that the container is paused', async () => {
    const terms = [{ until: at, price_per_hour: '0.3' }];
    const seen = async (status: 'paused' | 'deleting', more: Partial<Attempt>) => {
      const before = (await store.get('Container', 'c1')) ?? container();
      await store.commit([{ do: 'put', resource: { ...before, status: { ...newContainerStatus, status, attempt: { ...attempt, ...more } } } }]);
      const [run] = await runFeed(store).runs('c1') as [SeenRun];
      return [run.paused, run.terms];
    };
    expect(await seen('deleting', { paused: true, price_per_hour: '0', terms })).toEqual([true, [{ until: at, pricePerHour: '0.3', paused: false }]]);
    expect(await seen('paused', { price_per_hour: '0' })).toEqual([true, undefined]);
    // On its way to another place and back, it ran on.
    expect(await seen('paused', { terms })).toEqual([false, [{ until: at, pricePerHour: '0.3', paused: false }]]);
  });

  test('knows both instances of one that moves: what it left until that is gone, and what it is to be once that is bought', async () => {
    const to: Attempt = { ...attempt, number: 3, key: 'c1-3', platform: 'runpod', price_per_hour: '0.2', started_at: undefined, ref: undefined };
    const move = { key: 's', phase: 'restoring' as const, since: at, begun_at: at, to, took: {} };
    const seen = async (status: Partial<Resource<'Container'>['status']>) => {
      const before = (await store.get('Container', 'c1')) ?? container();
      await store.commit([{ do: 'put', resource: { ...before, status: { ...newContainerStatus, attempt, ...status } } }]);
      return (await runFeed(store).runs('c1')).map(({ key, platform, endedAt, billedUntil, bought, lingers }) => [key, platform, endedAt, billedUntil, bought, lingers]);
    };
    expect(await seen({ move })).toEqual([['c1-2', 'aws', undefined, undefined, true, false]]);
    expect(await seen({ move: { ...move, to: { ...to, ref: 'pod' } } })).toEqual([['c1-2', 'aws', undefined, undefined, true, false], ['c1-3', 'runpod', undefined, undefined, true, false]]);
    const there: Attempt = { ...to, ref: 'pod', started_at: at };
    const left: Attempt = { ...attempt, ended_at: at };
    const leaving = { platform: 'aws', region: 'eu', key: 'c1-2', ref: 'i-1', attempt: left };
    expect(await seen({ attempt: there, move: { ...move, to: there, phase: 'leaving', leaving } })).toEqual([['c1-3', 'runpod', undefined, undefined, true, false], ['c1-2', 'aws', at, undefined, true, true]]);
    await store.commit([{ do: 'archive', containerId: 'c1', attempt: { ...left, billed_until: at } }]);
    expect(await seen({ attempt: there })).toEqual([['c1-3', 'runpod', undefined, undefined, true, false], ['c1-2', 'aws', at, at, true, false]]);
  });

  test('tells which containers change, those that rest among them, and nothing of other kinds', async () => {
    const feed = runFeed(store);
    const after = await feed.cursor();
    await store.commit([{ do: 'put', resource: service }, { do: 'put', resource: container({ ownerRef: 'ada.wrote.this', status: { ...newContainerStatus, status: 'paused', attempt } }) }]);
    const heard = new AbortController();
    for await (const { containerId } of feed.changes({ after, signal: heard.signal })) {
      expect(containerId).toBe('c1');
      heard.abort();
    }
    const [run] = await feed.runs('c1');
    expect([run!.paused, run!.of, run!.meters.length]).toEqual([true, undefined, 1]);
    expect(await collect(feed.all())).toEqual(['c1']);
    expect(await usageObjects(store)({ kind: 'Service', id: 's1' })).toEqual({ name: 'chat', labels: { team: 'search' } });
    expect(await usageObjects(store)({ kind: 'Service', id: 's2' })).toBeUndefined();
  });
});
