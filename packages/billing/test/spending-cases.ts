import { timestamp } from '@neb/core-types';
import type { Kysely } from 'kysely';
import { describe, expect, test } from 'vitest';
import { ledger, type Spending, usualPeriods } from '../src/index.ts';
import { settleRuns } from '../src/derive/settle-runs.ts';
import { fact } from './some-facts.ts';
import { at, hourly, run, start } from './some-runs.ts';

const minuteMs = 60_000;
const hours = (count: number): number => start + count * 60 * minuteMs;
const of = { kind: 'Service', name: 'chat' } as const;

export function spendingCases(db: () => Kysely<unknown>): void {
  const seen = async (minutes: number, ...runs: readonly ReturnType<typeof run>[]): Promise<void> => {
    await settleRuns(db(), { runs, containerIds: runs.map(({ object }) => object.id) }, { ...usualPeriods, nowMs: start + minutes * minuteMs });
  };
  const asked = async (kind: 'Container' | 'Service', names: readonly string[], when: { readonly nowMs?: number; readonly untilMs?: number; readonly owners?: readonly string[]; readonly namespace?: string; readonly since?: string } = {}): Promise<readonly Spending[]> => {
    const { nowMs = hours(1), untilMs = hours(11), owners, namespace = 'shop', since = timestamp(start) } = when;
    return await ledger(db()).spending({ kind, objects: names.map((name) => ({ id: name, name, namespace, since })), owners, nowMs, untilMs });
  };
  const dollars = (per_hour: string, spent: string, projected: string) => [{ currency: 'USD', per_hour, spent, projected }];

  describe('spending', () => {
    test('counts what runs from the ledger\'s last word up to now, and projects it', async () => {
      // In the ledger until 9:00, 40 minutes of the run; it is 9:20 now.
      await seen(46, run());
      expect((await ledger(db()).since(0)).length).toBeGreaterThan(0);
      expect(await asked('Container', ['c1', 'nobody'])).toEqual([
        { id: 'c1', runs: 1, seconds: '3900', asked: dollars('0.37', '0.37', '4.07'), platform: dollars('0.3', '0.325', '3.325'), problems: [] },
        { id: 'nobody', runs: 0, seconds: '0', asked: [], platform: [], problems: [] },
      ]);
    });

    test('is the ledger\'s own sum once a run is over', async () => {
      await seen(10, run());
      const [before] = await asked('Container', ['c1'], { nowMs: hours(0.5) });
      await seen(31, run({ version: 2, endedAt: at(30) }));
      const [after] = await asked('Container', ['c1'], { nowMs: hours(7) });
      expect(after).toEqual({ id: 'c1', runs: 0, seconds: '2100', asked: dollars('0', '0.185', '0.185'), platform: dollars('0', '0.175', '0.175'), problems: [] });
      expect(before!.asked[0]!.spent).toBe(after!.asked[0]!.spent);
      const { items } = await ledger(db()).totals();
      expect(items).toMatchObject([{ amount: '0.185', cost: '0.175' }]);
    });

    test('adds up a service\'s replicas and requests, each currency by itself, and nothing of one that had its name before', async () => {
      const replica = (nth: number) => run({ key: `r${nth}-1`, object: { kind: 'Container', id: `r${nth}`, name: `chat-${nth}` }, of, meters: [hourly, { ...hourly, currency: 'EUR', cost: '1' }] });
      await seen(10, replica(1), replica(2));
      const request = { kind: 'gateway', metric: 'requests', unit: 'request', amount: '0.5', quantity: '1' } as const;
      await ledger(db()).append([
        fact(9, { ...request, id: 'request', object: { kind: 'Service', id: 'chat', name: 'chat' } }),
        fact(9, { ...request, id: 'other', object: { kind: 'Service', id: 's2', name: 'other' } }),
        fact(9, { id: 'before', from: '2026-10-31T10:00:00.000Z', of, amount: '1000' }), fact(9, { id: 'elsewhere', namespace: 'lab', of, amount: '1000' }),
      ]);
      const [chat] = await asked('Service', ['chat'], { untilMs: hours(2) });
      expect(chat).toMatchObject({ runs: 2, seconds: '7800', asked: [{ currency: 'EUR', per_hour: '2', spent: '2', projected: '4' }, { currency: 'USD', per_hour: '0.74', spent: '1.24', projected: '1.98' }] });
    });

    test('says why something has no price, and shows nobody what is of another', async () => {
      await seen(10, run({ meters: [{ ...hourly, unit: 'token' }] }));
      expect((await asked('Container', ['c1']))[0]!.problems).toEqual(['runtime is time, and token is no unit of it']);
      for (const hidden of [{ owners: ['eve'] }, { owners: [] }, { namespace: 'lab' }]) expect(await asked('Container', ['c1'], hidden)).toEqual([{ id: 'c1', runs: 0, seconds: '0', asked: [], platform: [], problems: [] }]);
      expect((await asked('Container', ['c1'], { owners: ['acme'] }))[0]!.runs).toBe(1);
    });
  });
}
