import { expect, test } from 'vitest';
import { NebError } from './errors.ts';
import { type SightingsOptions, sightings } from './sightings.ts';
import { fakeClock } from './testing/fake-clock.ts';

/** Looks that tell their number, and wait where they are held. */
function looking(options: Partial<SightingsOptions<number>> = {}) {
  const clock = fakeClock();
  let looks = 0;
  let isHeld = false;
  const aborted: number[] = [];
  const waiting: (() => void)[] = [];
  const all = sightings<number>({
    clock, countsMs: 5_000, trialMs: 1_000,
    async look(_name, { signal }) {
      const mine = ++looks;
      signal?.addEventListener('abort', () => aborted.push(mine));
      if (isHeld) await new Promise<void>((resolve) => { waiting.push(resolve); });
      return mine;
    },
    ...options,
  });
  return {
    clock, all, aborted,
    use: async (signal?: AbortSignal, name = 'a') => await all.use(name, async (seen) => seen, { signal }),
    /** Fails over all that was seen before this look. */
    useFrom: async (first: number, tried: number[] = []) => await all.use('a', async (seen) => {
      tried.push(seen);
      if (seen < first) throw new NebError('unavailable', `look ${seen} was wrong`);
      return seen;
    }),
    looks: () => looks,
    hold: () => { isHeld = true; },
    async release() {
      isHeld = false;
      await settled();
      for (const go of waiting.splice(0)) go();
    },
  };
}

const settled = async (): Promise<void> => { for (let turns = 0; turns < 20; turns++) await Promise.resolve(); };

test('a sighting counts for its time, also after the clock was set back', async () => {
  const w = looking();
  expect([await w.use(), await w.use()]).toEqual([1, 1]);
  w.clock.advance(4_999);
  expect(await w.use()).toBe(1);
  w.clock.advance(1);
  expect(await w.use()).toBe(2);
  w.clock.advance(-3_600_000);
  expect(await w.use()).toBe(3);
});

test('who needs a look at the same time shares one, and one who gives up leaves it to the others', async () => {
  const w = looking();
  w.hold();
  const stop = new AbortController();
  const first = w.use(stop.signal);
  const others = [w.use(), w.use()];
  await settled();
  stop.abort(new Error('enough'));
  await expect(first).rejects.toThrow('enough');
  await w.release();
  expect(await Promise.all(others)).toEqual([1, 1]);
  expect(w.looks()).toBe(1);
});

test('a look that nobody waits for any more is ended and not kept', async () => {
  const w = looking();
  w.hold();
  const stops = [new AbortController(), new AbortController()];
  const asked = stops.map(({ signal }) => w.use(signal));
  await settled();
  stops.forEach((stop) => stop.abort(new Error('enough')));
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(w.aborted).toEqual([1]);
  await w.release();
  expect(await w.use()).toBe(2);
});

test('a deed that fails over what was known is done once more after a look, and those of others share that', async () => {
  const w = looking();
  await w.use();
  const tried: number[] = [];
  expect(await Promise.all([w.useFrom(2, tried), w.useFrom(2, tried), w.useFrom(2, tried)])).toEqual([2, 2, 2]);
  expect([tried, w.looks()]).toEqual([[1, 1, 1, 2, 2, 2], 2]);
  await expect(w.useFrom(9, tried)).rejects.toThrow('look 3 was wrong');
  expect(w.looks()).toBe(3);
});

test('a deed that takes long over what was known is given up, and done once more after a look', async () => {
  const w = looking();
  await w.use();
  const given: unknown[] = [];
  const deed = w.all.use('a', async (seen, { signal }) => {
    if (seen === 1) await new Promise((_, reject) => { signal?.addEventListener('abort', () => { given.push(seen); reject(signal.reason as Error); }); });
    return seen;
  });
  await settled();
  w.clock.advance(999);
  await settled();
  expect(given).toEqual([]);
  w.clock.advance(1);
  expect([await deed, given, w.clock.nextMs()]).toEqual([2, [1], undefined]);
});

test('a deed that fails over what was just seen is not done again', async () => {
  const w = looking();
  const tried: number[] = [];
  await expect(w.useFrom(9, tried)).rejects.toThrow('look 1 was wrong');
  expect(tried).toEqual([1]);
});

test('an end by the caller, and a fault of ours, bring no look', async () => {
  const w = looking();
  await w.use();
  const stop = new AbortController();
  await expect(w.all.use('a', async () => { stop.abort(new Error('enough')); throw new NebError('unavailable', 'cut off'); }, { signal: stop.signal })).rejects.toThrow('enough');
  await expect(w.all.use('a', async () => { throw new TypeError('a fault'); })).rejects.toThrow('a fault');
  await expect(w.use(stop.signal)).rejects.toThrow('enough');
  expect(w.looks()).toBe(1);
});

test('a look that fails is not kept', async () => {
  let fails = true;
  const { use } = looking({ look: async () => { if (fails) throw new NebError('not_found', 'there is none'); return 7; } });
  const both = await Promise.allSettled([use(), use()]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fails = false;
  expect(await use()).toBe(7);
});

test('what was forgotten while it was looked at is looked at anew, and what no longer counts as well', async () => {
  const stale = new Set<number>();
  const w = looking({ counts: (seen) => !stale.has(seen) });
  w.hold();
  const first = w.use();
  await settled();
  w.all.forget('a');
  await w.release();
  expect([await first, await w.use()]).toEqual([1, 2]);
  stale.add(2);
  expect(await w.use()).toBe(3);
});
