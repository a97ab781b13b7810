import type { Offer, OfferQuery } from '@neb/core-types';
import { fakeClock, memoryCloud } from '@neb/core-types/testing';
import { describe, expect, test } from 'vitest';
import { glances } from './glances.ts';

const { signal } = new AbortController();
const asks = (text: string, more: Partial<OfferQuery> = {}): OfferQuery => ({ accelerators: text.split(',').map((one) => ({ count: Number(one.split(':')[0]), name: one.split(':')[1]! })), spot: false, ...more });

function counter() {
  const clock = fakeClock();
  const asked: OfferQuery[] = [];
  const refused: string[] = [];
  let missing: string | undefined;
  let readiness = 0;
  const provider = {
    ...memoryCloud({ clock }).provider,
    readiness: async () => { readiness++; return missing; },
    async *offers(query: OfferQuery): AsyncGenerator<Offer> {
      asked.push(query);
      yield* [];
    },
  };
  const look = glances(provider, { clock, freshMs: 5_000, patientMs: 30_000, onRefused: (why) => refused.push(why) });
  return { clock, asked, look, readiness: () => readiness, lacks: (what: string | undefined) => { missing = what; } };
}

describe('those who wait', () => {
  test('share an answer for half a minute, and ask together what differs in name or region alone', async () => {
    const { clock, asked, look } = counter();
    await look.patient(asks('1:L4', { regions: ['eu'] }), signal);
    await look.patient(asks('1:H100', { regions: ['us'] }), signal);
    for (let s = 0; s < 90; s++) {
      clock.advance(1_000);
      for (const query of [asks('1:L4', { regions: ['eu'] }), asks('1:H100', { regions: ['us'] })]) await look.patient(query, signal);
    }
    expect(asked.slice(1)).toEqual([1, 2, 3, 4].map(() => ({ accelerators: [{ count: 1, name: 'L4' }, { count: 1, name: 'H100' }], spot: false, regions: ['eu', 'us'] })));
  });

  test('are never offered more accelerators, or another market, than they ask for because of others', async () => {
    const { asked, look } = counter();
    const queries = [asks('1:L4'), asks('4:L4'), asks('1:L4', { spot: true }), { spot: false }, asks('2:A100,1:H100'), asks('1:A100,2:H100')];
    for (const query of queries) await look.patient(query, signal);
    expect(asked.map(({ accelerators = [], spot }) => ({ accelerators, spot }))).toEqual(queries.map(({ accelerators = [], spot }: OfferQuery) => ({ accelerators, spot })));
  });

  test('ask the less often the more different they are: eight questions in two minutes at most', async () => {
    const { clock, asked, look } = counter();
    const queries = Array.from({ length: 40 }, (_, n) => asks(`${n + 1}:L4`));
    for (const query of queries) await look.patient(query, signal);
    asked.length = 0;
    for (let s = 0; s < 3_600; s += 10) {
      clock.advance(10_000);
      for (const query of queries) await look.patient(query, signal);
    }
    expect(asked.length).toBeLessThanOrEqual(240);
  });

  test('hear that something is missing once in ten seconds, whoever asks for what', async () => {
    const { clock, asked, look, readiness, lacks } = counter();
    lacks('set KEY');
    for (let s = 0; s < 60; s++) {
      for (const query of [asks('1:L4'), asks('2:L4'), asks('4:L4')]) expect(await look.patient(query, signal)).toEqual({ missing: 'set KEY', offers: [] });
      clock.advance(1_000);
    }
    expect([readiness(), asked]).toEqual([6, []]);
    lacks(undefined);
    // Who is new asks at once.
    expect(await look.fresh(asks('1:L4'), signal)).toEqual({ offers: [] });
  });
});

test('who is new hears no answer that is older than five seconds', async () => {
  const { clock, asked, look } = counter();
  for (let s = 0; s < 20; s++) {
    await look.fresh(asks('1:L4'), signal);
    clock.advance(1_000);
  }
  expect(asked).toHaveLength(4);
  look.forget();
  await look.fresh(asks('1:L4'), signal);
  expect(asked).toHaveLength(5);
});
