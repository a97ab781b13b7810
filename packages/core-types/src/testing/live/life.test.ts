import { expect, test } from 'vitest';
import { NebError } from '../../errors.ts';
import { collect } from '../../paginate.ts';
import type { Provider } from '../../provider.ts';
import { fakeClock } from '../fake-clock.ts';
import { memoryCloud } from '../memory/cloud.ts';
import { seededRandom } from '../seeded-random.ts';
import { liveLife } from './life.ts';
import type { LiveSubject } from './subject.ts';

const lifeMs = 600_000;
const sweepMs = 300_000;

/** A live run in the memory cloud, in a time that passes quickly; `spoil` puts a fault into its provider. */
function world({ spoil = () => ({}), ...more }: Partial<LiveSubject> & { readonly spoil?: (provider: Provider) => Partial<Provider> } = {}) {
  const clock = fakeClock();
  const cloud = memoryCloud({ clock, startMs: 20_000 });
  let bought = 0;
  const priced: Provider = {
    ...cloud.provider,
    async *offers(...of) {
      for await (const offer of cloud.provider.offers(...of)) yield* [{ ...offer, id: 'dear', pricePerHour: '1.9' }, { ...offer, pricePerHour: '1' }];
    },
    async create(...of) {
      bought++;
      return await cloud.provider.create(...of);
    },
  };
  const subject: LiveSubject = {
    provider: { ...priced, ...spoil(priced) }, fleet: 'neb-live', says: 'running', extrasPerHour: '0', lifeMs, sweepMs,
    spec: { image: 'sleeper', env: {}, ports: [], volumes: [], limits: {}, network: { namespace: 'default', hostnames: [] }, labels: {} },
    ...more,
  };
  const said: string[] = [];
  return {
    cloud, said, clock,
    bought: () => bought,
    left: async (fleet = 'neb-live') => (await collect(cloud.provider.list({ fleet }))).length,
    async live(maxUsd = '0.25') {
      const ticking = setInterval(() => clock.advance(1_000), 0);
      try {
        return await liveLife(subject, { maxUsd, clock, random: seededRandom(1), say: (line) => void said.push(line) });
      } finally {
        clearInterval(ticking);
      }
    },
  };
}

test('one instance lives from its offer to its end, with its log and a command, and nothing is left', async () => {
  const w = world();
  const start = w.clock.now();
  expect(await w.live()).toMatchObject({ offer: { id: 'cpu' }, costAtMost: '0.25', swept: { before: 0, after: 0 } });
  expect(w.said).toEqual(['buying cpu at $1 an hour, at most $0.25 in all', 'mem-1 is running', 'its log says "running"', 'a command ran in it', 'mem-1 is gone']);
  expect(w.clock.now() - start).toBeLessThan(lifeMs);
});

test('nothing is bought that could pass the limit, were everything to go as badly as it can', async () => {
  const w = world();
  await expect(w.live('0.249999999')).rejects.toThrow('the cheapest offer, cpu, costs $1 an hour, and 15 minutes of it up to $0.25: more than the $0.249999999 of NEB_LIVE_MAX_USD');
  expect(w.bought()).toBe(0);
});

test.each<[when: string, spoil: (provider: Provider) => Partial<Provider>]>([
  ['as soon as it is bought', (p) => ({ create: async (...of) => ({ ...(await p.create(...of)), pricePerHour: '3' }) })],
  ['once it runs', (p) => ({ inspect: async (...of) => { const seen = await p.inspect(...of); return seen && { ...seen, pricePerHour: '3' }; } })],
])('what costs more than was offered, told %s, is ended at once', async (_, spoil) => {
  const w = world({ spoil });
  await expect(w.live()).rejects.toThrow('it costs $3 an hour, and so up to $0.75 in all: more than $0.25');
  expect(await w.left()).toBe(0);
});

test('what an earlier run left is swept first, and another fleet is not touched', async () => {
  const w = world();
  w.cloud.stray('neb-live', 'left');
  w.cloud.stray('production', 'precious');
  expect((await w.live()).swept).toEqual({ before: 1, after: 0 });
  expect([await w.left(), await w.left('production')]).toEqual([0, 1]);
});

test('the next offer is tried where the first is sold out, within the limit only', async () => {
  const soldOut = (...ids: readonly string[]) => (p: Provider): Partial<Provider> => ({
    async create(request, call) {
      if (ids.includes(request.offer.id)) throw new NebError('no_capacity', 'none free');
      return await p.create(request, call);
    },
  });
  expect((await world({ spoil: soldOut('cpu') }).live('0.5')).offer.id).toBe('dear');
  const w = world({ spoil: soldOut('cpu') });
  await expect(w.live()).rejects.toThrow('none of 1 offers within the budget is to be had');
  expect(w.bought()).toBe(0);
});

