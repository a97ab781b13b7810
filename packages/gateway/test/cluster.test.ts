import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { createGatewayCluster, type ClusterOptions } from '../src/index.ts';
import { aRoute, get, handFeed, until, upstream } from './rig.ts';

const cluster = (feed: ClusterOptions['feed'], more: Partial<ClusterOptions> = {}) => createGatewayCluster({
  feed, listen: { port: 0 }, workers: 2, policy: new URL('./cluster-policy.ts', import.meta.url), data: 'given', gaugesEveryMs: 20, waker: { wake: async () => undefined }, ...more,
});

test('several processes serve one port, are told of routes, tell what they see, and are replaced where they die', async () => {
  await using a = await upstream((incoming, response) => void response.end([incoming.headers['x-pid'], incoming.headers['x-data']].join(' ')));
  const feed = handFeed(aRoute('a', [a.origin]));
  const told: unknown[] = [];
  const woken: string[] = [];
  await using gateway = await cluster(feed, {
    onTold: (one) => void told.push(one), onAsked: async (question) => (question === 'may I' ? 'yes' : 'no'), waker: { wake: async (id) => void woken.push(id) },
  });
  const bodies = await Promise.all(Array.from({ length: 60 }, async () => (await get(gateway, 'a.test')).body));
  expect(new Set(bodies)).toEqual(new Set(gateway.pids().map((pid) => `${pid} given`)));
  await until(() => told.length === 60);
  let answered = 0;
  await until(() => (answered += gateway.gauges()[0]!.answered) === 60);
  expect((await get(gateway, 'a.test', { headers: { 'x-ask': 'may I' } })).status).toBe(200);
  expect((await get(gateway, 'a.test', { headers: { 'x-ask': 'else' } })).status).toBe(404);
  // Both wait for the same replica, and it is woken once.
  feed.put(aRoute('b', []));
  await until(() => gateway.gauges().length === 2);
  const held = Promise.all(Array.from({ length: 20 }, () => get(gateway, 'b.test')));
  await until(() => gateway.gauges()[1]!.waiting === 20);
  expect(new Set(woken)).toEqual(new Set(['id-b']));
  feed.put(aRoute('b', [a.origin]));
  expect((await held).every(({ status }) => status === 200)).toBe(true);
  await until(() => gateway.gauges().every(({ inFlight, waiting }) => inFlight + waiting === 0));

  // A feed that ended takes nothing away, and one that is killed is replaced.
  feed.end();
  const before = gateway.pids();
  process.kill(before[0]!, 'SIGKILL');
  await until(() => gateway.pids().length === 2 && gateway.pids().every((pid) => pid !== before[0]));
  const answers = await Promise.all(Array.from({ length: 20 }, () => get(gateway, 'a.test').catch(() => get(gateway, 'a.test'))));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(await gateway.drain(1_000)).toBe(0);
  await expect(get(gateway, 'a.test')).rejects.toThrow(/ECONNREFUSED/);
}, 60_000);

test('a route that is gone is told of until what it had in flight is over', async () => {
  let finish = (): void => undefined;
  await using a = await upstream((_, response) => {
    response.write('so far');
    finish = () => void response.end(', so good');
  });
  const feed = handFeed(aRoute('a', [a.origin]));
  await using gateway = await cluster(feed);
  const answer = get(gateway, 'a.test');
  await until(() => gateway.gauges()[0]!.inFlight === 1);
  feed.remove('id-a');
  await until(() => gateway.gauges().some(({ isGone }) => isGone));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(gateway.gauges()).toMatchObject([{ id: 'id-a', isGone: true, inFlight: 1, inFlightEach: { 'a-0': 1 } }]);
  finish();
  expect((await answer).body).toBe('so far, so good');
  await until(() => gateway.gauges()[0]?.inFlight === 0);
  await until(() => gateway.gauges().length === 0);
}, 60_000);

test('workers outlive whoever started them for a while, and then end by themselves', async () => {
  await using a = await upstream((_, response) => void response.end('a'));
  const primary = fork(new URL('./cluster-primary.ts', import.meta.url), [a.origin, '1500'], { execArgv: [] });
  const [told] = (await once(primary, 'message')) as [{ readonly address: { readonly host: string; readonly port: number }; readonly pids: readonly number[] }];
  primary.kill('SIGKILL');
  await once(primary, 'exit');
  expect((await get(told, 'a.test')).body).toBe('a');
  const isGone = (): boolean => {
    try {
      process.kill(told.pids[0]!, 0);
      return false;
    } catch {
      return true;
    }
  };
  expect(isGone()).toBe(false);
  await until(isGone);
}, 60_000);
