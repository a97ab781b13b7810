import { containerSpec, fraction, type Offer } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { experience } from '../src/placement/experience.ts';
import { type Market, plan, poolOf } from '../src/placement/plan.ts';

/** A zone that sells one accelerator, has some or none of it, and takes it back now and then. */
interface Zone {
  readonly name: string;
  readonly pricePerHour: number;
  /** Mean time with and without capacity. */
  readonly upMs: number;
  readonly downMs: number;
  /** Instances that are taken back, an instance and an hour. */
  readonly preemptions: number;
  readonly startMs: number;
  up: boolean;
  /** When it last had none, as whoever asked knows; -Infinity where nobody was refused. */
  refusedAt: number;
}

interface Job {
  readonly arrivedAt: number;
  readonly workMs: number;
}

/** Chooses where to launch now: a zone's name, or how long to wait. */
export interface Policy {
  readonly name: string;
  choose(job: object, now: number): string | { readonly waitMs: number };
  refused(job: object, zone: string, now: number): void;
  ran(zone: string, startMs: number, now: number): void;
  lost(zone: string, now: number): void;
}

export interface Result {
  /** Mean time from a job's arrival until the run that finished it was up, in seconds. */
  readonly toRunS: number;
  /** US dollars for starts and for runs that were taken back, of all jobs. */
  readonly wasted: number;
  /** Launches in a zone that had refused one within ten minutes and still had none. */
  readonly repeats: number;
}

const refusalMs = 5_000;
const minute = 60_000;

/** 1,000 jobs over 20 zones whose capacity comes and goes as a Markov chain; the same for every policy of a seed. */
export function trace(seed: number, policyOf: (zones: readonly Pick<Zone, 'name' | 'pricePerHour'>[]) => Policy, jobCount = 1_000): Result {
  // The world goes its way whatever is launched in it: what befalls launches is drawn from elsewhere.
  const [bytes, fate] = [seededRandom(seed), seededRandom(seed + 1_000_000)];
  const uniform = (from: number, to: number): number => from + (to - from) * fraction(bytes);
  const exponential = (mean: number, random = bytes): number => -mean * Math.log(1 - fraction(random) * 0.999999);
  const zones: readonly Zone[] = Array.from({ length: 20 }, (_, n) => ({
    name: `z${n}`, pricePerHour: Math.round(uniform(1, 3) * 100) / 100, upMs: uniform(10, 120) * minute, downMs: uniform(5, 90) * minute, preemptions: uniform(0, 0.6), startMs: uniform(20, 120) * 1_000,
    up: fraction(bytes) < 0.5, refusedAt: -Infinity,
  }));
  const jobs: readonly Job[] = Array.from({ length: jobCount }, (_, n) => ({ arrivedAt: n * minute * uniform(0.3, 0.7), workMs: uniform(10, 90) * minute }));
  const policy = policyOf(zones);
  const byName = new Map(zones.map((zone) => [zone.name, zone]));
  let [toRun, wasted, repeats, done] = [0, 0, 0, 0];

  const events = agenda();
  const flip = (zone: Zone, now: number): void => {
    zone.up = !zone.up;
    events.at(now + exponential(zone.up ? zone.upMs : zone.downMs), (then) => flip(zone, then));
  };
  const attempt = (job: Job, now: number): void => {
    const chosen = policy.choose(job, now);
    if (typeof chosen !== 'string') return events.at(now + Math.max(1_000, chosen.waitMs), (then) => attempt(job, then));
    const zone = byName.get(chosen)!;
    if (!zone.up) {
      if (now - zone.refusedAt < 10 * minute) repeats++;
      zone.refusedAt = now;
      return events.at(now + refusalMs, (then) => {
        policy.refused(job, zone.name, then);
        attempt(job, then);
      });
    }
    wasted += (zone.pricePerHour * zone.startMs) / 3_600_000;
    events.at(now + zone.startMs, (then) => {
      policy.ran(zone.name, zone.startMs, then);
      const lostAfterMs = zone.preemptions === 0 ? Infinity : exponential(3_600_000 / zone.preemptions, fate);
      if (lostAfterMs >= job.workMs) {
        toRun += then - job.arrivedAt;
        done++;
        return;
      }
      events.at(then + lostAfterMs, (later) => {
        wasted += (zone.pricePerHour * lostAfterMs) / 3_600_000;
        policy.lost(zone.name, later);
        attempt(job, later);
      });
    });
  };
  for (const zone of zones) events.at(exponential(zone.up ? zone.upMs : zone.downMs), (then) => flip(zone, then));
  for (const job of jobs) events.at(job.arrivedAt, (then) => attempt(job, then));
  events.run(() => done === jobs.length);
  return { toRunS: toRun / jobs.length / 1_000, wasted, repeats };
}