test('a lost answer buys nothing twice', async () => {
  const w = world();
  w.cloud.loseNextAnswer();
  expect((await w.live()).swept.after).toBe(0);
  expect(w.said).toContain('again, since the answer was lost');
});

test.each<[fault: string, message: string, spoil: (provider: Provider) => Partial<Provider>]>([
  ['a purchase that throws after it has bought', 'it broke', (p) => ({ create: async (...of) => { await p.create(...of); throw new Error('it broke'); } })],
  ['a key that buys each time', 'a second create with the same key is the same instance', (p) => {
    let made = 0;
    return { create: async (request, call) => ({ ...(await p.create({ ...request, key: `${request.key}-${made++}` }, call)), key: request.key }) };
  }],
  ['an instance that never runs', 'the life of the instance was not over within 600 s', (p) => ({ inspect: async (...of) => { const seen = await p.inspect(...of); return seen && { ...seen, state: 'pending' }; } })],
  ['an instance that fails', 'it is failed before it ran: no such image', (p) => ({ inspect: async (...of) => { const seen = await p.inspect(...of); return seen && { ...seen, state: 'failed', failure: { code: 'not_found', message: 'no such image' } }; } })],
  ['a call that is never answered', 'the life of the instance was not over within 600 s', () => ({ inspect: () => new Promise(() => {}) })],
  ['a log that stays empty', 'the life of the instance was not over within 600 s', () => ({ logs: async function* () {} })],
  ['a command that ends badly', '1 !== 0', (p) => ({ exec: async (...of) => ({ ...(await p.exec!(...of)), exit: Promise.resolve(1) }) })],
])('%s fails the run, within its time, and leaves nothing', async (_, message, spoil) => {
  const w = world({ spoil });
  const start = w.clock.now();
  await expect(w.live()).rejects.toThrow(message);
  expect(w.bought()).toBeGreaterThan(0);
  expect(await w.left()).toBe(0);
  expect(w.clock.now() - start).toBeLessThan(lifeMs + sweepMs);
});

test('what shows only late in lists is swept too', async () => {
  const w = world({ spoil: (p) => {
    let at = Infinity;
    return {
      create: async (...of) => { await p.create(...of); at = w.clock.now() + 60_000; throw new Error('it broke'); },
      list: async function* (...of) { if (w.clock.now() >= at) yield* p.list(...of); },
    };
  } });
  await expect(w.live()).rejects.toThrow('it broke');
  expect(await w.left()).toBe(0);
});

test('a sweep goes on where something fails, and says in the end what it could not take away', async () => {
  let deletes = 0;
  const healing = world({ spoil: (p) => ({ delete: async (...of) => { if (deletes++ < 5) throw new NebError('unavailable', 'try later'); await p.delete(...of); } }) });
  healing.cloud.stray('neb-live', 'left');
  expect((await healing.live()).swept).toEqual({ before: 1, after: 0 });

  let isBought = false;
  const stubborn = world({ spoil: (p) => ({
    create: async (...of) => { isBought = true; await p.create(...of); throw new Error('it broke'); },
    delete: async (...of) => { if (!isBought) return await p.delete(...of); throw new NebError('unauthorized', 'you may not delete'); },
  }) });
  const error = await stubborn.live().catch((reason: unknown) => reason as AggregateError);
  expect(error).toBeInstanceOf(AggregateError);
  expect(error).toMatchObject({ message: 'it broke; and then sweeping fleet neb-live of memory left mem-1: end it by hand. you may not delete', errors: [{ message: 'it broke' }, {}] });
});

test('nothing is bought where an earlier run\'s leftovers cannot be taken away', async () => {
  const w = world({ spoil: () => ({ delete: async () => { throw new NebError('unauthorized', 'you may not delete'); } }) });
  w.cloud.stray('neb-live', 'left');
  await expect(w.live()).rejects.toThrow('sweeping fleet neb-live of memory left mem-1: end it by hand. you may not delete');
  expect(w.bought()).toBe(0);
});

test('a sweep that is never answered says that it saw nothing', async () => {
  const w = world({ spoil: () => ({ list: async function* () { await new Promise(() => {}); yield* []; } }) });
  await expect(w.live()).rejects.toThrow('could not see that nothing is left: end it by hand. it was not over within 300 s');
});
