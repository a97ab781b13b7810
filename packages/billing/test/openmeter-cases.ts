import { fraction, type UsageFact } from '@neb/core-types';
import { type FakeClock, fakeClock, seededRandom } from '@neb/core-types/testing';
import { type Kysely, sql } from 'kysely';
import { afterEach, describe, expect, test } from 'vitest';
import { ledger, type Ledger } from '../src/index.ts';
import { plainSum } from './exactly.ts';
import { deliver, type DeliverOptions, deliveryStatus, metersOf, openmeter, type OpenmeterClient, retryRefused, syncOpenmeter, type Undelivered } from '../src/openmeter/index.ts';
import { type FakeOptions, openmeterFake } from './openmeter-fake.ts';
import { fact, hour, platformFact } from './some-facts.ts';

const apiKey = 'om_canary-5d1f2c9a7b';
const hourMs = 3_600_000;
const source = 'neb/test';

interface Setting extends Omit<FakeOptions, 'clock'> {
  readonly random?: (size: number) => Uint8Array;
}

export function openmeterCases(db: () => Kysely<unknown>): void {
  const book = (): Ledger => ledger(db());
  const started: AbortController[] = [];
  // Also after one that failed: a server that goes on would deliver the next one's facts.
  afterEach(() => { for (const one of started.splice(0)) one.abort(); });

  /** An OpenMeter, and servers that deliver to it, on a clock that goes on whenever nobody does anything. */
  function world(setting: Setting = {}) {
    const clock = fakeClock();
    const fake = openmeterFake({ clock, apiKey, ...setting });
    // One for all servers: each draws a name of its own from it.
    const random = setting.random ?? seededRandom(1);
    const said: unknown[] = [];
    const refused: Undelivered[] = [];
    const client = openmeter({ url: 'http://openmeter.test/', apiKey, fetch: fake.fetch, clock, answerMs: hourMs * 1_000 });
    const start = (more: Partial<DeliverOptions> = {}) => {
      const stop = new AbortController();
      started.push(stop);
      const running = deliver({
        ledger: book(), db: db(), client, source, clock, random, leaseMs: 100, batch: { events: 20 },
        onTrouble: (error) => said.push(error), onRefused: (some) => refused.push(...some), ...more,
      }, stop);
      return { stop: () => stop.abort(), end: async () => { stop.abort(); await running; } };
    };
    return { clock, fake, client, said, refused, start, sync: () => syncOpenmeter({ ledger: book(), db: db(), client, source }) };
  }

  describe('delivery to OpenMeter', () => {
    test('sends what customers used, once each, and nothing of what platforms ask', async () => {
      const { fake, start, clock } = world();
      await book().append([fact(1), platformFact(1), fact(2, { owner: 'eve', currency: 'EUR' }), platformFact(2)]);
      const server = start();
      await until(clock, async () => (await deliveryStatus(db())).position === 4);
      await book().append([fact(3)]);
      await until(clock, async () => (await deliveryStatus(db())).position === 5);
      await server.end();
      expect([...fake.events.values()].map(({ id, subject, source: from }) => `${id} ${subject} ${from}`)).toEqual(['fact-1 acme neb/test', 'fact-2 eve neb/test', 'fact-3 acme neb/test']);
      expect(fake.repeats()).toBe(0);
      expect(await deliveryStatus(db())).toMatchObject({ behind: 0, undelivered: 0, trouble: undefined, movedAt: expect.stringMatching(/Z$/) as string });
      expect(fake.breaches).toEqual([]);
    });

    test('goes on at a hint, and asks OpenMeter nothing while there is none', async () => {
      let wake = (): void => undefined;
      const hint = (signal: AbortSignal) => new Promise<void>((resolve) => {
        wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      const { fake, start, clock } = world();
      const server = start({ hint, idleMs: hourMs });
      await until(clock, async () => clock.nextMs() !== undefined, 0);
      clock.advance(hourMs / 2);
      await book().append([fact(1)]);
      expect(fake.calls()).toBe(0);
      wake();
      await until(clock, async () => (await deliveryStatus(db())).position === 1 && clock.nextMs() === hourMs, 0);
      await server.end();
      expect(fake.calls()).toBe(1);
    });

    test('is done by one server at a time, and by another once that one has been silent for the length of its lease', async () => {
      const { fake, client, start, clock } = world();
      await book().append(Array.from({ length: 30 }, (_, n) => fact(n)));
      const dying = start({ leaseMs: 600_000, client: { ...client, ingest: () => new Promise<void>(() => {}) } });
      await until(clock, async () => (await sql`select from billing_deliveries where holder is not null`.execute(db())).rows.length === 1);
      const other = start();
      for (let turn = 0; turn < 20; turn++) await step(clock);
      expect(fake.calls()).toBe(0);
      await sql`update billing_deliveries set lease_until = now() - interval '1 second'`.execute(db());
      await until(clock, async () => (await deliveryStatus(db())).behind === 0);
      dying.stop();
      await other.end();
      expect([fake.events.size, fake.repeats()]).toEqual([30, 0]);
    });

    test('tries again for as long as it takes, no sooner than it is asked to, and says what is in the way', async () => {
      const answers = [{ status: 503, retryAfter: '7' }, { status: 429, retryAfter: new Date(Date.UTC(2026, 0, 1, 2)).toUTCString() }, { status: 401 }, 'down', { status: 204, body: '' }] as const;
      const { fake, said, start, clock } = world({ fault: ({ nth }) => (nth < 4 ? answers[nth as 0] : undefined) });
      await book().append([fact(1)]);
      const waits: number[] = [];
      const server = start();
      for (let nth = 1; nth <= 4; nth++) {
        await until(clock, async () => said.length === nth && clock.nextMs() !== undefined, 0);
        expect(await deliveryStatus(db())).toMatchObject({ behind: 1, trouble: { message: (said.at(-1) as Error).message } });
        waits.push(clock.nextMs()!);
        clock.advance(clock.nextMs()!);
      }
      await until(clock, async () => (await deliveryStatus(db())).behind === 0, 0);
      await server.end();
      expect(said.map((error) => (error as { code: string }).code)).toEqual(['unavailable', 'rate_limited', 'unauthenticated', 'unavailable']);
      expect(waits[0]).toBe(7_000);
      expect(waits[1]).toBe(2 * hourMs - 7_000);
      expect(waits[2]! / 4_000).toSatisfy((share: number) => share >= 0.8 && share <= 1.2);
      expect(waits[3]! / 8_000).toSatisfy((share: number) => share >= 0.8 && share <= 1.2);
      expect(fake.events.size).toBe(1);
      expect((await deliveryStatus(db())).trouble).toBeUndefined();
    });

    test('holds nothing up for an event that is refused: it is put aside with the reason, and sent again by sync', async () => {
      let strict = true;
      const { fake, refused, said, start, sync, clock } = world({ refuses: ({ id }) => strict && /^fact-(17|18|60)$/.test(id) });
      await book().append(Array.from({ length: 100 }, (_, n) => fact(n)));
      const server = start();
      await until(clock, async () => (await deliveryStatus(db())).behind === 0);
      await server.end();
      expect(fake.events.size).toBe(97);
      expect(said).toEqual([]);
      expect(refused.map(({ id, reason }) => `${id}: ${reason}`)).toEqual([17, 18, 60].map((n) => `fact-${n}: OpenMeter refuses what it was sent: invalid event: fact-${n}`));
      expect(await deliveryStatus(db())).toMatchObject({ undelivered: 3, refused });
      expect(await sync()).toMatchObject({ delivered: 0, undelivered: 3 });
      strict = false;
      expect(await sync()).toMatchObject({ delivered: 3, undelivered: 0 });
      expect(fake.events.size).toBe(100);
      expect(await deliveryStatus(db())).toMatchObject({ undelivered: 0, refused: [] });
    });

    test('puts nothing aside where everything is refused: then it is no fault of the events', async () => {
      let broken = true;
      const { fake, said, start, clock } = world({ refuses: () => broken });
      await book().append(Array.from({ length: 30 }, (_, n) => fact(n)));
      const server = start({ batch: {} });
      await until(clock, async () => said.length >= 2);
      expect(await deliveryStatus(db())).toMatchObject({ behind: 30, undelivered: 0, trouble: { message: expect.stringContaining('takes none of the next 30 events') as string } });
      broken = false;
      await until(clock, async () => (await deliveryStatus(db())).behind === 0);
      await server.end();
      expect(fake.events.size).toBe(30);
    });

    test('puts aside a whole batch that is refused where it takes what follows, or still takes what it has', async () => {
      const { fake, refused, said, start, clock } = world({ refuses: ({ id }) => /^fact-([0-9]|1[0-9])$|^last$/.test(id) });
      await book().append(Array.from({ length: 25 }, (_, n) => fact(n)));
      const server = start();
      await until(clock, async () => (await deliveryStatus(db())).behind === 0);
      expect([fake.events.size, refused.length]).toEqual([5, 20]);
      await server.end();
      // By a server that has seen nothing taken yet: what was delivered lately tells.
      const nowMs = Date.parse(hour(26));
      const later = fakeClock(nowMs);
      await book().append([fact(25, { id: 'last' })]);
      const stop = new AbortController();
      started.push(stop);
      void deliver({ ledger: book(), db: db(), client: openmeter({ url: 'http://openmeter.test/', apiKey, fetch: fake.fetch, clock: later, answerMs: hourMs * 1_000 }), source, clock: later, random: seededRandom(2), leaseMs: 100, onTrouble: (error) => said.push(error) }, stop);
      await until(later, async () => (await deliveryStatus(db())).undelivered === 21);
      stop.abort();
      expect(said).toEqual([]);
      expect(fake.events.size).toBe(5);
    });

    test('sends what was put aside again when asked to, once, though it dies before it has written that down', async () => {
      let strict = true;
      const { fake, client, start, clock } = world({ refuses: ({ id }) => strict && id === 'fact-3' });
      await book().append(Array.from({ length: 6 }, (_, n) => fact(n)));
      const server = start();
      await until(clock, async () => (await deliveryStatus(db())).behind === 0);
      await server.end();
      const options = { ledger: book(), db: db(), client, source };
      expect(await retryRefused(options)).toEqual({ delivered: 0, undelivered: 1 });
      strict = false;
      const dying = { ...client, ingest: async (...call: Parameters<OpenmeterClient['ingest']>) => { await client.ingest(...call); throw new Error('crash'); } };
      await expect(retryRefused({ ...options, client: dying })).rejects.toThrow('crash');
      expect((await deliveryStatus(db())).undelivered).toBe(1);
      expect(await retryRefused(options)).toEqual({ delivered: 1, undelivered: 0 });
      expect(await retryRefused(options)).toEqual({ delivered: 0, undelivered: 0 });
      expect([fake.events.size, fake.repeats()]).toEqual([6, 1]);
    });

    test('comes through a storm with every event counted once, and sums that equal the ledger\'s to the last place', async () => {
      const seed = 20_261_129;
      const chance = seededRandom(seed);
      const roll = (): number => fraction(chance);
      const { clock, fake, said, client, start, sync } = world({
        random: seededRandom(seed + 1),
        fault: () => {
          // It is away for an hour.
          if (clock.now() - startMs > 60_000 && clock.now() - startMs < hourMs + 60_000) return 'down';
          const drawn = roll();
          return drawn < 0.1 ? { status: 500 } : drawn < 0.18 ? { status: 503, retryAfter: '3' } : drawn < 0.26 ? { status: 429, retryAfter: '2' } : drawn < 0.4 ? 'lost' : drawn < 0.46 ? 'down' : undefined;
        },
        lagMs: 30_000,
      });
      const startMs = clock.now();
      const facts = Array.from({ length: 500 }, (_, n) => drawnFact(n, roll));
      let deaths = 0;
      /** A server that sometimes dies when OpenMeter has taken a batch, before it can write that down; another takes its place. */
      const mortal = (): OpenmeterClient => ({
        ...client,
        async ingest(events, call) {
          await client.ingest(events, call);
          if (roll() < 0.3 && deaths < 8) {
            deaths++;
            servers.push(start({ client: mortal() }));
            await new Promise(() => {});
          }
        },
      });
      const servers = [start({ client: mortal() }), start({ client: mortal() })];
      for (let at = 0; at < facts.length; at += 50) {
        await book().append(facts.slice(at, at + 50));
        for (let turn = 0; turn < 5; turn++) await step(clock);
      }
      await until(clock, async () => (await deliveryStatus(db())).behind === 0);
      for (const server of servers) server.stop();
      clock.advance(hourMs);

      const own = facts.filter(({ kind }) => kind !== 'platform');
      expect([...fake.events.values()].map(({ id }) => id).sort()).toEqual(own.map(({ id }) => id).sort());
      expect({ deaths: deaths > 2, repeats: fake.repeats() > 50, troubles: said.length > 20 }).toEqual({ deaths: true, repeats: true, troubles: true });
      expect(clock.now() - startMs).toBeGreaterThan(hourMs);

      await retried(sync);
      const counted = (await Promise.all(['runtime', 'response_value', 'requests'].map(async (metric) => await Promise.all(metersOf(metric).map(async ({ slug }, nth) =>
        (await retried(() => client.query(slug, { groupBy: ['subject', nth === 0 ? 'unit' : 'currency'] }))).map(({ value, subject, groupBy }) => `${slug} ${subject} ${Object.values(groupBy).join()} ${value}`)))))).flat(2);
      const { items } = await book().totals({ by: ['metric', 'owner'], quantities: true, limit: 10_000 });
      const exact = own.length > 0 ? ledgerSums(items.filter(({ metric }) => metric !== 'platform')) : [];
      expect(counted.sort()).toEqual(exact.sort());
      expect(fake.breaches).toEqual([]);
      expect(JSON.stringify(said.map((error) => [String(error), error, (error as Error).cause]))).not.toContain(apiKey);
    });
  });

  describe('sync with OpenMeter', () => {
    test('makes a subject for each owner and meters for each metric, once', async () => {
      const { fake, sync } = world();
      await book().append([fact(1), fact(2, { owner: 'eve', metric: 'response_value', unit: 'token', kind: 'gateway' }), platformFact(3)]);
      const first = await sync();
      expect(first.meters.map(({ slug, outcome }) => `${slug} ${outcome}`)).toEqual(['neb_value_response_value created', 'neb_amount_response_value created', 'neb_value_runtime created', 'neb_amount_runtime created']);
      expect([...fake.subjects]).toEqual(['acme', 'eve']);
      const again = await sync();
      expect(again.meters.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 4 }, () => 'unchanged'));
      expect(fake.meters.size).toBe(4);
      expect(fake.breaches).toEqual([]);
    });

    test('says where a meter of that name counts something else, and leaves it', async () => {
      const { fake, client, sync } = world();
      await book().append([fact(1)]);
      const [value] = metersOf('runtime');
      await client.createMeter({ ...value, aggregation: 'MAX', valueProperty: '$.seconds', groupBy: { ...value.groupBy, unit: '$.u', mine: '$.mine' } } as unknown as typeof value);
      const { meters } = await sync();
      expect(meters[0]).toMatchObject({ slug: 'neb_value_runtime', outcome: 'different', differences: [
        { field: 'aggregation', wanted: 'SUM', is: 'MAX' }, { field: 'valueProperty', wanted: '$.value', is: '$.seconds' }, { field: 'groupBy', wanted: 'unit=$.unit', is: 'unit=$.u' },
      ] });
      expect(fake.meters.get('neb_value_runtime')).toMatchObject({ aggregation: 'MAX' });
    });

    test('counts a meter as there that another made meanwhile', async () => {
      const { fake, client } = world();
      await book().append([fact(1)]);
      const racing: OpenmeterClient = { ...client, createMeter: async (wanted) => { await client.createMeter(wanted); await client.createMeter(wanted); } };
      const { meters } = await syncOpenmeter({ ledger: book(), db: db(), client: racing, source });
      expect(meters.map(({ outcome }) => outcome)).toEqual(['unchanged', 'unchanged']);
      expect(fake.meters.size).toBe(2);
    });
  });
}

