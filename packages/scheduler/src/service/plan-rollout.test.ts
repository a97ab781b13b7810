import { fraction } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { expect, test } from 'vitest';
import type { Member } from './members.ts';
import { planRollout, type RolloutWanted } from './plan-rollout.ts';

interface Sketch extends Partial<Omit<Member, 'container'>> {
  readonly restarts?: number;
}

/** Only what a plan looks at. */
function member(id: string, { restarts = 0, ...more }: Sketch = {}): Member {
  const container = { id, seq: Number(id.slice(1)), status: { restart_count: restarts } } as unknown as Member['container'];
  const is = more.is ?? 'ready';
  return { container, is, current: true, trusted: is === 'ready', inFlight: 0, ...more };
}

const old = (id: string, more: Sketch = {}): Member => member(id, { current: false, ...more });
const starting = { is: 'starting' } as const;
const now = 100_000;
const usual: Omit<RolloutWanted, 'desired'> = { maxSurge: 1, maxUnavailable: 0, mayStart: true, now, drainMs: 30_000 };

function plan(members: readonly Member[], wanted: Partial<RolloutWanted>): { readonly create: number; readonly drain: readonly string[]; readonly remove: readonly string[] } {
  const { create, drain, remove } = planRollout(members, { ...usual, desired: 1, ...wanted });
  const ids = (some: readonly Member[]): readonly string[] => some.map(({ container }) => container.id).toSorted();
  return { create, drain: ids(drain), remove: ids(remove) };
}

const nothing = { create: 0, drain: [], remove: [] };

test.for<readonly [string, readonly Member[], Partial<RolloutWanted>, Partial<ReturnType<typeof plan>>]>([
  ['those that are missing are created', [member('w1')], { desired: 3 }, { create: 2 }],
  ['none before its time', [member('w1')], { desired: 3, mayStart: false }, {}],
  ['of too many those go that are not there yet', [member('w1'), member('w2', starting)], { desired: 1 }, { remove: ['w2'] }],
  ['else the one with the least to do', [member('w1', { inFlight: 1 }), member('w2', { inFlight: 5 })], { desired: 1 }, { drain: ['w1'] }],
  ['and before it one that crashed', [member('w1', { restarts: 2, inFlight: 3 }), member('w2')], { desired: 1 }, { drain: ['w1'] }],
  ['at none all go', [member('w1'), old('w2')], { desired: 0 }, { drain: ['w1', 'w2'] }],
  ['a new one is started beside the old', [old('w1'), old('w2')], { desired: 2 }, { create: 1 }],
  ['no more than the surge', [old('w1'), old('w2'), member('w3', starting)], { desired: 2 }, {}],
  ['an old one goes once a new one can be relied on', [old('w1'), old('w2'), member('w3')], { desired: 2 }, { drain: ['w2'] }],
  ['not for one that cannot', [old('w1'), old('w2'), member('w3', { trusted: false })], { desired: 2 }, {}],
  ['nor for one that goes', [old('w1'), old('w2'), member('w3', { drainingSince: now })], { desired: 2 }, { create: 1 }],
  ['one may be missing at once', [old('w1'), old('w2')], { desired: 2, maxSurge: 0, maxUnavailable: 1 }, { drain: ['w2'] }],
  ['and not a second', [old('w1'), member('w3', starting)], { desired: 2, maxSurge: 0, maxUnavailable: 1 }, {}],
  ['old ones that answer nobody make room', [old('w1', starting), old('w2', starting)], { desired: 2 }, { create: 2, remove: ['w2'] }],
  ['but not while none may be started', [old('w1', starting), old('w2', starting)], { desired: 2, mayStart: false }, {}],
  ['one that lost its health and has requests finishes them', [old('w1', { ...starting, inFlight: 2 }), member('w2')], { desired: 1 }, { drain: ['w1'] }],
  ['what failed goes at once when the good one is back', [member('w1'), member('w2'), old('w3', starting)], { desired: 2 }, { remove: ['w3'] }],
  ['one that ended makes way first', [member('w1', { is: 'ended', trusted: false })], { desired: 1 }, { remove: ['w1'] }],
  ['one that drains may have been asked for more just now', [member('w1'), member('w2', { drainingSince: now - 500 })], {}, {}],
  ['and goes when it has nothing', [member('w1'), member('w2', { drainingSince: now - 1_000 })], {}, { remove: ['w2'] }],
  ['not while it has', [member('w1'), member('w2', { drainingSince: now - 29_000, inFlight: 1 })], {}, {}],
  ['nor while nobody tells', [member('w1'), member('w2', { drainingSince: now - 29_000, inFlight: undefined })], {}, {}],
  ['but after its time', [member('w1'), member('w2', { drainingSince: now - 30_000, inFlight: 1 })], {}, { remove: ['w2'] }],
  ['also where the clock was set back', [member('w1'), member('w2', { drainingSince: now + 3_600_000, inFlight: undefined })], {}, { remove: ['w2'] }],
])('%s', ([, members, wanted, expected]) => {
  expect(plan(members, wanted)).toEqual({ ...nothing, ...expected });
});

