import { costOf, errorCodes, isNebError, parseMoney } from '@neb/core-types';
import { describe, expect, test } from 'vitest';
import { type Life, live, root } from './life.ts';

const l4 = 'NVIDIA L4';
/** A look comes when it is due; where the server dies then, another's comes when its lease is over. */
const tickMs = 30_000;
const minute = 60_000;

const budget = (more: object = {}): object => ({ kind: 'Budget', metadata: { name: 'purse', namespace: 'shop' }, limits: { total: 1 }, ...more });
const container = (name: string, more: object = {}): object => ({ kind: 'Container', metadata: { name, namespace: 'shop' }, image: 'x', platform: 'runpod', accelerators: ['1:L4'], ...more });
const write = (life: Life, ...manifests: readonly object[]) => life.api.apply(root, { manifests, mode: 'apply' });
const nanos = (text: string | undefined): number => Number(parseMoney(text ?? 'none'));

async function eventsOf(life: Life, objectId: string): Promise<readonly string[]> {
  return (await life.store.events({ objectId, limit: 100 })).items.map(({ reason }) => reason);
}

describe('a hard budget of $1 on a simulated machine of $3 an hour', () => {
  test.each([['whole', true], ['far behind', false]])('stops it within the bound and says so, where the ledger is %s', async (_, withLedger) => {
    await using life = await live({ withLedger });
    life.cloud.catalogue.setPrice(l4, 3);
    await write(life, budget(), container('job'));
    await life.until(async () => (await life.container('job')).status.status === 'running', minute);
    const began = Date.parse((await life.container('job')).status.attempt!.intended_at);
    await life.until(async () => (await life.container('job')).status.status === 'stopped', 30 * minute);
    const { id, status } = await life.container('job');

    const ranMs = Date.parse(status.attempt!.ended_at!) - began;
    expect(ranMs).toBeGreaterThanOrEqual(20 * minute - tickMs);
    expect(nanos(costOf('3', ranMs)) - 1e9).toBeLessThanOrEqual(nanos(costOf('3', tickMs)));
    expect(life.cloud.pods().filter(({ status: word }) => word === 'RUNNING')).toEqual([]);
    expect(status).toMatchObject({ status: 'stopped', reason: 'BudgetReached', message: expect.stringMatching(/^budget shop\/purse: \$1 of \$1 is spent in all, at \$3\/h$/) });
    expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'WithinBudget', status: 'false', reason: 'BudgetReached' }));
    expect(await eventsOf(life, id)).toContain('BudgetReached');

    await life.pass(5_000);
    const purse = await life.budget('purse');
    expect(purse.status).toMatchObject({ status: 'stop', step: 'stop', since: expect.any(String), per: 'total', rate: '0', limit: '1' });
    expect(nanos(purse.status.spent)).toBe(nanos(costOf('3', ranMs)));
    expect((await eventsOf(life, purse.id)).filter((reason) => reason.startsWith('Budget'))).toEqual(['BudgetStops', 'BudgetWarning']);
    if (withLedger) expect((await life.book.totals()).items[0]?.cost).toBe(costOf('3', ranMs));

    // And nothing that costs begins after it, which `neb create` ends with 6 for.
    const refused: unknown = await write(life, container('another')).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'quota', message: expect.stringContaining('budget shop/purse lets nothing start that costs: ') });
    expect(isNebError(refused) && errorCodes[refused.code].exit).toBe(6);
    expect(await life.store.find({ kind: 'Container', namespace: 'shop', name: 'another' })).toBeUndefined();
  // A database in memory takes its time to start on a machine that has much to do.
  }, 240_000);

  test('stops it within the bound where servers die at the moment that it is reached', async () => {
    await using life = await live();
    life.cloud.catalogue.setPrice(l4, 3);
    await write(life, budget(), container('job'));
    await life.until(async () => (await life.container('job')).status.status === 'running', minute);
    const began = Date.parse((await life.container('job')).status.attempt!.intended_at);
    await life.until(async () => life.clock.now() - began >= 20 * minute - 5, 25 * minute);
    for (let deaths = 0; deaths < 3; deaths++) {
      life.crash();
      await life.pass(4);
    }
    await life.until(async () => (await life.container('job')).status.status === 'stopped', 5 * minute);
    const ranMs = Date.parse((await life.container('job')).status.attempt!.ended_at!) - began;
    expect(nanos(costOf('3', ranMs)) - 1e9).toBeLessThanOrEqual(nanos(costOf('3', tickMs)));
  }, 60_000);
});

