import { formatDuration, type Instance, type Provider, timestamp } from '@neb/core-types';
import type { Move } from '../container/launch.ts';
import { type Scene, write } from '../container/scene.ts';
import { patched, type StatusPatch } from '../container/verdict.ts';
import { deletion } from '../deletion.ts';
import { suspendAsked } from '../snapshot/suspend-asked.ts';
import type { NewEvent, Resource } from '../store.ts';
import { tell } from '../tell.ts';
import { activityOf, type Counted } from './activity.ts';
import { type Idle, idleLookMs, nextRung, type Rung } from './idle-ladder.ts';

/** A container that runs or is suspended, and has nothing else to be done about it. */
export interface Settled {
  readonly container: Resource<'Container'>;
  readonly provider: Provider;
  readonly seen: Instance;
}

/** Looks whether a container with a ladder does anything, and takes its next step where it does not. What was counted is remembered here only: after a restart it is busy until it was counted twice. */
export function idleWatch(stage: Scene): (settled: Settled, signal: AbortSignal) => Promise<Move> {
  const counts = new Map<string, Counted>();
  const { clock } = stage.world;

  return async ({ container, provider, seen }, signal) => {
    const { spec: { idle: ladder }, status, id } = container;
    if (!ladder || status.asked || status.move) {
      counts.delete(id);
      return { restMs: undefined };
    }
    const now = clock.now();
    // Suspended, it does nothing.
    if (seen.state === 'suspended') {
      counts.delete(id);
      return status.idle ? await step(container, { idle: idleOf(status.idle), rung: nextRung(ladder, idleOf(status.idle), now), mostMs: Infinity }, signal) : { restMs: undefined };
    }
    const lookMs = idleLookMs(ladder);
    const before = counts.get(id);
    const sinceMs = before === undefined ? Infinity : Math.abs(now - before.at);
    if (sinceMs < lookMs) return { restMs: lookMs - sinceMs };
    const { busy, counted } = await activityOf({ provider, ref: seen.ref, hasAccelerator: status.attempt?.accelerator !== undefined, before, now }, signal);
    counts.set(id, counted ?? { at: now, bytes: Infinity });
    if (busy !== undefined) return status.idle ? { container: await put(container, { patch: { idle: undefined } }, signal) } : { restMs: lookMs };
    const idle = status.idle ? idleOf(status.idle) : { since: before?.at ?? now, steps: 0 };
    if (!status.idle) return { container: await put(container, { patch: { idle: { since: timestamp(idle.since), steps: 0 } } }, signal) };
    return await step(container, { idle, rung: nextRung(ladder, idle, now), mostMs: lookMs }, signal);
  };

  async function step(container: Resource<'Container'>, { idle, rung, mostMs }: { readonly idle: Idle; readonly rung: Rung; readonly mostMs: number }, signal: AbortSignal): Promise<Move> {
    if (rung.do === undefined) return { restMs: rung.afterMs === undefined && mostMs === Infinity ? undefined : Math.min(rung.afterMs ?? Infinity, mostMs) };
    const now = clock.now();
    const taken = { since: timestamp(idle.since), steps: idle.steps + 1 };
    const why = `has done nothing for ${formatDuration(now - idle.since)}`;
    switch (rung.do) {
      case 'warn': return { container: await put(container, { patch: { idle: taken }, event: tell(container, 'warning', ['Idle', why]) }, signal) };
      case 'suspend': {
        const asked = container.status.status === 'paused' ? undefined : suspendAsked(container, now);
        return { container: await put(container, { patch: { idle: taken, ...(asked && { asked }) }, ...(asked && { event: tell(container, 'normal', ['IdleSuspend', `${why}, and is suspended, as its manifest says`]) }) }, signal) };
      }
      case 'delete': {
        const event = tell(container, 'normal', ['IdleDelete', `${why}, and is deleted, as its manifest says`]);
        await stage.world.store.commit([...deletion({ ...container, status: patched(container.status, { idle: taken }) }, now), { do: 'tell', event }]);
        return { restMs: 0 };
      }
    }
  }

  async function put(container: Resource<'Container'>, { patch, event }: { readonly patch: StatusPatch; readonly event?: NewEvent | undefined }, signal: AbortSignal): Promise<Resource<'Container'>> {
    return await write(stage, { container, verdict: { status: patched(container.status, patch), events: event ? [event] : [] } }, signal);
  }
}

function idleOf({ since, steps }: { readonly since: string; readonly steps: number }): Idle {
  return { since: Date.parse(since), steps };
}
