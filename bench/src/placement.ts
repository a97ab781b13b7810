import { accelerators, type ContainerSpec, containerSpec, type Offer, systemClock, systemRandom, timestamp } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { experience, type Known, type Market, newContainerStatus, plan, type Resource } from '@neb/scheduler';
import { kyselyStore, migrate, namedQueries, signals } from '@neb/scheduler/kysely';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { startDatabase } from './database.ts';
import type { Figure } from './statistics.ts';

const nodes = 5_000;
const containers = 10_000;
const concurrency = 32;
const kinds = ['A100_SXM', 'H100_SXM', 'L4', 'T4', 'A10G', 'L40S', 'V100', 'RTX_4090'].filter((name) => Object.hasOwn(accelerators, name));
const floors = 'kube-scheduler: 680 to 1,100/s plain, 180/s with GPU-like resources, on other hardware';

/** (h) where to run: 10,000 containers with accelerator constraints among the offers of 5,000 nodes, decided alone and with each decision committed. */
export async function placement(): Promise<readonly Figure[]> {
  const draw = drawing(1);
  const markets = marketsOf(draw);
  const specs = Array.from({ length: containers }, () => specOf(draw));
  const known = knowing(markets);
  const start = performance.now();
  const taken = specs.filter((spec) => plan(spec, markets, known).do === 'take').length;
  const perSecond = (containers / (performance.now() - start)) * 1_000;
  const committed = await committing(specs, { markets, known });
  return [
    { what: `decisions in memory, ${nodes} offers (${taken} of ${containers} placed)`, ours: `${perSecond.toFixed(0)}/s`, floor: floors, target: '≥ 2,000/s', met: perSecond >= 2_000 },
    { what: 'decisions, each committed by PostgreSQL', ours: `${committed.toFixed(0)}/s`, floor: floors, target: '≥ 500/s', met: committed >= 500 },
  ];
}

type Draw = <T>(from: readonly T[]) => T;

function drawing(seed: number): Draw {
  const bytes = seededRandom(seed);
  return (from) => from[Buffer.from(bytes(4)).readUInt32LE() % from.length]!;
}

function marketsOf(draw: Draw): readonly Market[] {
  const offers = Array.from({ length: nodes }, (_, n): Offer => {
    const count = draw([1, 2, 4, 8]);
    return {
      id: `node-${n}`, region: `r${n % 20}`, accelerator: { name: draw(kinds), count }, cpus: 8 * count, memoryGiB: 64 * count,
      pricePerHour: String(count * draw([0.4, 0.9, 1.3, 2.2, 3.1])), spot: draw([true, false]), available: draw(['yes', 'yes', 'unknown', 'no']),
    };
  });
  return ['one', 'two', 'three', 'four', 'five'].map((platform, n) => ({ platform, offers: offers.filter((_, at) => at % 5 === n) }));
}

function specOf(draw: Draw): ContainerSpec {
  return containerSpec.parse({
    image: 'x', accelerators: [`${draw([1, 2, 4])}:${draw(kinds)}`, `${draw([1, 2])}:${draw(kinds)}`],
    resources: { min_cpu: draw([1, 8, 16]), min_memory: draw([8, 64, 128]) },
    ...(draw([true, false]) && { region: `r${draw([0, 5, 10, 15])}` }), ...(draw([true, false]) && { max_price: draw([2, 8, 20]) }),
  });
}

/** What a server knows that has worked for a while: a tenth of the pools refused something. */
function knowing(markets: readonly Market[]): Known {
  const now = Date.now();
  const learnt = experience({ firstMs: 2_000, maxMs: 300_000 });
  for (const { platform, offers } of markets) {
    for (const { region, spot, accelerator } of offers.filter((_, n) => n % 10 === 0)) learnt.note({ platform, region, accelerator: `${accelerator!.count}:${accelerator!.name}`, spot }, { how: 'refused' }, now - 60_000);
  }
  return { now, standing: (pool) => learnt.standing(pool, now) };
}

async function committing(specs: readonly ContainerSpec[], { markets, known }: { readonly markets: readonly Market[]; readonly known: Known }): Promise<number> {
  await using database = await startDatabase();
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: namedQueries(new pg.Pool({ connectionString: database.url, max: 8 })) }) });
  await migrate(db);
  const heard = await signals({ id: 'bench' });
  const kept = kyselyStore(db, { clock: systemClock, random: systemRandom, signals: heard });
  let next = 0;
  const start = performance.now();
  await Promise.all(Array.from({ length: concurrency }, async () => {
    for (let n = next++; n < specs.length; n = next++) {
      const chosen = plan(specs[n]!, markets, known);
      await kept.commit([{ do: 'put', resource: placed(n, specs[n]!, chosen.do === 'take' ? `${chosen.platform}/${chosen.offer.id}` : chosen.message) }]);
    }
  }));
  const perSecond = (specs.length / (performance.now() - start)) * 1_000;
  await heard[Symbol.asyncDispose]();
  await db.destroy();
  return perSecond;
}

function placed(n: number, spec: ContainerSpec, message: string): Resource<'Container'> {
  const now = timestamp(systemClock.now());
  return {
    kind: 'Container', id: `c${n}`, name: `c${n}`, namespace: 'bench', owner: 'bench', labels: {}, seq: 0, version: 0, generation: 1,
    spec, status: { ...newContainerStatus, message }, finalizers: [], createdBy: 'bench', createdAt: now, updatedAt: now,
  };
}
