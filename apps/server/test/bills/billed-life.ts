import { billing, ledger, type PlacedRecord } from '@neb/billing';
import { deliver, deliveryStatus, openmeter } from '@neb/billing/openmeter';
import { type OpenmeterFake, openmeterFake } from '@neb/billing/testing';
import { type Attempt, fraction, type RouteFact, timestamp } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import type { Kysely } from 'kysely';
import { runFeed, usageObjects } from '../../src/billing/run-feed.ts';
import type { Mortal } from '../crashes/mortal.ts';
import { plane } from '../crashes/plane.ts';
import { unrest } from '../crashes/wrongs.ts';
import type { BilledPlan } from './billed-plan.ts';
import { door } from './door.ts';
import type { MortalDatabase } from './mortal-database.ts';
import { openmeterFaults } from './openmeter-faults.ts';
import { type ServerClock, serverClock } from './server-clock.ts';
import { type Truth, witness } from './truth.ts';

/** A stretch of true time in which no process of the control plane was there. */
export interface Down {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a life left behind, to be judged. */
export interface BilledLife {
  readonly plan: BilledPlan;
  readonly truths: readonly Truth[];
  readonly attempts: readonly Attempt[];
  readonly records: readonly PlacedRecord[];
  readonly counted: readonly RouteFact[];
  readonly openmeter: OpenmeterFake;
  readonly db: Kysely<unknown>;
  readonly downs: readonly Down[];
  readonly deaths: number;
  /** Why it did not come to rest, where it did not. */
  readonly unrest: readonly string[];
}

/** As the server names itself to OpenMeter. */
export const source = 'neb/f';
const minute = 60_000;
/** So that hours pass in few steps: what nobody tells of is looked for so often. */
export const sweepMs = minute;
const periods = { periodMs: 10 * minute, settleMs: minute };
/** Until everything that was asked for is over, delivered and forgotten. */
const boundMs = 12 * 60 * minute;
const unreachableMs = 45_000;
const askAgainMs = 20_000;
/** Longer than whoever was refused an answer waits before the next try. */
const calmMs = 2 * minute;

/** Containers come and go for hours while their clouds, the server, its clock, its gateway and OpenMeter have their faults. */
export async function liveBilled(plan: BilledPlan, database: MortalDatabase): Promise<BilledLife> {
  const chance = seededRandom(plan.seed + 7);
  const deaths = [...plan.deaths];
  let clock!: ServerClock;
  await using world = await plane({
    ...plan, tuning: { sweepUnwatchedMs: sweepMs }, serverClock: (own) => (clock = serverClock(own)),
    beside(process) {
      const parts = { all: process, runs: process.part(), facts: process.part(), door: process.part(), delivery: process.part() };
      const death = deaths.shift();
      if (death) parts[death.of].condemn(death);
      const [db, book] = [database.of(parts.runs, parts.facts), database.of(parts.delivery)];
      const store = parts.runs.around(world.store);
      const client = openmeter({ url: 'http://openmeter', clock: process.clock, fetch: (...asked) => parts.delivery.step(() => fake.fetch(...asked)) });
      const { signal } = new AbortController();
      void billing({ db, runs: runFeed(store), doors: [gateway.feedOf(parts.door)], find: usageObjects(store), clock: process.clock, periods }).run({ signal });
      void deliver({ ledger: ledger(book), db: book, client, source, clock: process.clock, random: world.random, batch: { events: 20 } }, { signal });
    },
  });
  const beginMs = world.clock.now();
  await database.begin(world.clock, world.apart);
  const fake = openmeterFake({ clock: world.clock, fault: openmeterFaults(world.clock, beginMs + plan.awayAtMs, () => fraction(chance)) });
  await using gateway = await door(world.clock, world.apart);
  const { look, seen } = witness();
  const ids = plan.containers.map(({ id }) => id);
  const downs: Down[] = [];
  const deeds = deedsOf();
  let died = 0;
  let alive: Mortal | undefined;
  begin();
  let lookAgainMs = 0;
  let calmSince: number | undefined;
  let restless = ['it has not begun'] as readonly string[];

  while (world.clock.now() - beginMs < boundMs) {
    while (deeds[0] && deeds[0].atMs <= world.clock.now() - beginMs) await deeds.shift()!.does();
    await world.pass(deeds[0] ? deeds[0].atMs - (world.clock.now() - beginMs) : minute);
    look(world.clock.now(), world.bought());
    if (alive?.isDead()) await bury();
    if (deeds.length === 0 && world.clock.now() >= lookAgainMs) {
      lookAgainMs = world.clock.now() + calmMs / 4;
      restless = alive ? await isRestless() : ['nobody is there'];
      calmSince = restless.length > 0 ? undefined : (calmSince ?? world.clock.now());
      if (calmSince !== undefined && world.clock.now() - calmSince > calmMs) break;
    }
  }
  alive?.kill();
  const attempts = (await Promise.all(ids.map((id) => world.store.attempts(id)))).flat();
  const book = ledger(database.db);
  const records: PlacedRecord[] = [];
  for (let page = await book.since(0); page.length > 0; page = await book.since(page.at(-1)!.position)) records.push(...page);
  return { plan, truths: [...seen.values()], attempts, records, counted: gateway.kept, openmeter: fake, db: database.db, downs, deaths: died, unrest: restless };

  function begin(): void {
    alive = world.start();
  }

  async function bury(): Promise<void> {
    await database.bury();
    const { downMs } = plan.deaths[died++]!;
    const fromMs = world.clock.now();
    downs.push({ fromMs, toMs: fromMs + downMs });
    alive = undefined;
    deeds.push({ atMs: fromMs - beginMs + downMs, does: async () => begin() });
    deeds.sort((a, b) => a.atMs - b.atMs);
  }

  async function isRestless(): Promise<readonly string[]> {
    const containers = await world.containers(ids);
    const found = unrest(containers, world.bought());
    if (found.length > 0) return found;
    const { behind } = await deliveryStatus(database.db);
    return behind > 0 ? [`${behind} facts are not delivered`] : [];
  }

  function deedsOf(): { readonly atMs: number; readonly does: () => Promise<void> }[] {
    let told = 0;
    const facts = (many: number): RouteFact[] => Array.from({ length: many }, () => routeFact(told++, timestamp(world.clock.now())));
    const later = (afterMs: number, does: () => Promise<void>): void => {
      deeds.push({ atMs: world.clock.now() - beginMs + afterMs, does });
      deeds.sort((a, b) => a.atMs - b.atMs);
    };
    /** Suspends it if it runs, and then has it go on: asked again while the other is not done yet. */
    const rest = (id: string, forMs: number) => async (): Promise<void> => {
      if (await world.ask(id, 'suspend')) later(forMs, goOn(id));
    };
    const goOn = (id: string) => async (): Promise<void> => {
      if (await world.ask(id, 'resume')) later(askAgainMs, goOn(id));
    };
    const cut = (isCut: boolean) => async () => world.clouds.forEach((cloud) => cloud.cut?.(isCut));
    return [
      ...plan.containers.flatMap(({ id, atMs, deleteAtMs, spec }) => [{ atMs, does: () => world.create(id, spec) }, { atMs: deleteAtMs, does: () => world.remove(id) }]),
      ...plan.rests.map(({ id, atMs, forMs }) => ({ atMs, does: rest(id, forMs) })),
      ...plan.steps.map(({ atMs, byMs }) => ({ atMs, does: async () => clock.set(byMs) })),
      ...plan.counts.map(({ atMs, facts: many, dies }) => ({
        atMs, async does() {
          await gateway.count(facts(many));
          if (dies) await gateway.die(facts(many));
        },
      })),
      ...(plan.faultClass === 'unreachable machines' ? [{ atMs: 0, does: cut(true) }, { atMs: unreachableMs, does: cut(false) }] : []),
    ].sort((a, b) => a.atMs - b.atMs);
  }
}

/** Of a service that is forgotten by now; some cannot be counted, and some are priced to many places. */
function routeFact(number: number, at: string): RouteFact {
  const asks = { metric: 'response_value', currency: number % 3 === 0 ? 'EUR' : 'USD', cost: `0.0000000${number % 10}03` };
  return { key: `r${number}/0`, at, route: 's1', kind: 'Service', namespace: 'n', owner: number % 2 === 0 ? 'o' : 'p', caller: 'ann', meter: 0, asks, unit: 'token', value: `${number}.5` };
}
