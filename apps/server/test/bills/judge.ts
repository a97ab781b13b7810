import { ledger, type Rated, rateOf, totalAfter } from '@neb/billing';
import { billLines, verifyBill } from '@neb/billing/bill';
import { eventOf, metersOf, openmeter, syncOpenmeter } from '@neb/billing/openmeter';
import { ledgerSums, plainSum } from '@neb/billing/testing';
import { type Attempt, compareMoney, type Meter, timestamp, type UsageFact } from '@neb/core-types';
import { type BilledLife, source, sweepMs } from './billed-life.ts';
import { costly, costParts, type Part, workParts } from './stretches.ts';
import type { Stretch, Truth } from './truth.ts';

/** How long after it happened a look finds what nobody tells of at the latest: clouds have faults. */
const lookMs = sweepMs + 180_000;
/** How finely clouds tell the time in their answers. */
const toldMs = 1_000;

/** Whatever does not add up in a life; empty where everything does. */
export async function judged(life: BilledLife): Promise<readonly string[]> {
  return [...life.unrest, ...runsWrong(life), ...factsWrong(life), ...doorsWrong(life), ...(await deliveryWrong(life)), ...(await chainsWrong(life))];
}

/** Each attempt's times beside what really happened, and its lines beside its times. */
function runsWrong(life: BilledLife): readonly string[] {
  const wrongs: string[] = [];
  const owned = new Set<string>();
  for (const attempt of life.attempts) {
    const say = (text: string): void => void wrongs.push(`${attempt.key} (${attempt.platform}): ${text}: ${JSON.stringify(attempt)}`);
    const mine = life.truths.filter(({ key }) => key === attempt.key);
    const truth = mine.find(({ ref }) => ref === attempt.ref);
    if (truth) owned.add(truth.ref);
    else if (mine.length > 0) say('what was bought for it is not known to be');
    if (truth) timesWrong(life, attempt, truth).forEach(say);
    sumsWrong(life, attempt, truth).forEach(say);
  }
  // What a cloud makes twice of one request is taken away, and is nobody's.
  if (life.plan.faultClass !== 'duplicate') for (const { ref } of life.truths) if (!owned.has(ref)) wrongs.push(`${ref} is no attempt's`);
  return wrongs;
}

function timesWrong(life: BilledLife, attempt: Attempt, { cost, work }: Truth): readonly string[] {
  const { started_at: started, ended_at: ended, exit_code: exitCode, platform } = attempt;
  const isTold = platform === 'aws' && exitCode !== undefined;
  return [
    // What nobody asks for is nobody's business, wherever it was: suspended, or over.
    ...stretchesWrong(life, 'is paid for', { is: costly(costParts(attempt)), truth: cost }),
    ...(started === undefined ? [] : stretchesWrong(life, 'works', { is: workParts(attempt), truth: work })),
    ...(started !== undefined && isTold && ended !== told(work.at(-1)?.toMs) ? [`works until ${told(work.at(-1)?.toMs)}`] : []),
  ];
}

/** Each beginning and end beside what really happened: the first beginning is told, all else is seen. */
function stretchesWrong(life: BilledLife, what: string, { is, truth }: { readonly is: readonly Part[]; readonly truth: readonly Stretch[] }): readonly string[] {
  const real = truth.filter(({ fromMs, toMs }) => fromMs !== toMs);
  if (is.length !== real.length) return [`${what} ${real.map(({ fromMs, toMs }) => `from ${told(fromMs)} to ${told(toMs)}`).join(', ') || 'never'}`];
  return is.flatMap((part, nth) => {
    const { fromMs, toMs } = real[nth]!;
    const begins = nth === 0 ? told(part.fromMs) === told(fromMs) : isSeen(life, fromMs, timestamp(part.fromMs));
    return [...(begins ? [] : [`${what} from ${told(fromMs)}`]), ...(isSeen(life, toMs, timestamp(part.toMs)) ? [] : [`${what} until ${told(toMs)}`])];
  });
}

const told = (ms: number | undefined): string => (ms === undefined ? 'never' : timestamp(ms));

/** Whether `at` lies between when it happened and when a look finds it at the latest: later, where nobody was there to look. */
function isSeen({ downs }: BilledLife, happenedMs: number | undefined, at: string | undefined): boolean {
  if (happenedMs === undefined || at === undefined) return false;
  let latestMs = happenedMs + lookMs;
  for (const { fromMs, toMs } of downs) if (fromMs < latestMs && toMs > happenedMs) latestMs = Math.max(latestMs, toMs + lookMs);
  return Date.parse(at) >= happenedMs - toldMs && Date.parse(at) <= latestMs;
}

function sumsWrong({ records, plan }: BilledLife, attempt: Attempt, truth: Truth | undefined): readonly string[] {
  const mine = records.map(({ fact }) => fact).filter(({ id }) => id.startsWith(`${attempt.key}/`));
  const platform = mine.filter(({ kind }) => kind === 'platform');
  const { meters } = plan.containers.find(({ id }) => attempt.key.startsWith(`${id}-`))!.spec as { readonly meters: readonly Meter[] };
  // What is not known to have been bought costs nothing.
  const paid = truth ? costParts(attempt) : [];
  const worked = workParts(attempt);
  const priceOf = ({ price }: Part): string => (compareMoney(price, '0') === 0 ? '0' : (truth?.perHour ?? price));
  const lasted = (parts: readonly Part[]): number => parts.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  return [
    ...sumWrong('platform', platform, { ms: lasted(paid), amount: '0', cost: plainSum(paid.map((part) => totalAfter({ currency: 'USD', price: priceOf(part), unit: 'hour' }, part.toMs - part.fromMs, 'up').amount)) }),
    ...meters.flatMap((meter, nth) => {
      const asked = worked.flatMap((part) => {
        const rated: Rated = rateOf(meter, priceOf(part));
        return 'rate' in rated ? [totalAfter(rated.rate, part.toMs - part.fromMs).amount] : [];
      });
      return sumWrong(`runtime/${nth}`, mine.filter(({ id }) => id.startsWith(`${attempt.key}/runtime/${nth}/`)), { ms: lasted(worked), amount: plainSum(asked), cost: '0' });
    }),
    ...(mine.length > platform.length + mine.filter(({ kind }) => kind === 'runtime').length ? ['has lines of another kind'] : []),
  ];
}