interface Agenda {
  at(ms: number, what: (now: number) => void): void;
  /** Goes on until `over`. */
  run(over: () => boolean): void;
}

/** What happens when, in order of time. */
function agenda(): Agenda {
  const heap: { readonly ms: number; readonly what: (now: number) => void }[] = [];
  const swap = (a: number, b: number): void => void ([heap[a], heap[b]] = [heap[b]!, heap[a]!]);
  return {
    at(ms, what) {
      heap.push({ ms, what });
      for (let n = heap.length - 1; n > 0 && heap[(n - 1) >> 1]!.ms > heap[n]!.ms; n = (n - 1) >> 1) swap(n, (n - 1) >> 1);
    },
    run(over) {
      while (!over()) {
        const next = heap[0];
        if (!next) throw new Error('nothing more happens, and it is not over');
        const last = heap.pop()!;
        if (heap.length > 0) heap[0] = last;
        for (let n = 0, least = 0; ; n = least) {
          for (const child of [2 * n + 1, 2 * n + 2]) if (child < heap.length && heap[child]!.ms < heap[least]!.ms) least = child;
          if (least === n) break;
          swap(n, least);
        }
        next.what(next.ms);
      }
    },
  };
}

/** What the scheduler does. */
export function ours(zones: readonly Pick<Zone, 'name' | 'pricePerHour'>[]): Policy {
  const learnt = experience({ firstMs: 2_000, maxMs: 300_000 });
  const spec = containerSpec.parse({ image: 'x', accelerators: ['L4'], spot: true });
  const offers = new Map(zones.map(({ name, pricePerHour }): [string, Offer] => [name, { id: name, region: name, accelerator: { name: 'L4', count: 1 }, pricePerHour: String(pricePerHour), spot: true, available: 'unknown' }]));
  const markets: readonly Market[] = [{ platform: 'cloud', offers: [...offers.values()] }];
  const pool = (name: string) => poolOf({ platform: 'cloud', offer: offers.get(name)!, accelerator: { name: 'L4', count: 1 } });
  return {
    name: 'ours',
    choose(_, now) {
      const chosen = plan(spec, markets, { now, standing: (of) => learnt.standing(of, now) });
      if (chosen.do !== 'take') return { waitMs: chosen.do === 'wait' ? (chosen.afterMs ?? 15_000) : Infinity };
      learnt.take(pool(chosen.offer.id), now);
      return chosen.offer.id;
    },
    refused: (_, zone, now) => learnt.note(pool(zone), { how: 'refused' }, now),
    ran: (zone, startMs, now) => learnt.note(pool(zone), { how: 'ran', startMs }, now),
    lost: (zone, now) => learnt.note(pool(zone), { how: 'lost' }, now),
  };
}

const pauseMs = 60_000;

/** Each job goes through the zones from the cheapest on, waits a minute at the end, and begins anew. */
export function cheapestFirst(zones: readonly Pick<Zone, 'name' | 'pricePerHour'>[]): Policy {
  return inOrder('cheapest first', [...zones].sort((a, b) => a.pricePerHour - b.pricePerHour).map(({ name }) => name), () => 0);
}

/** Each job begins where the one before it did not, and goes on from there. */
export function roundRobin(zones: readonly Pick<Zone, 'name' | 'pricePerHour'>[]): Policy {
  let turn = 0;
  return inOrder('round robin', zones.map(({ name }) => name), () => turn++);
}

function inOrder(name: string, names: readonly string[], startOf: () => number): Policy {
  const tries = new Map<object, { at: number; left: number }>();
  return {
    name,
    choose(job) {
      const known = tries.get(job) ?? { at: startOf(), left: names.length };
      tries.set(job, known);
      if (known.left > 0) return names[known.at % names.length]!;
      known.left = names.length;
      return { waitMs: pauseMs };
    },
    refused(job) {
      const known = tries.get(job)!;
      known.at++;
      known.left--;
    },
    ran: () => {},
    lost: () => {},
  };
}
