import { type Attempt, budgetReached, type ErrorCode, type Failure, type Instance, isNebError, messageWithHint, type Offer, type Provider, timestamp } from '@neb/core-types';
import { type Choice, plan, poolOf } from '../placement/plan.ts';
import type { Resource } from '../store.ts';
import { tell } from '../tell.ts';
import { goOn, originOf } from './begin.ts';
import { type SnapshotWanted, snapshotWanted, whereFits } from './fitting.ts';
import { launchFingerprint } from './fingerprint.ts';
import { launchSpec, withAccelerator } from './launch-spec.ts';
import { maskerOf, withoutSecrets } from './masking.ts';
import { afterEnd } from './outcome.ts';
import { told } from './told.ts';
import { isElsewhere, isForGood, isOfAccount, type Refused, refusedToo, sinceClosed, sinceRefused } from './refusals.ts';
import { retryTimeLeft } from './retries.ts';
import { attemptAt, offerOf } from './offer-of.ts';
import { type Scene, write } from './scene.ts';
import { secretNames } from './secret-names.ts';
import { blocked, type Obstacle, stalled, stallMs, unlaunchable } from './stall.ts';
import { keepsTurn, mayStart } from './turn.ts';
import { changes, isStalled, judged, notStalled, patched, patchedAttempt, providerFinalizer, type Verdict, withinBudget } from './verdict.ts';

/** An instance. Only where `sure` does its absence mean that there is none. */
export interface Sight {
  readonly seen: Instance | undefined;
  readonly sure: boolean;
}

/** What a step left behind: a container to decide on again, with its instance where that is news, or a time to rest. */
export type Move =
  | { readonly container: Resource<'Container'>; readonly sight?: Sight }
  | { readonly restMs: number | undefined };

const savingMs = 1_000;

/** Whoever changes what a budget allows wakes those that wait for it; this is for what was missed. */
const budgetWaitMs = 300_000;

/** After these the platform may have acted or may act yet: the same attempt is asked for again. After any other nothing was made. */
const askAgain: readonly ErrorCode[] = ['uncertain', 'unavailable', 'timeout', 'rate_limited', 'internal'];

/** Starts a new attempt: its turn, a place, the intent in one commit, and only then the platform. */
export async function launch(scene: Scene, container: Resource<'Container'>, signal: AbortSignal): Promise<Move> {
  const { world, markets, experience } = scene;
  const { store, clock } = world;
  if (!(await mayStart(store, container))) return await waitTurn(scene, container, signal);

  const prepared = await launchSpec(container, { secrets: world.secrets, defaults: world.launch, now: clock.now() });
  if (prepared.do !== 'launch') return await hindered(prepared);
  const wanted = await snapshotWanted(scene, container);
  if (wanted.do === 'wait' || wanted.do === 'fail') return await hindered({ ...wanted, ...(wanted.do === 'wait' && { afterMs: savingMs }) });
  const offered = await markets.look(container.spec, prepared.spec, { signal, isPatient: isStalled(container.status) });
  const fitting = wanted.do === 'go' ? await whereFits(scene, { markets: offered, origin: wanted.origin }, signal) : offered;
  const now = clock.now();
  // Nothing may come between here and `take`: of many that wait only one is to find it open again.
  const found = sinceClosed(sinceRefused(fitting, container.status, now), experience, now);
  const chosen = plan(container.spec, found, { now, standing: (pool) => experience.standing(pool, now) });
  signal.throwIfAborted();
  if (chosen.do === 'wait') return await hindered({ ...chosen, afterMs: chosen.afterMs ?? waitMs(container, chosen.reason) });
  if (chosen.do === 'fail') return await hindered(chosen);
  experience.take(poolOf(chosen), now);

  let intended: Resource<'Container'>;
  try {
    const { changes: bounds, reserved } = (await world.budgets?.reserve(container, chosen.offer.pricePerHour)) ?? { changes: [], reserved: container.status.reserved };
    intended = await write(scene, { container, verdict: intent(container, { chosen, wanted, reserved }, clock.now()), bounds }, signal);
  } catch (error) {
    if (!isNebError(error, 'quota') || error.details?.budget === undefined) throw error;
    return await hindered({ do: 'wait', reason: budgetReached, message: error.message, afterMs: budgetWaitMs });
  }
  const provider = scene.provider(chosen.platform)!;
  const spec = withAccelerator(prepared.spec, chosen.accelerator);
  return await create(scene, { container: intended, provider, request: { offer: chosen.offer, spec } }, signal);

  /** What platforms lack may be there the next moment; places take their time. */
  function waitMs({ status }: Resource<'Container'>, reason: string): number | undefined {
    return reason === 'NoCapacity' ? stallMs(status, { now, stall: scene.tuning.wait }) : undefined;
  }

  async function hindered({ afterMs, ...obstacle }: Obstacle & { readonly do: 'wait' | 'fail'; readonly afterMs?: number | undefined }): Promise<Move> {
    if (obstacle.do === 'wait') return await stall(scene, { container, obstacle, afterMs }, signal);
    return { container: await write(scene, { container, verdict: unlaunchable(container, obstacle, clock.now()) }, signal) };
  }
}