function sumWrong(name: string, facts: readonly UsageFact[], { ms, amount, cost }: { readonly ms: number; readonly amount: string; readonly cost: string }): readonly string[] {
  const is = { quantity: plainSum(facts.map(({ quantity }) => quantity)), amount: plainSum(facts.map((one) => one.amount)), cost: plainSum(facts.map((one) => one.cost)) };
  const should = { quantity: plainSum([`${ms}e-3`]), amount, cost };
  return JSON.stringify(is) === JSON.stringify(should) ? [] : [`${name} comes to ${JSON.stringify(is)} and not ${JSON.stringify(should)}`];
}

function factsWrong({ records, attempts }: BilledLife): readonly string[] {
  const ids = records.map(({ fact }) => fact.id);
  const keys = new Set(attempts.map(({ key }) => key));
  return [
    ...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `${id} is there twice`),
    ...records.filter(({ position }, at) => position !== at + 1).map(({ position }) => `position ${position} is out of order`),
    ...ids.filter((id) => !id.startsWith('gateway/') && !keys.has(id.split('/')[0]!)).map((id) => `${id} is of nothing`),
  ];
}

function doorsWrong({ records, counted }: BilledLife): readonly string[] {
  const there = new Map(records.filter(({ fact }) => fact.kind === 'gateway').map(({ fact }) => [fact.id, fact]));
  const should = new Map(counted.map((fact) => [`gateway/${fact.key}`, fact]));
  return [
    ...[...should].filter(([id, { value, asks }]) => there.get(id)?.quantity !== value || there.get(id)?.currency !== asks?.currency).map(([id]) => `${id} was counted, and is ${JSON.stringify(there.get(id))}`),
    ...[...there.keys()].filter((id) => !should.has(id)).map((id) => `${id} was never said to be counted`),
  ];
}

/** OpenMeter has the ledger's events, each once, and the ledger's sums. */
async function deliveryWrong({ db, records, openmeter: fake }: BilledLife): Promise<readonly string[]> {
  const sent = records.flatMap(({ fact }) => eventOf(fact, source) ?? []);
  const [is, should] = [fake.events, sent].map((events) => [...events.values()].map((event) => JSON.stringify(event)).toSorted());
  const missing = should!.filter((event) => !is!.includes(event));
  const strange = is!.filter((event) => !should!.includes(event));
  const client = openmeter({ url: 'http://openmeter', fetch: fake.calmly });
  const book = ledger(db);
  await syncOpenmeter({ ledger: book, db, client, source });
  const metrics = [...new Set(sent.map(({ type }) => type))];
  const counted = (await Promise.all(metrics.flatMap(metersOf).map(async ({ slug, valueProperty }) =>
    (await client.query(slug, { groupBy: ['subject', valueProperty === '$.value' ? 'unit' : 'currency'] })).map(({ value, subject, groupBy }) => `${slug} ${subject} ${Object.values(groupBy).join()} ${value}`)))).flat();
  const { items } = await book.totals({ by: ['metric', 'owner'], quantities: true, limit: 10_000 });
  const sums = ledgerSums(items.filter(({ metric }) => metric !== 'platform'));
  const added = factSums(records.map(({ fact }) => fact));
  return [
    ...missing.map((event) => `OpenMeter lacks ${event}`), ...strange.map((event) => `OpenMeter has ${event}`), ...fake.breaches,
    ...differing(['OpenMeter', counted], ['the ledger', sums]), ...differing(['the ledger', sums], ['its lines', added]),
  ];
}

/** The ledger's lines, added up one by one. */
function factSums(facts: readonly UsageFact[]): string[] {
  const own = facts.filter(({ kind }) => kind !== 'platform');
  return ledgerSums(own.map(({ metric, owner, ...rest }) => ({ ...rest, by: { metric, owner } })));
}

type Said = readonly [who: string, what: readonly string[]];

function differing([a, is]: Said, [b, should]: Said): readonly string[] {
  return [...is.filter((one) => !should.includes(one)).map((one) => `${a} says ${one}, and ${b} does not`), ...should.filter((one) => !is.includes(one)).map((one) => `${b} says ${one}, and ${a} does not`)];
}

/** Every owner's chain, as a bill that anybody can check. */
async function chainsWrong({ db, records }: BilledLife): Promise<readonly string[]> {
  const book = ledger(db);
  const owners = [...new Set(records.map(({ fact }) => fact.owner))];
  const time = { since: '2000-01-01T00:00:00.000Z', until: '2100-01-01T00:00:00.000Z' };
  return (await Promise.all(owners.map(async (owner) => {
    const { after } = await book.stretch(owner, time);
    const verdict = await verifyBill(billLines({ owner, ...time, made_at: time.until, after }, book.records(owner)), { end: (await book.end(owner)).hash });
    return verdict.ok ? [] : verdict.problems.map(({ message }) => message);
  }))).flat();
}
