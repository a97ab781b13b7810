import { endedWords, type Instance, type InstanceRef, type Provider } from '@neb/core-types';
import { type Markets, markets } from '../placement/markets.ts';
import type { Resource } from '../store.ts';
import { tuned, type Tuning, type World } from '../world.ts';
import { lastLines } from './last-lines.ts';
import { passTurn } from './turn.ts';
import { commitOf, type Verdict } from './verdict.ts';

/** The world as the passes over containers share it. */
export interface Scene {
  readonly world: World;
  readonly tuning: Tuning;
  readonly markets: Markets;
  provider(name: string): Provider | undefined;
  /** Handles of instances that are not written yet, by key. Only saves looking; whoever lacks one finds the instance by its key. */
  readonly refs: Map<string, InstanceRef>;
  fleet(): Promise<string>;
}

export function scene(world: World): Scene {
  const { providers, clock, store } = world;
  const tuning = tuned(world.tuning);
  const byName = new Map(providers.map((provider) => [provider.name, provider]));
  let fleet: string | undefined;
  return {
    world,
    tuning,
    markets: markets(providers, { clock, forMs: tuning.marketMs }),
    provider: (name) => byName.get(name),
    refs: new Map(),
    fleet: async () => (fleet ??= await store.fleet()),
  };
}

export interface Writing {
  readonly container: Resource<'Container'>;
  readonly verdict: Verdict;
  /** The instance whose last lines are kept, since it is about to go. */
  readonly keepLog?: { readonly provider: Provider; readonly instance: Instance } | undefined;
}

/** Writes what was decided in one commit, and tells whom it concerns. */
export async function write({ world, refs }: Scene, { container, verdict, keepLog }: Writing, signal: AbortSignal): Promise<Resource<'Container'>> {
  const { store, clock } = world;
  const number = container.status.attempt?.number;
  const lines = keepLog && (await lastLines({ provider: keepLog.provider, ref: keepLog.instance.ref, clock }, signal));
  const kept = lines && number !== undefined ? [{ do: 'keep_log' as const, containerId: container.id, attempt: number, lines }] : [];
  const [next] = (await store.commit([...commitOf(container, verdict, clock.now()), ...kept])) as readonly Resource<'Container'>[];
  forgetRef(refs, container, next!);
  report(world, container, next!);
  if (leavesTurn(container, next!)) await passTurn(store, next!);
  return next!;
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

function report({ observer, clock }: World, before: Resource<'Container'>, after: Resource<'Container'>): void {
  const attempt = after.status.attempt ?? before.status.attempt;
  if (!observer?.onAttempt || !attempt) return;
  const was = before.status.attempt?.number === attempt.number ? before.status.attempt : undefined;
  const fact = { containerId: after.id, platform: attempt.platform, reason: attempt.reason };
  const now = clock.now();
  const since = (at: string): number => now - Date.parse(at);
  if (!was) observer.onAttempt({ ...fact, what: 'intended', ms: 0 });
  if (attempt.started_at !== undefined && was?.started_at === undefined) observer.onAttempt({ ...fact, what: 'started', ms: since(attempt.intended_at) });
  const released = before.finalizers.length > after.finalizers.length && after.status.attempt === undefined;
  if ((attempt.ended_at !== undefined && was?.ended_at === undefined) || released) {
    const ran = attempt.started_at;
    observer.onAttempt({ ...fact, what: ran === undefined ? 'failed' : 'ended', ms: since(ran ?? attempt.intended_at) });
  }
}
