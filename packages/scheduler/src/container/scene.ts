import { endedWords, type Instance, type InstanceRef, type Provider } from '@neb/core-types';
import { type Shipments, shipments } from '../aside/shipments.ts';
import { ownerOf } from '../crew/labels.ts';
import { type Experience, experience, type Outcome, type Pool } from '../placement/experience.ts';
import { type Markets, markets } from '../placement/markets.ts';
import type { Change, Resource } from '../store.ts';
import { type AttemptFact, tuned, type Tuning, type World } from '../world.ts';
import { lastLines } from './last-lines.ts';
import { maskerOf } from './masking.ts';
import { placeReasons } from './outcome.ts';
import { clocked } from './run-clock.ts';
import { passTurn } from './turn.ts';
import { commitOf, type Verdict } from './verdict.ts';

/** The world as the passes over containers share it. */
export interface Scene {
  readonly world: World;
  readonly tuning: Tuning;
  readonly markets: Markets;
  readonly experience: Experience;
  provider(name: string): Provider | undefined;
  /** Handles of instances that are not written yet, by key. Only saves looking; whoever lacks one finds the instance by its key. */
  readonly refs: Map<string, InstanceRef>;
  /** Snapshots on their way to other platforms. */
  readonly shipments: Shipments;
  fleet(): Promise<string>;
}

export function scene(world: World): Scene {
  const { providers, clock, store } = world;
  const tuning = tuned(world.tuning);
  const byName = new Map(providers.map((provider) => [provider.name, provider]));
  const learnt = world.experience ?? experience(tuning.relaunch);
  let fleet: string | undefined;
  return {
    world,
    tuning,
    markets: markets(providers, { clock, tuning, experience: learnt }),
    experience: learnt,
    provider: (name) => byName.get(name),
    refs: new Map(),
    shipments: shipments(clock),
    fleet: async () => (fleet ??= await store.fleet()),
  };
}

export interface Writing {
  readonly container: Resource<'Container'>;
  readonly verdict: Verdict;
  /** What has to hold when it is written. */
  readonly bounds?: readonly Change[] | undefined;
  /** The instance whose last lines are kept, since it is about to go. */
  readonly keepLog?: { readonly provider: Provider; readonly instance: Instance } | undefined;
}

/** Writes what was decided in one commit, and tells whom it concerns. */
export async function write({ world, refs, experience: learnt }: Scene, { container, verdict, bounds = [], keepLog }: Writing, signal: AbortSignal): Promise<Resource<'Container'>> {
  const { store, clock } = world;
  const number = container.status.attempt?.number;
  const lines = keepLog && (await lastLines({ provider: keepLog.provider, ref: keepLog.instance.ref, clock, mask: await maskerOf(container, world.secrets) }, signal));
  const kept = lines && number !== undefined ? [{ do: 'keep_log' as const, containerId: container.id, attempt: number, lines }] : [];
  const [next] = (await store.commit([...bounds, ...commitOf(container, timed(container, verdict, clock.now()), clock.now()), ...kept, ...concerning(container, verdict)])) as readonly Resource<'Container'>[];
  forgetRef(refs, container, next!);
  for (const fact of factsOf(world, container, next!)) {
    world.observer?.onAttempt?.(fact);
    const lesson = lessonOf(fact);
    if (lesson) learnt.note(fact.pool, lesson, clock.now());
  }
  if (leavesTurn(container, next!)) await passTurn(store, next!);
  return next!;
}

/** `verdict` with the clock of the run in it. */
function timed(container: Resource<'Container'>, verdict: Verdict, now: number): Verdict {
  return { ...verdict, status: clocked(container.status, verdict.status, now) };
}

/** A pass over the processor or service that it is of, where that is news for it. */
function concerning(container: Resource<'Container'>, verdict: Verdict): readonly Change[] {
  const owner = ownerOf(container);
  if (!owner) return [];
  const { status, goneAt } = container;
  const isNews = verdict.status.ready !== status.ready || verdict.status.status !== status.status || verdict.goneAt !== goneAt;
  return isNews ? [{ do: 'wake', ...owner }] : [];
}

function forgetRef(refs: Scene['refs'], before: Resource<'Container'>, after: Resource<'Container'>): void {
  const key = before.status.attempt?.key;
  const { attempt } = after.status;
  if (key !== undefined && (attempt?.key !== key || attempt.ref !== undefined || attempt.ended_at !== undefined)) refs.delete(key);
}

function leavesTurn(before: Resource<'Container'>, after: Resource<'Container'>): boolean {
  if (after.spec.queue === undefined || before.status.status === after.status.status) return false;
  return endedWords.includes(after.status.status) || after.status.status === 'queued';
}

type Fact = AttemptFact & { readonly pool: Pool };

/** The turns that a write makes in the life of an attempt. */
function factsOf({ clock }: World, before: Resource<'Container'>, after: Resource<'Container'>): readonly Fact[] {
  const attempt = after.status.attempt ?? before.status.attempt;
  if (!attempt) return [];
  const { platform, region, accelerator, spot = false, reason } = attempt;
  const was = before.status.attempt?.number === attempt.number ? before.status.attempt : undefined;
  const fact = { containerId: after.id, platform, reason, pool: { platform, region, accelerator, spot } };
  const since = (at: string): number => clock.now() - Date.parse(at);
  const facts: Fact[] = [];
  if (!was) facts.push({ ...fact, what: 'intended', ms: 0 });
  if (attempt.started_at !== undefined && was?.started_at === undefined) facts.push({ ...fact, what: 'started', ms: since(attempt.intended_at) });
  const released = before.finalizers.length > after.finalizers.length && after.status.attempt === undefined;
  if ((attempt.ended_at !== undefined && was?.ended_at === undefined) || released) {
    const ran = attempt.started_at;
    facts.push({ ...fact, what: ran === undefined ? 'failed' : 'ended', ms: since(ran ?? attempt.intended_at) });
  }
  return facts;
}

/** What a pool is to be known for, where it was its doing. */
function lessonOf({ what, reason = '', ms }: AttemptFact): Outcome | undefined {
  if (what === 'started') return { how: 'ran', startMs: ms };
  if (what === 'failed' && placeReasons.includes(reason)) return { how: 'refused' };
  if (reason === 'PriceAboveMax') return { how: 'refused' };
  return what === 'ended' && reason === 'Vanished' ? { how: 'lost' } : undefined;
}
