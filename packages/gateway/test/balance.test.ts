import { request, type ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { aGateway, aRoute, get, handFeed, until, upstream } from './rig.ts';

const named = (text: string) => upstream((_, response) => void response.end(text));

test('requests to a route at zero wake it once, and go on when a replica accepts', async () => {
  const woken: string[] = [];
  const feed = handFeed(aRoute('a', []));
  await using gateway = await aGateway(feed, { waker: { wake: async (id) => void woken.push(id) } });
  const answers = Promise.all(Array.from({ length: 50 }, () => get(gateway, 'a.test')));
  await until(() => gateway.gauges()[0]?.waiting === 50);
  expect(woken).toEqual(['id-a']);
  // It is told of before it listens.
  await using first = await named('');
  const { port } = first;
  await first[Symbol.asyncDispose]();
  feed.put(aRoute('a', [`http://127.0.0.1:${port}`]));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(gateway.gauges()[0]?.answered).toBe(0);
  await using a = await upstream((_, response) => void response.end('up'), port);
  expect((await answers).map(({ body }) => body)).toEqual(Array.from({ length: 50 }, () => 'up'));
  expect(a.seen).toHaveLength(50);
  expect(gateway.gauges()[0]).toMatchObject({ inFlight: 0, waiting: 0, failed: 0 });
});

test('one that starts is asked whether it is ready only while somebody waits, and everybody goes on when it is', async () => {
  let isReady = false;
  await using a = await upstream(({ url }, response) => {
    if (url === '/up' && !isReady) response.statusCode = 503;
    response.end(url);
  });
  const asked = (): number => a.seen.filter(({ url }) => url === '/up').length;
  const route = aRoute('a', [a.origin]);
  const starting = { ...route, replicas: route.replicas.map((one) => ({ ...one, check: `${a.origin}/up` })) };
  const feed = handFeed(starting);
  await using gateway = await aGateway(feed);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(asked()).toBe(0);
  const answers = Promise.all(Array.from({ length: 20 }, () => get(gateway, 'a.test', { path: '/it' })));
  await until(() => asked() > 2 && gateway.gauges()[0]!.waiting === 20);
  expect([a.seen.length, gateway.gauges()[0]!.inFlight]).toEqual([asked(), 0]);
  isReady = true;
  expect(new Set((await answers).map(({ body }) => body))).toEqual(new Set(['/it']));
  // It stays in use until it is told what it is, and is not asked again for that.
  const before = asked();
  expect((await get(gateway, 'a.test', { path: '/it' })).body).toBe('/it');
  expect(asked()).toBe(before);
  // Once it was known to be ready and is no longer, it has to answer anew.
  feed.put(route);
  isReady = false;
  feed.put({ ...starting, holdMs: 200 });
  expect((await get(gateway, 'a.test', { path: '/it' })).status).toBe(503);
  expect(asked()).toBeGreaterThan(before);
});

test('one that is asked for an open port gets requests once it has one', async () => {
  await using first = await named('');
  const { port, origin } = first;
  await first[Symbol.asyncDispose]();
  const route = aRoute('a', [origin]);
  await using gateway = await aGateway(handFeed({ ...route, replicas: route.replicas.map((one) => ({ ...one, check: `tcp://127.0.0.1:${port}` })) }));
  const answer = get(gateway, 'a.test', { method: 'POST', body: 'once' });
  await until(() => gateway.gauges()[0]?.waiting === 1);
  await using a = await upstream((_, response) => void response.end('up'), port);
  expect((await answer).body).toBe('up');
  expect(a.seen).toHaveLength(1);
});

test('a request that waited as long as it may is told when to come back', async () => {
  await using gateway = await aGateway(handFeed(aRoute('a', [], { holdMs: 50, startMs: 90_000 })));
  const answer = await get(gateway, 'a.test');
  expect([answer.status, answer.headers['retry-after']]).toEqual([503, '90']);
  expect(gateway.gauges()[0]).toMatchObject({ waiting: 0, answered: 1, failed: 1 });
});

test('no more wait than can be held', async () => {
  const feed = handFeed(aRoute('a', []));
  await using gateway = await aGateway(feed, { limits: { waiting: 2 } });
  const held = [get(gateway, 'a.test'), get(gateway, 'a.test')];
  await until(() => gateway.gauges()[0]?.waiting === 2);
  expect((await get(gateway, 'a.test')).status).toBe(503);
  await using a = await named('up');
  feed.put(aRoute('a', [a.origin]));
  expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200]);
});

