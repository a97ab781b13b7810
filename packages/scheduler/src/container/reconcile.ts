import { growing, type Instance, type Provider } from '@neb/core-types';
import type { Resource } from '../store.ts';
import type { Reconcile } from '../work/controller.ts';
import type { World } from '../world.ts';
import { decide, mustGo, timeLeft } from './decide.ts';
import { ownerOf } from '../crew/labels.ts';
import { afterProbe, checkHealth, type HealthPlan, healthPlan, healthWaitMs, uncheckable, type Unwell } from './health.ts';
import { askOnce, launch, type Move, type Sight, stall } from './launch.ts';
import { withoutSecrets } from './masking.ts';
import { saveOnce, resumeOnce } from './aside.ts';
import { setOut } from './move/set-out.ts';
import { takeMove } from './move/take-move.ts';
import { type Scene, scene, write } from './scene.ts';
import { blocked, type Obstacle } from './stall.ts';
import { idleWatch } from '../policies/watch-idle.ts';
import { noticeWatch } from '../policies/watch-notice.ts';
import { priceWatch } from '../policies/watch-prices.ts';
import { passTurn } from './turn.ts';
import { changes, isHeld, type Verdict } from './verdict.ts';

/** More than any way through a container's life takes, so that a pass ends even where deciding goes round in circles. */
const mostSteps = 16;
const removal = { firstMs: 200, maxMs: 5_000 };

/** Passes over containers: reads one afresh, then decides and does one step after another, each written, until it has to wait. */
export function containerReconciler(world: World): Reconcile {
  const stage = scene(world);
  const watches = [noticeWatch(stage), idleWatch(stage), priceWatch(stage)];

  return async (id, signal) => {
    let container = await world.store.get('Container', id);
    if (!container) return;
    let sight: Sight | undefined;
    /** What it left is looked at again by then. */
    let mostMs = Infinity;
    for (let steps = 0; steps < mostSteps; steps++) {
      signal.throwIfAborted();
      if (container.status.move) {
        const move = await takeMove(stage, container, signal);
        if ('container' in move) {
          container = move.container;
          sight = undefined;
          continue;
        }
        if (!('goesOn' in move)) return again(move);
        mostMs = move.restMs ?? Infinity;
      }
      const provider = stage.provider(container.status.attempt?.platform ?? '');
      if (isHeld(container) && container.status.attempt) {
        const looking = provider ? await look(stage, { container, provider, sight }, signal) : unknownPlatform(container);
        if ('obstacle' in looking) return again(await stall(stage, { container, ...looking }, signal));
        sight = looking;
      }
      const move = await take(stage, { container, provider, sight }, signal);
      if ('container' in move) {
        container = move.container;
        sight = move.sight ?? sight;
        continue;
      }
      const watched = await watch({ container, provider, sight }, signal);
      if ('restMs' in watched) return again({ restMs: Math.min(move.restMs ?? Infinity, watched.restMs ?? Infinity, mostMs) });
      container = watched.container;
    }
    return { afterMs: 0 };
  };

  /** What its manifest wants of a container at which nothing else is to be done. */
  async function watch({ container, provider, sight }: Scenery, signal: AbortSignal): Promise<Move> {
    let restMs = Infinity;
    if (!isHeld(container) || !provider || !sight?.seen || mustGo(container)) return { restMs };
    for (const one of watches) {
      const move = await one({ container, provider, seen: sight.seen }, signal);
      if ('container' in move) return move;
      restMs = Math.min(restMs, move.restMs ?? Infinity);
    }
    return { restMs };
  }
}

interface Scenery {
  readonly container: Resource<'Container'>;
  readonly provider: Provider | undefined;
  readonly sight: Sight | undefined;
}

type Held = Scenery & { readonly provider: Provider };
type Blocked = { readonly obstacle: Obstacle; readonly afterMs?: number | undefined };

async function take(stage: Scene, scenery: Scenery, signal: AbortSignal): Promise<Move> {
  const { world, tuning } = stage;
  const { container, provider, sight } = scenery;
  const seen = sight?.seen;
  const settleMs = provider?.traits.idempotency === 'lookup' ? tuning.settleMs : 0;
  const step = decide({ container, seen, now: world.clock.now(), platformNow: provider?.time?.(), random: world.random, tuning, settleMs, isTold: provider?.watch !== undefined });
  switch (step.do) {
    case 'rest':
      if (!isHeld(container)) await passTurn(world.store, container);
      return { restMs: step.afterMs };
    case 'launch': return await launch(stage, container, signal);
    case 'ask': return await askOnce(stage, { container, provider: provider! }, signal);
    case 'write': {
      const keepLog = step.keepLog && provider && seen && seen.state !== 'pending' ? { provider, instance: seen } : undefined;
      return { container: await write(stage, { container, verdict: step.verdict, keepLog }, signal) };
    }
    case 'probe': return await check(stage, { ...scenery, provider: provider! }, { afterMs: step.afterMs, signal });
    case 'save': return await saveOnce(stage, { container, provider: provider! }, signal);
    case 'resume': return await resumeOnce(stage, { container, provider: provider! }, signal);
    case 'move': return await setOut(stage, container, signal);
    case 'delete': return await remove(stage, { ...scenery, provider: provider! }, { ref: step.ref, signal });
  }
}

