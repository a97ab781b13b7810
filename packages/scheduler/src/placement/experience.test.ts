import { describe, expect, test } from 'vitest';
import { experience, learn, type Lesson, type Outcome, standing } from './experience.ts';

const rest = { firstMs: 2_000, maxMs: 60_000 };
const pool = { platform: 'cloud', region: 'eu', accelerator: '1:L4', spot: false };
const after = (...outcomes: readonly (readonly [atMs: number, outcome: Outcome])[]): Lesson => outcomes.reduce<Lesson | undefined>((before, [now, outcome]) => learn(before, outcome, { now, rest }), undefined)!;
const refused: Outcome = { how: 'refused' };
const ran = (startMs: number): Outcome => ({ how: 'ran', startMs });

describe('a lesson', () => {
  test('of nothing is that nothing stands against it', () => {
    expect(standing(undefined, 5)).toEqual({ refusals: 0, losses: 0, restUntil: 0, startMs: 0 });
  });

  test('of refusals in a row is to let it be for longer each time, and of a run that it is as before', () => {
    expect(after([0, refused]).restUntil).toBe(2_000);
    expect(after([0, refused], [10, refused], [20, refused]).restUntil).toBe(8_020);
    expect(after(...Array.from({ length: 20 }, () => [0, refused] as const)).restUntil).toBe(60_000);
    const again = after([0, refused], [10, refused], [20, ran(5)]);
    expect(again).toMatchObject({ restUntil: 0, inRow: 0 });
    expect(learn(again, refused, { now: 30, rest }).restUntil).toBe(2_030);
  });

  test('fades: of refusals within minutes, of losses within hours', () => {
    const known = after([0, refused], [0, refused], [0, refused], [0, ran(1)], [0, { how: 'lost' }]);
    const [now, later, tomorrow] = [0, 600_000, 86_400_000].map((at) => standing(known, at));
    expect(now!.refusals).toBeCloseTo(3 / 5);
    expect(later!.refusals).toBeLessThan(now!.refusals);
    expect(later!.losses).toBeGreaterThan(0.9 * now!.losses * 0.5);
    expect(tomorrow!.refusals).toBeLessThan(0.001);
    expect(tomorrow!.losses).toBeLessThan(0.01);
  });

  test('of start-up times follows them', () => {
    expect(standing(after([0, ran(10_000)]), 0).startMs).toBe(10_000);
    expect(standing(after([0, ran(10_000)], [0, ran(20_000)]), 0).startMs).toBe(13_000);
  });

  test('survives a clock that was set back', () => {
    expect(standing(after([1_000_000, refused]), 0).refusals).toBe(0.5);
  });
});

describe('experience', () => {
  test('is of one pool and no other', () => {
    const all = experience(rest);
    all.note(pool, refused, 0);
    expect(all.standing(pool, 0).restUntil).toBe(2_000);
    for (const other of [{ ...pool, region: 'us' }, { ...pool, spot: true }, { ...pool, platform: 'x' }, { ...pool, accelerator: undefined }]) expect(all.standing(other, 0).restUntil).toBe(0);
  });

  test('has one container try what rested, while the others wait for how it goes', () => {
    const all = experience(rest);
    all.take(pool, 0);
    expect(all.standing(pool, 0).restUntil).toBe(0);
    all.note(pool, refused, 0);
    all.take(pool, 2_000);
    expect(all.standing(pool, 2_001).restUntil).toBeGreaterThan(2_001);
    all.note(pool, ran(10), 2_500);
    expect(all.standing(pool, 2_500).restUntil).toBe(0);
  });

  test('forgets what it has not heard of for longest', () => {
    const all = experience(rest, 2);
    for (const region of ['a', 'b', 'c']) all.note({ ...pool, region }, refused, 0);
    expect(['a', 'b', 'c'].map((region) => all.standing({ ...pool, region }, 0).restUntil)).toEqual([0, 2_000, 2_000]);
  });

  describe('of a platform that refuses us as a whole', () => {
    const open = (all: ReturnType<typeof experience>, from: number, until: number): readonly number[] => {
      const tries: number[] = [];
      for (let at = from; at < until; at += 1_000) {
        if (all.closed('cloud', at) !== undefined) continue;
        tries.push(at);
        all.take(pool, at);
        // Of the others that wait nobody finds it open meanwhile.
        expect(all.closed('cloud', at)).toBe('set KEY');
        all.close('cloud', 'set KEY', at + 10);
      }
      return tries;
    };

    test('is to leave it for a minute, twice as long each time, and ten minutes at most', () => {
      const all = experience(rest);
      all.close('cloud', 'set KEY', 0);
      expect(all.closed('elsewhere', 1)).toBeUndefined();
      expect(open(all, 1, 3_600_000).map((at) => Math.round(at / 60_000))).toEqual([1, 3, 7, 15, 25, 35, 45, 55]);
    });

    test('counts once of many that were refused at once, and is over with the first that runs', () => {
      const all = experience(rest);
      for (let n = 0; n < 50; n++) all.close('cloud', 'set KEY', n);
      expect([all.closed('cloud', 59_000), all.closed('cloud', 60_000)]).toEqual(['set KEY', undefined]);
      all.note(pool, ran(10), 60_000);
      all.close('cloud', 'set KEY', 70_000);
      expect(all.closed('cloud', 130_000)).toBeUndefined();
    });

    test('survives a clock that was set back', () => {
      const all = experience(rest);
      all.close('cloud', 'set KEY', 1e12);
      expect(all.closed('cloud', 0)).toBeUndefined();
    });
  });
});
