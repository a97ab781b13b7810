import { setTimeout as sleep } from 'node:timers/promises';
import { bell, fraction, type Meter, type SeenStream, type StreamFeed, systemClock, type Tally, type UsageFact } from '@neb/core-types';
import { fakeClock, seededRandom } from '@neb/core-types/testing';
import type { Kysely } from 'kysely';
import { afterEach, describe, expect, test } from 'vitest';
import { billing, ledger, settleStream } from '../src/index.ts';
import { plainSum } from './exactly.ts';
import { memoryRuns } from './memory-feeds.ts';
import { at, start } from './some-runs.ts';

const each: Meter = { cost: '0.001', unit: 'request', currency: 'USD', metric: 'requests' };

const seen = (tally: Tally, more: Partial<SeenStream> = {}): SeenStream => ({
  at: at(1), tally, owner: 'acme', namespace: 'shop', object: { kind: 'Processor', id: 'p1', name: 'work' }, labels: { team: 'search' }, meters: [each], unchanged: true, ...more,
});

export function streamCases(db: () => Kysely<unknown>): void {
  const facts = async (): Promise<readonly UsageFact[]> => (await ledger(db()).since(0)).map(({ fact }) => fact);
  const quantities = async (): Promise<readonly string[]> => (await facts()).map(({ quantity }) => quantity);
  const settle = (handled: number, more: Partial<SeenStream> = {}, epoch = 'e1'): Promise<number> => settleStream(db(), seen({ epoch, handled }, more));

  describe('messages that were handled', () => {
    test('are written as often as they grew, each with its meter, and with ids that do not depend on who looks', async () => {
      await settle(5, { meters: [each, { ...each, cost: '0.5', metric: 'messages', unit: 'message', currency: 'EUR' }] });
      expect(await facts()).toMatchObject([
        { id: 'stream/p1/e1/0/0', kind: 'stream', quantity: '5', unit: 'request', amount: '0.005', cost: '0', currency: 'USD', object: { kind: 'Processor', id: 'p1', name: 'work' }, labels: { team: 'search' }, from: at(1), to: at(1) },
        { id: 'stream/p1/e1/0/1', quantity: '5', unit: 'message', amount: '2.5', currency: 'EUR' },
      ]);
      expect(await settle(5)).toBe(0);
      expect((await ledger(db()).totals({ by: ['processor', 'label:team'], kind: 'stream' })).items).toHaveLength(2);
    });

    test('are written once by any number that look at once, whatever order their sights come in', async () => {
      const chance = seededRandom(7);
      const sights = Array.from({ length: 40 }, (_, nth) => nth + 1).sort(() => fraction(chance) - 0.5);
      await Promise.all(sights.map((handled) => settle(handled)));
      expect(plainSum(await quantities())).toBe('40');
    });

    test('are not billed again where Redis lost its last writes, and begin anew where it lost all', async () => {
      await settle(100);
      for (const handled of [70, 90, 100, 130]) await settle(handled);
      expect(await quantities()).toEqual(['100', '30']);
      await settle(4, {}, 'e2');
      expect(await quantities()).toEqual(['100', '30', '4']);
    });

    test('have the price that held when they came, and none where there was no meter', async () => {
      await settle(50, { unchanged: false });
      expect(await facts()).toEqual([]);
      await settle(60, { meters: [{ ...each, cost: '9' }], unchanged: false });
      await settle(61, { meters: [], unchanged: false });
      await settle(1_000, { meters: [], unchanged: false });
      await settle(2_000, { unchanged: false });
      await settle(2_001, { unchanged: false });
      expect((await facts()).map(({ quantity, amount }) => [quantity, amount])).toEqual([['10', '0.01'], ['1', '9'], ['1', '0.001']]);
      await settleStream(db(), seen({ epoch: 'e1', handled: 9 }, { object: { kind: 'Processor', id: 'p2', name: 'plain' }, meters: [] }));
      expect(await facts()).toHaveLength(3);
    });

    test('are written in one go with how far they are, or not at all', async () => {
      const broken = new Proxy(db(), { get: (target, name) => (name === 'transaction' ? () => ({ execute: (work: (inside: unknown) => Promise<unknown>) => target.transaction().execute(async (inside) => { await work(inside); throw new Error('crash'); }) }) : Reflect.get(target, name) as unknown) });
      await expect(settleStream(broken, seen({ epoch: 'e1', handled: 5 }))).rejects.toThrow();
      expect(await facts()).toEqual([]);
      await settle(7);
      expect(await quantities()).toEqual(['7']);
    });

    const stops: AbortController[] = [];
    afterEach(() => { for (const stop of stops.splice(0)) stop.abort(); });

    test('are followed as processors change, by servers that come and go, and through what cannot be reached', async () => {
      const [clock, news, changed] = [fakeClock(start), bell(systemClock), [] as string[]];
      let [handled, fails] = [3, 2];
      const feed: StreamFeed = {
        cursor: async () => String(changed.length),
        async *changes({ after, signal }) {
          for (let nth = Number(after); !signal.aborted;) {
            for (; nth < changed.length; nth++) yield { cursor: String(nth + 1), processorId: changed[nth]! };
            await news.wait(Infinity, signal);
          }
        },
        async seen() {
          if (fails-- > 0) throw new Error('away');
          return seen({ epoch: 'e1', handled });
        },
        async *all() { yield 'p1'; },
      };
      const begin = (): AbortController => {
        const stop = new AbortController();
        stops.push(stop);
        void billing({ db: db(), runs: memoryRuns().feed, streams: feed, find: async () => undefined, clock, gatherMs: 100 }).run({ signal: stop.signal });
        return stop;
      };
      const settled = async (total: string): Promise<void> => {
        while (plainSum(await quantities()) !== total) {
          const next = clock.nextMs();
          if (next !== undefined && next <= 60_000) clock.advance(next);
          await sleep(2);
        }
      };
      const first = begin();
      await settled('3');
      handled = 10;
      changed.push('p1');
      news.ring();
      await settled('10');
      first.abort();
      handled = 12;
      begin();
      begin();
      await settled('12');
    });
  });
}