/** What is there: by its handle, or, where a crash lost that, by the key it was made with. */
async function look(stage: Scene, { container, provider, sight }: Held, signal: AbortSignal): Promise<Sight | Blocked> {
  const attempt = container.status.attempt!;
  const clean = (found: Instance | undefined): Promise<Instance | undefined> => withoutSecrets(found, container, stage.world.secrets);
  if (sight && (sight.sure || !mustGo(container))) return sight;
  try {
    // What is written counts: another server may have had to ask anew since.
    const ref = attempt.ref ?? stage.refs.get(attempt.key);
    const inspected = ref === undefined ? undefined : await provider.inspect(ref as Instance['ref'], { signal });
    const seen = await clean(inspected);
    if (seen || attempt.started_at !== undefined) return { seen, sure: true };
    stage.refs.delete(attempt.key);
    // Asking again finds it under its key, and costs no more than looking.
    if (provider.traits.idempotency === 'native' && !mustGo(container)) return { seen: undefined, sure: false };
    for await (const found of provider.list({ fleet: await stage.fleet() }, { signal })) if (found.key === attempt.key) return { seen: await clean(found), sure: true };
    return { seen: undefined, sure: true };
  } catch (error) {
    return blocked(error, { platform: provider.name, signal });
  }
}

async function remove(stage: Scene, held: Held, { ref, signal }: { ref: Instance['ref']; signal: AbortSignal }): Promise<Move> {
  const { container, provider } = held;
  try {
    await provider.delete(ref, {}, { signal });
  } catch (error) {
    return await stall(stage, { container, ...blocked(error, { platform: provider.name, signal }) }, signal);
  }
  const after = await look(stage, { ...held, sight: undefined }, signal);
  if ('obstacle' in after) return await stall(stage, { container, ...after }, signal);
  if (!after.seen) return { container, sight: after };
  const sinceMs = stage.world.clock.now() - Date.parse(container.updatedAt);
  return { restMs: growing(Math.max(0, sinceMs), removal) };
}

async function check(stage: Scene, { container, provider, sight }: Held, { afterMs, signal }: { afterMs: number | undefined; signal: AbortSignal }): Promise<Move> {
  const { clock } = stage.world;
  const plan = healthPlan(container.spec)!;
  const unwell = await checkHealth(container, { plan, clock, provider, ref: sight!.seen!.ref }, signal);
  const now = clock.now();
  const verdict = judge(container, { plan, unwell, isDialled: provider.dial !== undefined, now });
  const next = changes(container, verdict) ? await write(stage, { container, verdict }, signal) : container;
  const left = timeLeft(next, clock.now()) ?? afterMs ?? Infinity;
  const restMs = Math.min(left, provider.dial ? healthWaitMs(next, plan, clock.now()) : Infinity);
  return { restMs: Number.isFinite(restMs) ? Math.max(0, restMs) : undefined };
}

/** Where dialling leads nowhere nobody can send requests: a service's replica is not ready then. What else cannot be checked is as ready as it runs. */
function judge(container: Resource<'Container'>, { plan, unwell, isDialled, now }: { readonly plan: HealthPlan; readonly unwell: Unwell | undefined; readonly isDialled: boolean; readonly now: number }): Verdict {
  if (!unwell || 'fault' in unwell) return afterProbe(container, { plan, fault: unwell?.fault, now });
  const { cannot } = unwell;
  return isDialled && ownerOf(container)?.kind === 'Service' ? afterProbe(container, { plan, fault: cannot, now }) : uncheckable(container, cannot, now);
}

function unknownPlatform({ status }: Resource<'Container'>): Blocked {
  const message = `its instance is on ${status.attempt?.platform}, which is no longer set up on this server`;
  return { obstacle: { reason: 'UnknownPlatform', message } };
}

function again(move: Move): { readonly afterMs: number } | undefined {
  return 'restMs' in move && Number.isFinite(move.restMs) && move.restMs !== undefined ? { afterMs: move.restMs } : undefined;
}

