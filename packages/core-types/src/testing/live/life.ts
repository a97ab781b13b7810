import assert from 'node:assert/strict';
import type { Clock } from '../../clock.ts';
import { isNebError, messageOf } from '../../errors.ts';
import { compareMoney } from '../../money.ts';
import type { Offer } from '../../offer.ts';
import { collect } from '../../paginate.ts';
import type { Call, Instance } from '../../provider.ts';
import { newId } from '../../random.ts';
import { outputOf } from '../conformance/steps.ts';
import { affordable, type Budget, costAtMost } from './budget.ts';
import type { LiveRun, LiveSubject } from './subject.ts';
import { sweep } from './sweep.ts';
import { within } from './within.ts';

/** What a live run did. */
export interface LiveReport {
  readonly offer: Offer;
  /** What it has cost at the very most: US dollars as a decimal string. */
  readonly costAtMost: string;
  /** How many instances were found before it and after it; after it there should be none. */
  readonly swept: { readonly before: number; readonly after: number };
}

/** For how long nothing may have shown up after a run: longer than any list lags and any answer takes. */
const quietMs = 90_000;
const pollMs = 5_000;
const longestPauseMs = 30_000;

/**
 * One instance from its offer to its end: sweep, the cheapest offer within the budget, create (twice, with one key), running,
 * logs, exec where offered, delete, gone. Nothing is bought whose price for the whole time would pass `maxUsd`. Once the
 * time is over, and after whatever fails, the fleet is swept; where that fails too, both are told.
 */
export async function liveLife(subject: LiveSubject, run: LiveRun): Promise<LiveReport> {
  const { clock, maxUsd } = run;
  const budget = { maxUsd, extrasPerHour: subject.extrasPerHour, ms: subject.lifeMs + subject.sweepMs };
  const before = await sweep(subject, run);
  let offer: Offer | undefined;
  let failure: { readonly error: unknown } | undefined;
  try {
    offer = await within({ clock, ms: subject.lifeMs, what: 'the life of the instance' }, (signal) => life({ ...subject, ...run, budget, call: { signal } }));
  } catch (error) {
    failure = { error };
    run.say(`it failed: ${messageOf(error)}`);
  }
  const after = await sweep(subject, run, quietMs).catch((error: unknown) => {
    throw failure ? new AggregateError([failure.error, error], `${messageOf(failure.error)}; and then ${messageOf(error)}`) : error;
  });
  if (failure) throw failure.error;
  return { offer: offer!, costAtMost: costAtMost(offer!.pricePerHour, budget), swept: { before, after } };
}

type Life = LiveSubject & LiveRun & { readonly budget: Budget; readonly call: Call & { readonly signal: AbortSignal } };

async function life(one: Life): Promise<Offer> {
  const { provider, fleet, spec, random, say, call } = one;
  assert.equal(await provider.readiness?.(call), undefined, `${provider.name} is not ready`);
  const offers = affordable(await patiently(one, () => collect(provider.offers({ spot: false }, call))), one.budget);
  const key = `live-${newId(random)}`;
  const { offer, instance: { ref } } = await bought(one, offers, key);
  assert.equal((await patiently(one, () => provider.create({ key, fleet, offer, spec }, call))).ref, ref, 'a second create with the same key is the same instance');
  const listed = await patiently(one, () => collect(provider.list({ fleet }, call)));
  assert.deepEqual(listed.map((instance) => instance.ref), [ref], 'the fleet is this one instance');

  const running = await reached(one, async () => {
    const seen = await provider.inspect(ref, call);
    assert.ok(seen, 'it went away before it ran');
    assert.ok(!['failed', 'exited', 'suspended'].includes(seen.state), `it is ${seen.state} before it ran: ${seen.failure?.message ?? seen.reason ?? 'nobody says why'}`);
    return seen.state === 'running' && seen;
  });
  say(`${ref} is running`);
  assertPrice(running, one);
  await logged(one, running);
  await executed(one, running);

  await patiently(one, () => provider.delete(ref, { graceMs: 1_000 }, call));
  await reached(one, async () => (await provider.inspect(ref, call)) === undefined);
  say(`${ref} is gone`);
  return offer;
}

/** The first of the offers that is to be had. */
async function bought(one: Life, offers: readonly Offer[], key: string): Promise<{ readonly offer: Offer; readonly instance: Instance }> {
  const { provider, fleet, spec, budget, call, say } = one;
  for (const offer of offers) {
    say(`buying ${offer.id} at $${offer.pricePerHour} an hour, at most $${costAtMost(offer.pricePerHour, budget)} in all`);
    try {
      const instance = await patiently(one, () => provider.create({ key, fleet, offer, spec }, call));
      assert.equal(instance.key, key);
      assertPrice(instance, one);
      return { offer, instance };
    } catch (error) {
      if (!isNebError(error, 'no_capacity')) throw error;
      say(`${offer.id}: ${error.message}`);
    }
  }
  throw new Error(`none of ${offers.length} offers within the budget is to be had`);
}

/** Clouds change prices, and charge other ones than they show. */
function assertPrice({ pricePerHour }: Instance, { budget }: Life): void {
  if (pricePerHour === undefined) return;
  const cost = costAtMost(pricePerHour, budget);
  assert.ok(compareMoney(cost, budget.maxUsd) <= 0, `it costs $${pricePerHour} an hour, and so up to $${cost} in all: more than $${budget.maxUsd}`);
}

async function logged(one: Life, { ref }: Instance): Promise<void> {
  const { provider: { logs }, says, call, say } = one;
  if (!logs) return say('no logs here');
  await reached(one, async () => (await collect(logs(ref, {}, call))).some(({ text }) => text.includes(says)));
  say(`its log says "${says}"`);
}

async function executed(one: Life, { ref }: Instance): Promise<void> {
  const { provider: { exec }, call, say } = one;
  if (!exec) return say('no exec here');
  await using session = await patiently(one, () => exec(ref, { command: ['echo', 'over there'] }, call));
  assert.match(await outputOf(session), /over there/);
  assert.equal(await session.exit, 0);
  say('a command ran in it');
}

/** What `look` finds, once it is neither false nor nothing. */
async function reached<T>(one: Life, look: () => Promise<T | false | undefined>): Promise<T> {
  for (;;) {
    const found = await patiently(one, look);
    if (found !== false && found !== undefined) return found;
    await pause(one, pollMs);
  }
}

/** What may be mended by trying again is tried again, until the time is over. That something is sold out is not. */
async function patiently<T>(one: Pick<Life, 'clock' | 'call' | 'say'>, work: () => Promise<T>): Promise<T> {
  let told = '';
  for (;;) {
    one.call.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      one.call.signal.throwIfAborted();
      if (!isNebError(error) || !error.retryable || error.code === 'no_capacity' || error.code === 'quota') throw error;
      if (error.message !== told) one.say(`again, since ${error.message}`);
      told = error.message;
      await pause(one, Math.min(error.retryAfterMs ?? pollMs, longestPauseMs));
    }
  }
}

async function pause({ clock, call: { signal } }: { readonly clock: Clock; readonly call: { readonly signal: AbortSignal } }, ms: number): Promise<void> {
  await clock.sleep(ms, signal);
  signal.throwIfAborted();
}