/** Rests until whoever ends before it wakes it. */
async function waitTurn(scene: Scene, container: Resource<'Container'>, signal: AbortSignal): Promise<Move> {
  const message = `waits for its turn in the queue "${container.spec.queue}"`;
  const conditions = judged(container, scene.world.clock.now(), ...notStalled(container));
  const verdict: Verdict = {
    status: patched(container.status, { status: 'queued', message, reason: 'Queued', conditions }),
    events: [tell(container, 'normal', ['Queued', message])],
  };
  if (changes(container, verdict)) await write(scene, { container, verdict }, signal);
  return { restMs: undefined };
}

/** Asks again for an attempt whose intent is written, after a crash or an answer that was lost. */
export async function askOnce(scene: Scene, { container, provider }: { container: Resource<'Container'>; provider: Provider }, signal: AbortSignal): Promise<Move> {
  const { world } = scene;
  const attempt = container.status.attempt!;
  const prepared = await launchSpec(container, { secrets: world.secrets, defaults: world.launch, now: world.clock.now() });
  if (prepared.do === 'wait') return await stall(scene, { container, obstacle: prepared }, signal);
  if (prepared.do === 'fail') return await failed(scene, { container, failure: { code: 'invalid', message: prepared.message } }, signal);
  // Where creates show late, the time of each must be known, so that none follows too soon.
  const asked = provider.traits.idempotency === 'native' ? container : await write(scene, { container, verdict: asking(container, attempt, world.clock.now()) }, signal);
  const offer = offerOf(attempt);
  return await create(scene, { container: asked, provider, request: { offer, spec: withAccelerator(prepared.spec, offer.accelerator) } }, signal);
}

/** Writes that something is in the way, if that is news, and rests before the next try. */
export async function stall(scene: Scene, { container, obstacle, afterMs }: { container: Resource<'Container'>; obstacle: Obstacle; afterMs?: number | undefined }, signal: AbortSignal): Promise<Move> {
  const now = scene.world.clock.now();
  const verdict = stalled(container, obstacle, now);
  const next = changes(container, verdict) ? await write(scene, { container, verdict }, signal) : container;
  return { restMs: Math.min(afterMs ?? stallMs(next.status, { now, stall: scene.tuning.stall }), Math.max(0, retryTimeLeft(next, now) ?? Infinity)) };
}

interface Asking {
  readonly container: Resource<'Container'>;
  readonly provider: Provider;
  readonly request: { readonly offer: Offer; readonly spec: Parameters<Provider['create']>[0]['spec'] };
}

