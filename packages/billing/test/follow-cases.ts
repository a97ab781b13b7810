import { setTimeout as sleep } from 'node:timers/promises';
import type { RouteFact, UsageFact } from '@neb/core-types';
import { type FakeClock, fakeClock } from '@neb/core-types/testing';
import type { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dueRuns, settleRuns } from '../src/derive/settle-runs.ts';
import { billing, type BillingOptions, ledger, usualPeriods } from '../src/index.ts';
import { plainSum } from './exactly.ts';
import { memoryDoor, memoryRuns } from './memory-feeds.ts';
import { at, run, start } from './some-runs.ts';

const counted = (n: number, more: Partial<RouteFact> = {}): RouteFact => ({
  key: `r${n}/0`, at: at(n), route: 's1', kind: 'Service', namespace: 'shop', owner: 'acme', caller: 'ann', meter: 0, asks: { metric: 'response_value', currency: 'USD', cost: '0.001' }, unit: 'token', value: String(n), ...more,
});

export function followCases(db: () => Kysely<unknown>): void {
  describe('billing', () => {
    let runs: ReturnType<typeof memoryRuns>;
    let door: ReturnType<typeof memoryDoor>;
    let clock: FakeClock;
    let troubles: string[];
    let started: { readonly stop: () => Promise<void> }[];

    beforeEach(() => {
      [runs, door, clock, troubles, started] = [memoryRuns(), memoryDoor(), fakeClock(start), [], []];
    });
    afterEach(async () => { for (const each of started) await each.stop(); });

    function begin(more: Partial<BillingOptions> = {}): { readonly stop: () => Promise<void> } {
      const stop = new AbortController();
      const find: BillingOptions['find'] = async ({ id }) => (id === 's1' ? { name: 'chat', labels: { team: 'search' } } : undefined);
      const over = billing({ db: db(), runs: runs.feed, doors: [door], find, clock, onTrouble: (what) => troubles.push(what), ...more }).run({ signal: stop.signal });
      const one = { async stop() { stop.abort(); await over; } };
      started.push(one);
      return one;
    }
    const facts = async (): Promise<readonly UsageFact[]> => (await ledger(db()).since(0)).map(({ fact }) => fact);

    /** Lets short waits pass until `wanted` facts are there. */
    async function settled(wanted: number): Promise<readonly UsageFact[]> {
      for (;;) {
        const found = await facts();
        if (found.length >= wanted) return found;
        const next = clock.nextMs();
        if (next !== undefined && next <= 1_000) clock.advance(next);
        await sleep(2);
      }
    }
    const quantity = (all: readonly UsageFact[], kind: UsageFact['kind']) => plainSum(all.filter((one) => one.kind === kind).map((one) => one.quantity));

    test('writes a run when it ends, and each hour while it lasts, woken by nothing else', async () => {
      begin();
      runs.put(run());
      await settled(0);
      while ((clock.nextMs() ?? 0) <= 1_000) { clock.advance(clock.nextMs() ?? 0); await sleep(2); }
      // Nothing is looked at before the next period is over.
      expect(clock.nextMs()).toBeGreaterThan(40 * 60_000);
      clock.advance(clock.nextMs()!);
      expect(quantity(await settled(2), 'runtime')).toBe('2400');
      runs.put(run({ version: 2, endedAt: at(50) }));
      const all = await settled(4);
      expect([quantity(all, 'runtime'), quantity(all, 'platform')]).toEqual(['3000', '3300']);
      expect(troubles).toEqual([]);
    });

    test('looks again at the end of the period, though another looked at an older sight since', async () => {
      begin();
      runs.put(run({ version: 2 }));
      const waits = async () => {
        do { clock.advance(Math.min(1_000, clock.nextMs() ?? 0)); await sleep(2); } while ((clock.nextMs() ?? 0) <= 1_000);
      };
      await waits();
      await settleRuns(db(), { runs: [run({ version: 1 })], containerIds: ['c1'] }, { ...usualPeriods, nowMs: clock.now() });
      expect((await dueRuns(db(), clock.now())).nextMs).toBe(Date.parse(at(45)));
    });

    test('goes on where it stopped, and finds what changed meanwhile', async () => {
      const first = begin();
      runs.put(run({ endedAt: at(10) }));
      await settled(2);
      await first.stop();
      runs.put(run({ key: 'c2-1', object: { kind: 'Container', id: 'c2', name: 'other' }, endedAt: at(20) }));
      begin();
      expect((await settled(4)).map(({ id }) => id.split('/').slice(0, 2).join('/'))).toEqual(['c1-1/platform', 'c1-1/runtime', 'c2-1/platform', 'c2-1/runtime']);
    });

    test('looks at everything again where what changed is not known any more', async () => {
      const first = begin();
      runs.put(run({ endedAt: at(10) }));
      await settled(2);
      await first.stop();
      runs.put(run({ key: 'c2-1', object: { kind: 'Container', id: 'c2', name: 'other' }, endedAt: at(20) }));
      runs.forget();
      begin();
      await settled(4);
      expect((await facts()).length).toBe(4);
    });

    test('writes everything once where two look at the same', async () => {
      begin();
      begin();
      for (let nth = 1; nth <= 20; nth++) runs.put(run({ key: `c${nth}-1`, object: { kind: 'Container', id: `c${nth}`, name: `n${nth}` }, endedAt: at(nth) }));
      await settled(40);
      const all = await facts();
      expect(all).toHaveLength(40);
      expect(quantity(all, 'runtime')).toBe(String(60 * 210));
    });

    test('writes what gateways counted, at the price of then, and forgets it there only afterwards', async () => {
      begin();
      door.count(counted(1), counted(2, { asks: { metric: 'response_value', currency: 'USD', cost: '0.000000003' }, value: '0.5' }), counted(3, { problem: 'it broke off', value: '0' }), counted(4, { route: 'gone', kind: 'Container' }));
      const all = await settled(4);
      expect(all.map(({ id, object: { name }, labels, amount, problem }) => [id, name, Object.keys(labels).length, amount, problem])).toEqual([
        ['gateway/r1/0', 'chat', 1, '0.001', undefined], ['gateway/r2/0', 'chat', 1, '0.0000000015', undefined], ['gateway/r3/0', 'chat', 1, '0', 'it broke off'], ['gateway/r4/0', 'gone', 0, '0.004', undefined],
      ]);
      while (door.left > 0) await sleep(2);
      // As after a crash before it was forgotten.
      door.count(counted(1), counted(5));
      expect((await settled(5)).map(({ id }) => id)).toHaveLength(5);
    });

    test('counts what cannot be priced, and says why', async () => {
      begin();
      const { asks: _, ...old } = counted(2);
      door.count(counted(1, { asks: { metric: 'requests', currency: 'USD', costp: 10 } }), old);
      expect((await settled(2)).map(({ quantity, amount, problem }) => [quantity, amount, problem])).toEqual([
        ['1', '0', 'costp is of a price an hour, and token is no unit of time: name a cost'], ['2', '0', 'the gateway did not say what its meter asks'],
      ]);
    });

    test('tries again what cannot be reached', async () => {
      let fails = 3;
      begin({ runs: { ...runs.feed, runs: async (id) => { if (fails-- > 0) throw new Error('away'); return await runs.feed.runs(id); } } });
      runs.put(run({ endedAt: at(10) }));
      for (; (await facts()).length < 2; await sleep(2)) {
        const next = clock.nextMs();
        if (next !== undefined && next <= 60_000) clock.advance(next);
      }
      expect(quantity(await facts(), 'runtime')).toBe('600');
      expect(troubles.slice(0, 3)).toEqual(Array.from({ length: 3 }, () => 'usage of runs cannot be written'));
    });
  });
}