/** A life of replicas of two or three revisions, drawn from a seed: which become ready, crash and come back is chance. */
function life(seed: number, isGood: (revision: number) => boolean) {
  const random = seededRandom(seed);
  const chance = (of: number): boolean => fraction(random) < of;
  const draw = (most: number): number => Math.floor(fraction(random) * (most + 1));
  const maxSurge = draw(3);
  const bounds = { maxSurge, maxUnavailable: maxSurge === 0 ? 1 + draw(2) : draw(2) };
  let [desired, revision, made, at] = [1 + draw(5), 1, 0, 0];
  interface One { id: string; revision: number; is: Member['is']; crashed: boolean; drainingSince?: number }
  let all: One[] = Array.from({ length: desired }, () => ({ id: `w${++made}`, revision, is: 'ready', crashed: false }));

  const members = (): Member[] => all.map(({ id, revision: of, is, crashed, drainingSince }) => ({
    ...member(id, { is, current: of === revision, trusted: is === 'ready' && !crashed, restarts: crashed ? 1 : 0, inFlight: 0 }), ...(drainingSince !== undefined && { drainingSince }),
  }));
  const isAt = ({ is, drainingSince }: One): boolean => (is === 'ready' || is === 'starting') && drainingSince === undefined;
  const readyNow = (): number => all.filter((one) => isAt(one) && one.is === 'ready').length;

  const wrongs: string[] = [];
  return {
    bounds, wrongs,
    get desired() { return desired; },
    all: () => all, readyNow,
    roll(to: number) { revision = to; },
    scale(to: number) { desired = to; },
    /** One pass, and what it must hold. */
    pass() {
      at += 2_000;
      const before = { ready: readyNow(), at: all.filter(isAt).length };
      const { create, drain, remove } = planRollout(members(), { ...bounds, desired, mayStart: true, now: at, drainMs: 30_000 });
      const [draining, removed] = [new Set(drain.map(({ container }) => container.id)), new Set(remove.map(({ container }) => container.id))];
      if ([...removed].some((id) => draining.has(id))) wrongs.push(`${seed}: one is to drain and to go`);
      all = all.filter(({ id }) => !removed.has(id)).map((one) => (draining.has(one.id) ? { ...one, drainingSince: at } : one));
      for (let n = 0; n < create; n++) all.push({ id: `w${++made}`, revision, is: 'starting', crashed: false });
      const after = { ready: readyNow(), at: all.filter(isAt).length };
      if (after.ready < Math.min(before.ready, desired - bounds.maxUnavailable)) wrongs.push(`${seed}: ${after.ready} of ${desired} ready at ${at}`);
      if (after.at > Math.max(create > 0 ? 0 : before.at, desired + bounds.maxSurge)) wrongs.push(`${seed}: ${after.at} for ${desired} at ${at}`);
    },
    /** What chance does between two passes. */
    chance(isCalm: boolean) {
      for (const one of all) {
        if (one.is === 'starting' && isGood(one.revision) && (isCalm || chance(0.5))) [one.is, one.crashed] = ['ready', !isCalm && one.crashed];
        // One that is bad is ready for a moment at times, and crashes.
        else if (one.is === 'starting' && !isGood(one.revision) && one.crashed && chance(0.2)) one.is = 'ready';
        else if (!isGood(one.revision) && chance(0.3)) [one.is, one.crashed] = [chance(0.2) ? 'ended' : 'starting', true];
        else if (!isCalm && chance(0.03)) [one.is, one.crashed] = [chance(0.3) ? 'ended' : 'starting', true];
        else if (isCalm) one.crashed &&= !isGood(one.revision);
      }
      if (!isCalm && chance(0.1)) desired = draw(6);
    },
    /** How many are of each revision. */
    counts: () => Object.fromEntries([...new Set(all.map((one) => one.revision))].map((of) => [of, all.filter((one) => one.revision === of).length])),
  };
}

test('whatever happens there are never too few nor too many, and in the end all are new if they become ready', () => {
  for (let seed = 1; seed <= 120; seed++) {
    const of = life(seed, () => true);
    of.roll(2);
    for (let n = 0; n < 30; n++) {
      of.pass();
      of.chance(false);
      if (n === 12 && seed % 3 === 0) of.roll(3);
    }
    for (let n = 0; n < 60; n++) {
      of.pass();
      of.chance(true);
    }
    expect([seed, of.wrongs, of.counts()]).toEqual([seed, [], of.desired === 0 ? {} : { [seed % 3 === 0 ? 3 : 2]: of.desired }]);
  }
});

test('where new ones are never to be relied on the old ones stay, and are all there is once it has gone back', () => {
  for (let seed = 1; seed <= 120; seed++) {
    const of = life(seed, (revision) => revision === 1);
    of.roll(2);
    const least = of.desired - of.bounds.maxUnavailable;
    for (let n = 0; n < 40; n++) {
      of.pass();
      of.chance(true);
      const left = of.all().filter(({ revision, is, drainingSince }) => revision === 1 && is === 'ready' && drainingSince === undefined).length;
      if (left < least) of.wrongs.push(`${seed}: ${left} old ones left of ${least}`);
    }
    of.roll(1);
    for (let n = 0; n < 40; n++) {
      of.pass();
      of.chance(true);
    }
    expect([seed, of.wrongs, of.counts()]).toEqual([seed, [], { 1: of.desired }]);
  }
});