async function create(scene: Scene, { container, provider, request }: Asking, signal: AbortSignal): Promise<Move> {
  const { world, refs, markets, experience } = scene;
  const attempt = container.status.attempt!;
  if (attempt.ref === undefined && !(await keepsTurn(world.store, container))) {
    const verdict = { status: patched(container.status, { attempt: patchedAttempt(attempt, { reason: 'Withdrawn', message: 'an older one of its queue goes first' }) }), events: [] };
    return { container: await write(scene, { container, verdict }, signal) };
  }
  const fleet = await scene.fleet();
  try {
    const whole = { key: attempt.key, fleet, ...request };
    const begun = attempt.snapshot ? await goOn(scene, { provider, request: whole, origin: await originOf(scene, attempt.snapshot) }, signal) : { instance: await provider.create(whole, { signal }) };
    if ('doneBytes' in begun) return await told(scene, { container, phase: 'shipping', ...begun }, signal);
    const seen = begun.instance;
    // Those of containers that other servers went on with would stay for ever.
    if (refs.size > 10_000) refs.clear();
    refs.set(attempt.key, seen.ref);
    return { container, sight: { seen: await withoutSecrets(seen, container, world.secrets), sure: true } };
  } catch (error) {
    const { obstacle, afterMs } = blocked(error, { platform: provider.name, signal });
    const mask = await maskerOf(container, world.secrets);
    const stuck = { obstacle: { ...obstacle, message: mask(obstacle.message) }, afterMs };
    const code = isNebError(error) ? error.code : 'internal';
    if (askAgain.includes(code)) return await stall(scene, { container, ...stuck }, signal);
    const now = world.clock.now();
    const message = mask(messageWithHint(error));
    const ofPlatform = isNebError(error) && isOfAccount(error);
    if (ofPlatform) experience.close(provider.name, message, now);
    else markets.forget(provider.name);
    const refused = isForGood(code) ? refusedToo(container.status, { platform: provider.name, message, now }) : undefined;
    const elsewhere = isElsewhere(container, { providers: world.providers, spec: request.spec, but: provider.name, now });
    return await failed(scene, { container, failure: { code, message }, retryAfterMs: stuck.afterMs, ofPlatform, refused, elsewhere }, signal);
  }
}

interface FailedLaunch {
  readonly container: Resource<'Container'>;
  readonly failure: Failure;
  readonly retryAfterMs?: number | undefined;
  readonly ofPlatform?: boolean | undefined;
  readonly refused?: readonly Refused[] | undefined;
  readonly elsewhere?: boolean | undefined;
}

async function failed(scene: Scene, { container, ...failure }: FailedLaunch, signal: AbortSignal): Promise<Move> {
  const { world, tuning } = scene;
  const ending = { container, attempt: container.status.attempt!, now: world.clock.now(), platformNow: scene.provider(container.status.attempt!.platform)?.time?.(), random: world.random, tuning };
  return { container: await write(scene, { container, verdict: afterEnd(ending, { how: 'launch', ...failure }) }, signal) };
}

function intent(container: Resource<'Container'>, { chosen, wanted, reserved }: { readonly chosen: Choice; readonly wanted: SnapshotWanted; readonly reserved: Readonly<Record<string, string>> | undefined }, now: number): Verdict {
  const { platform, offer } = chosen;
  const { status, spec, id } = container;
  const number = status.attempts + 1;
  const secrets = secretNames(spec);
  const attempt: Attempt = {
    ...attemptAt(chosen, { containerId: id, number, now }),
    fingerprint: launchFingerprint(spec), secrets: secrets.length > 0 ? [...secrets] : undefined,
    ...(wanted.do === 'go' && { snapshot: { id: wanted.id, platform: wanted.origin.platform, ref: wanted.origin.facts.ref } }),
  };
  const kind = attempt.accelerator;
  // What failed before stays in sight until a launch succeeds.
  const recovers = status.launch_failures === 0;
  const where = `on ${platform} (${offer.region})${kind ? ` with ${kind}` : ''} at $${offer.pricePerHour}/h`;
  return {
    finalizers: [...container.finalizers, providerFinalizer],
    status: patched(status, {
      status: 'creating',
      ready: false,
      message: recovers ? undefined : status.message,
      reason: recovers ? undefined : status.reason,
      progress: { phase: 'starting' },
      reserved: reserved && { ...reserved },
      platform,
      region: offer.region,
      accelerator: kind,
      cost_per_hr: offer.pricePerHour,
      hostname: `container-${id}`,
      attempt: patchedAttempt(attempt, {}),
      attempts: number,
      tried_since: status.tried_since ?? timestamp(now),
      next_attempt_at: undefined,
      conditions: judged(container, now, { type: 'Placed', status: 'true', reason: 'Placed', message: where }, ...(recovers ? notStalled(container) : []), ...backWithin(container)),
    }),
    events: [tell(container, 'normal', ['Placed', where])],
  };
}

/** A budget that ended it lets it run again. */
function backWithin({ status: { conditions } }: Resource<'Container'>): readonly { readonly type: string; readonly status: 'true'; readonly reason: string; readonly message: string }[] {
  return conditions.some(({ type }) => type === withinBudget) ? [{ type: withinBudget, status: 'true', reason: 'WithinBudget', message: '' }] : [];
}

function asking({ status }: Resource<'Container'>, attempt: Attempt, now: number): Verdict {
  return { status: patched(status, { attempt: patchedAttempt(attempt, { asked_at: timestamp(now) }) }), events: [] };
}