test('one that waits and leaves is forgotten', async () => {
  await using gateway = await aGateway(handFeed(aRoute('a', [])));
  const outgoing = request({ host: '127.0.0.1', port: gateway.address.port, agent: false, headers: { host: 'a.test' } });
  outgoing.on('error', () => undefined).end();
  await until(() => gateway.gauges()[0]?.waiting === 1);
  outgoing.destroy();
  await until(() => gateway.gauges()[0]?.waiting === 0);
});

test('a replica works on no more than it may, and others are served in the order they came', async () => {
  const answers: (() => void)[] = [];
  const order: string[] = [];
  await using a = await upstream((incoming, response) => {
    order.push(incoming.url!);
    answers.push(() => response.end());
  });
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin], { maxInFlight: 2 })));
  const all: Promise<unknown>[] = [];
  for (let i = 0; i < 6; i += 1) {
    all.push(get(gateway, 'a.test', { path: `/${i}` }));
    await until(() => {
      const { inFlight, waiting } = gateway.gauges()[0]!;
      return inFlight + waiting === i + 1;
    });
  }
  expect(gateway.gauges()[0]).toMatchObject({ inFlight: 2, waiting: 4, inFlightEach: { 'a-0': 2 } });
  for (let i = 0; i < 6; i += 1) {
    await until(() => answers.length > i);
    expect(order.length).toBeLessThanOrEqual(i + 2);
    answers[i]!();
  }
  await Promise.all(all);
  expect(order.slice(2)).toEqual(['/2', '/3', '/4', '/5']);
});

test('what is the same twice as once is asked of another replica, anything else is not', async () => {
  let broken = 0;
  await using a = await upstream((incoming, response) => {
    broken += 1;
    incoming.resume();
    response.socket!.destroy();
  });
  await using b = await named('well');
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin, b.origin])));
  const gets = await Promise.all(Array.from({ length: 6 }, () => get(gateway, 'a.test')));
  expect(gets.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
  const alone = handFeed(aRoute('p', [a.origin]));
  await using other = await aGateway(alone);
  const before = broken;
  expect((await get(other, 'p.test', { method: 'POST', body: 'x' })).status).toBe(502);
  expect(broken).toBe(before + 1);
  expect((await get(other, 'p.test', { method: 'PUT', body: 'x' })).status).toBe(502);
  expect(broken).toBe(before + 2);
  expect((await get(other, 'p.test')).status).toBe(502);
  expect(broken).toBe(before + 5);
  expect(other.gauges()[0]).toMatchObject({ inFlight: 0, waiting: 0, failed: 3 });
});

test('what was never sent goes to another replica, whatever it is', async () => {
  await using gone = await named('');
  await gone[Symbol.asyncDispose]();
  await using b = await upstream((incoming, response) => void incoming.pipe(response));
  await using gateway = await aGateway(handFeed(aRoute('a', [gone.origin, b.origin])));
  for (let i = 0; i < 10; i += 1) expect((await get(gateway, 'a.test', { method: 'POST', body: `order ${i}` })).body).toBe(`order ${i}`);
  expect(b.seen).toHaveLength(10);
});

test('retries end where they would be more than a share of all', async () => {
  let asked = 0;
  await using a = await upstream((_, response) => {
    asked += 1;
    response.socket!.destroy();
  });
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])), { clock: { now: () => 1 } });
  for (let i = 0; i < 100; i += 1) expect((await get(gateway, 'a.test')).status).toBe(502);
  expect(asked).toBeGreaterThan(100);
  expect(asked).toBeLessThanOrEqual(125);
});

test('a replica that only fails is put aside for a while', async () => {
  let now = 1_000;
  await using a = await upstream((_, response) => void response.writeHead(500).end());
  await using b = await named('well');
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin, b.origin])), { clock: { now: () => now } });
  for (let i = 0; i < 40; i += 1) await get(gateway, 'a.test');
  const asked = a.seen.length;
  expect(asked).toBe(5);
  for (let i = 0; i < 20; i += 1) expect((await get(gateway, 'a.test')).status).toBe(200);
  now += 5_001;
  for (let i = 0; i < 40; i += 1) await get(gateway, 'a.test');
  expect(a.seen.length).toBeGreaterThan(asked);
});