/** Of three metrics, four owners and two currencies, with amounts of up to 21 places, some taken back, and platforms' among them. */
function drawnFact(n: number, roll: () => number): UsageFact {
  const owner = `owner-${Math.floor(roll() * 4)}`;
  if (roll() < 0.2) return platformFact(n, { owner });
  const sign = roll() < 0.1 ? '-' : '';
  const digits = (count: number): string => Array.from({ length: count }, () => Math.floor(roll() * 10)).join('');
  const amount = `${sign}${Math.floor(roll() * 1_000)}.${digits(1 + Math.floor(roll() * 21))}`;
  const what = [{}, { kind: 'gateway', metric: 'response_value', unit: roll() < 0.8 ? 'token' : 'byte' }, { kind: 'gateway', metric: 'requests', unit: 'request' }][Math.floor(roll() * 3)] as Partial<UsageFact>;
  return fact(n, { owner, currency: roll() < 0.3 ? 'EUR' : 'USD', amount, quantity: `${sign}${Math.floor(roll() * 1e6)}.${digits(3)}`, from: hour(n % 700), ...what });
}

/** The ledger's totals as the meters should have them. */
export function ledgerSums(items: readonly { readonly by: Readonly<Record<string, string | undefined>>; readonly currency: string; readonly unit?: string | undefined; readonly quantity?: string | undefined; readonly amount: string }[]): string[] {
  const sums = new Map<string, string[]>();
  const add = (key: string, value: string): void => void sums.set(key, [...(sums.get(key) ?? []), value]);
  for (const { by, currency, unit, quantity, amount } of items) {
    const [value, money] = metersOf(by['metric']!);
    add(`${value.slug} ${by['owner']} ${unit}`, quantity!);
    add(`${money.slug} ${by['owner']} ${currency}`, amount);
  }
  return [...sums].map(([key, values]) => `${key} ${plainSum(values)}`);
}

/** Lets everybody get on, and then time. */
async function step(clock: FakeClock, longestMs = hourMs): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => { setImmediate(resolve); });
  await new Promise((resolve) => { setTimeout(resolve, 1); });
  const next = clock.nextMs();
  if (next !== undefined && next <= longestMs) clock.advance(next);
}

async function until(clock: FakeClock, isSo: () => Promise<boolean>, longestMs = hourMs): Promise<void> {
  const before = process.hrtime.bigint();
  while (!(await isSo())) {
    if (process.hrtime.bigint() - before > 60_000_000_000n) throw new Error('it never came about');
    await step(clock, longestMs);
  }
}

async function retried<T>(ask: () => Promise<T>): Promise<T> {
  for (let nth = 0; ; nth++) {
    try {
      return await ask();
    } catch (error) {
      if (nth > 200) throw error;
    }
  }
}