describe('admission', () => {
  test('lets no more begin than can be paid for until the horizon, however many are asked for at once', async () => {
    await using life = await live();
    life.cloud.catalogue.setPrice(l4, 3);
    await write(life, budget());
    // Each has to be paid for 10 minutes ahead: 50 cents.
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => write(life, container(`c${n}`))));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'quota', message: expect.stringContaining('budget shop/purse does not allow it: at most $6/h can be paid for, $6/h of it is taken, and this asks for $3/h') });
    await life.pass(minute);
    expect(life.cloud.pods()).toHaveLength(2);
  }, 60_000);

  test('holds what is to run again until the next period, and what costs nothing is not its business', async () => {
    await using life = await live({ startMs: Date.parse('2026-11-10T08:30:00Z') });
    life.cloud.catalogue.setPrice(l4, 3);
    await write(life, budget({ limits: { hour: 1 } }), container('kept', { restart: 'Always' }));
    await life.until(async () => (await life.container('kept')).status.reason === 'BudgetReached' && (await life.container('kept')).status.status === 'pending', 40 * minute);
    expect(life.clock.now()).toBeLessThan(Date.parse('2026-11-10T08:55:00Z'));
    await life.pass(minute);
    expect((await life.container('kept')).status).toMatchObject({ status: 'pending', reason: 'BudgetReached' });
    await life.until(async () => (await life.container('kept')).status.status === 'running', 20 * minute);
    expect(life.clock.now() - Date.parse('2026-11-10T09:00:00Z')).toBeLessThan(2 * minute);
    expect((await life.budget('purse')).status).toMatchObject({ status: 'within' });
    expect(await eventsOf(life, (await life.budget('purse')).id)).toContain('BudgetEased');
    expect((await life.container('kept')).status.conditions).toContainEqual(expect.objectContaining({ type: 'WithinBudget', status: 'true' }));
  }, 60_000);

  test('goes on when the limit is raised, and when the budget goes', async () => {
    await using life = await live();
    life.cloud.catalogue.setPrice(l4, 3);
    await write(life, budget(), container('kept', { restart: 'Always' }));
    const held = async (): Promise<boolean> => (await life.container('kept')).status.reason === 'BudgetReached' && (await life.container('kept')).status.status === 'pending';
    await life.until(held, 30 * minute);
    await write(life, budget({ limits: { total: 2 } }));
    await life.until(async () => (await life.container('kept')).status.status === 'running', minute);
    await life.until(held, 30 * minute);
    await life.api.budgets.delete(root, { namespace: 'shop', name: 'purse' });
    await life.until(async () => (await life.container('kept')).status.status === 'running', minute);
  }, 60_000);
});

test('the lowest priority goes first, and a step can be for the low ones alone', async () => {
  await using life = await live();
  life.cloud.catalogue.setPrice(l4, 3);
  await write(life, budget({ limits: { total: 4 }, steps: [{ at: '50%', do: 'stop', below: 5 }, { at: '100%', do: 'stop' }] }), container('low'), container('high', { priority: 10 }));
  await life.until(async () => (await life.container('low')).status.status === 'stopped', 30 * minute);
  expect((await life.container('high')).status.status).toBe('running');
  expect((await life.budget('purse')).status.status).toBe('stop');
  await life.until(async () => (await life.container('high')).status.status === 'stopped', 60 * minute);
  expect((await life.budget('purse')).status).toMatchObject({ per: 'total' });
}, 60_000);

test('what can be put aside is, where a step says so, and does not go on before the budget allows it', async () => {
  // Whoever writes the ledger has not seen it run.
  await using life = await live();
  life.cloud.catalogue.setPrice(l4, 3);
  await write(life, budget({ steps: [{ at: '50%', do: 'suspend' }, { at: '100%', do: 'stop' }] }), container('kept', { restart: 'Always' }));
  await life.until(async () => (await life.container('kept')).status.status === 'paused', 30 * minute);
  const { status, id } = await life.container('kept');
  expect(status).toMatchObject({ restart_count: 0, suspended: { keeps: 'disk' } });
  expect(await eventsOf(life, id)).toEqual(expect.arrayContaining(['BudgetReached', 'Suspended']));
  await life.pass(10 * minute);
  expect((await life.container('kept')).status.status).toBe('paused');
  // What it cost while it ran is spent, though it costs nothing now.
  const { spent, rate } = (await life.budget('purse')).status;
  expect([rate, nanos(spent) >= 5e8 && nanos(spent) < 6e8]).toEqual(['0', true]);
  await expect(life.api.aside.resume(root, { namespace: 'shop', name: 'kept' })).rejects.toMatchObject({ code: 'quota' });
  await write(life, budget({ limits: { total: 3 }, steps: [{ at: '50%', do: 'suspend' }, { at: '100%', do: 'stop' }] }));
  await life.pass(minute);
  await life.api.aside.resume(root, { namespace: 'shop', name: 'kept' });
  await life.until(async () => (await life.container('kept')).status.status === 'running', 5 * minute);
}, 240_000);

test('a budget of all that an owner has counts every namespace, a soft one only tells, and one at rest costs nothing', async () => {
  await using life = await live();
  life.cloud.catalogue.setPrice(l4, 3);
  const elsewhere = { kind: 'Container', metadata: { name: 'far', namespace: 'elsewhere' }, image: 'x', platform: 'runpod', accelerators: ['1:L4'] };
  await write(life, budget({ scope: 'owner', soft: true, limits: { day: 1 } }), container('near'), elsewhere);
  await life.until(async () => (await life.budget('purse')).status.status === 'stop', 20 * minute);
  expect([(await life.container('near')).status.status, (await life.container('far', 'elsewhere')).status.status]).toEqual(['running', 'running']);
  expect((await life.budget('purse')).status.rate).toBe('6');
  await life.api.containers.delete(root, { namespace: 'shop', name: 'near' });
  await life.api.containers.delete(root, { namespace: 'elsewhere', name: 'far' });
  await life.pass(2 * minute);
  expect((await life.budget('purse')).status.rate).toBe('0');
  const { version } = await life.budget('purse');
  await life.pass(60 * minute);
  expect((await life.budget('purse')).version).toBe(version);
}, 60_000);