test('an answer that does not begin in time is given up, with the request', async () => {
  let gone = false;
  await using a = await upstream((_, response) => void response.on('close', () => (gone = true)));
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin], { timeoutMs: 50 })));
  expect((await get(gateway, 'a.test')).status).toBe(504);
  await until(() => gone);
  expect(gateway.gauges()[0]).toMatchObject({ inFlight: 0, failed: 1 });
});

test('a replica that drains ends what it has and gets nothing new', async () => {
  let finish: (() => void) | undefined;
  await using a = await upstream((_, response) => void (finish = () => response.end('old')));
  await using b = await named('new');
  const route = aRoute('a', [a.origin]);
  const feed = handFeed(route);
  await using gateway = await aGateway(feed);
  const old = get(gateway, 'a.test');
  await until(() => finish !== undefined);
  feed.put({ ...route, replicas: [{ ...route.replicas[0]!, draining: true }, { id: 'b', origin: b.origin }] });
  for (let i = 0; i < 5; i += 1) expect((await get(gateway, 'a.test')).body).toBe('new');
  feed.put({ ...route, replicas: [{ id: 'b', origin: b.origin }] });
  finish!();
  expect((await old).body).toBe('old');
  expect(gateway.gauges()[0]).toMatchObject({ inFlight: 0 });
});

test('a gateway whose feed ends serves what it knows, and follows again', async () => {
  await using a = await named('a');
  const feed = handFeed(aRoute('a', [a.origin]), aRoute('b', [a.origin]));
  let watches = 0;
  await using gateway = await aGateway({
    watch(call) {
      watches += 1;
      if (watches === 2) throw new Error('The server is away.');
      return feed.watch(call);
    },
  });
  feed.end();
  feed.remove('id-b');
  expect((await get(gateway, 'b.test')).body).toBe('a');
  await until(() => watches === 3);
  await until(() => gateway.gauges().length === 1);
  expect((await get(gateway, 'b.test')).status).toBe(404);
  expect((await get(gateway, 'a.test')).body).toBe('a');
});

test('a gateway that drains ends what it has, and says so to those who stay connected', async () => {
  let finish: (() => void) | undefined;
  await using a = await upstream((_, response) => void (finish = () => response.end('late')));
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])));
  const last = get(gateway, 'a.test', { headers: { connection: 'keep-alive' } });
  await until(() => finish !== undefined);
  const drained = gateway.drain(5_000);
  await expect(get(gateway, 'a.test')).rejects.toThrow(/ECONNREFUSED/);
  finish!();
  expect(await last).toMatchObject({ body: 'late', headers: { connection: 'close' } });
  expect(await drained).toBe(0);
});

test('a route that goes lets requests under way end, and answers new and repeated ones with 404 at once', async () => {
  const open: ServerResponse[] = [];
  await using a = await upstream((_, response) => void open.push(response));
  const feed = handFeed(aRoute('a', [a.origin], { holdMs: 600_000 }));
  await using gateway = await aGateway(feed);
  const whole = get(gateway, 'a.test', { path: '/whole' });
  await until(() => open.length === 1);
  const again = get(gateway, 'a.test', { path: '/again' });
  await until(() => open.length === 2);
  feed.remove('id-a');
  await until(() => gateway.gauges()[0]?.isGone === true);
  expect(gateway.gauges()).toMatchObject([{ id: 'id-a', inFlight: 2, inFlightEach: { 'a-0': 2 } }]);
  expect((await get(gateway, 'a.test')).status).toBe(404);
  open[1]!.socket!.resetAndDestroy();
  expect((await again).status).toBe(404);
  open[0]!.end('all of it');
  expect(await whole).toMatchObject({ status: 200, body: 'all of it' });
  expect(gateway.gauges()).toMatchObject([{ id: 'id-a', inFlight: 0, isGone: true }]);
  expect(gateway.gauges()).toEqual([]);
});
