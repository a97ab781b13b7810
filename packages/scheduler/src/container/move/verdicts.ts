import { type Attempt, formatDuration, type Instance, type Move, type MovePhase, type Snapshot, timestamp } from '@neb/core-types';
import { isAt } from '../../snapshot/facts.ts';
import type { Resource } from '../../store.ts';
import { tell } from '../../tell.ts';
import { launchFingerprint } from '../fingerprint.ts';
import { observedRunning } from '../observed.ts';
import { costUntil } from '../retries.ts';
import { repriced } from '../terms.ts';
import { judged, notStalled, patched, patchedAttempt, type Verdict } from '../verdict.ts';

/** The container in its next phase, with what is known by then. While nothing of it runs it is `paused`. */
export function inPhase(container: Resource<'Container'>, { phase, now, ...more }: { readonly phase: MovePhase; readonly now: number } & Partial<Pick<Move, 'snapshot' | 'size_bytes' | 'brought' | 'why' | 'to' | 'leaving'>>): Verdict {
  const { status } = container;
  const { attempt } = status;
  const move = status.move!;
  const isStill = phase === 'shipping' || phase === 'restoring';
  const reason = 'Moving';
  return {
    status: patched(status, {
      ...(isStill && { status: 'paused', ready: false, address: undefined, public_ports: undefined, reason, message: `moves to ${move.to.platform}`, attempt: attempt && repriced(attempt, { price: attempt.price_per_hour, paused: true, atMs: now }) }),
      progress: { phase, since: timestamp(now) },
      move: { ...move, ...more, phase, since: timestamp(now), took: { ...move.took, [move.phase]: (move.took[move.phase] ?? 0) + Math.max(0, now - Date.parse(move.since)) } },
      conditions: judged(container, now, ...(isStill ? [{ type: 'Ready', status: 'false', reason, message: '' } as const] : []), ...notStalled(container)),
    }),
    events: more.why === undefined ? [] : [tell(container, 'warning', ['MoveFailed', `${more.why}; it goes on where it was`])],
  };
}

/** What is saved is carried, or can be gone on from at once. */
export function afterSave(container: Resource<'Container'>, { snapshot, now }: { readonly snapshot: Snapshot; readonly now: number }): Verdict {
  const { attempt, move } = container.status;
  return inPhase(container, { phase: isAt(snapshot, attempt!.platform, move!.to) ? 'restoring' : 'shipping', snapshot: snapshot.ref, ...(snapshot.sizeBytes !== undefined && { size_bytes: snapshot.sizeBytes }), now });
}

/** The container is where the target is, from now on; the source is to go. */
export function switched(container: Resource<'Container'>, { seen, now }: { readonly seen: Instance; readonly now: number }): { readonly container: Resource<'Container'>; readonly verdict: Verdict } {
  const { spec, status } = container;
  const { move, attempt: before } = status;
  const { to } = move!;
  // Where the author named the place that it left, it is this one now.
  const isNamed = spec.platform !== undefined && spec.platform !== to.platform;
  const moved: Resource<'Container'> = isNamed ? { ...container, spec: { ...spec, platform: to.platform }, generation: container.generation + 1 } : container;
  const attempt: Attempt = patchedAttempt(to, { ref: seen.ref, started_at: timestamp(now), fingerprint: launchFingerprint(moved.spec) });
  const left: Attempt = patchedAttempt(before!, { ended_at: timestamp(now), cost: costUntil(before!, now), reason: 'Moved', message: `goes on on ${to.platform}` });
  const leaving = { ...move!, phase: 'leaving' as const, since: timestamp(now), took: { ...move!.took, [move!.phase]: now - Date.parse(move!.since) }, leaving: { platform: before!.platform, region: before!.region, key: before!.key, ref: before!.ref!, attempt: left } };
  const there = patched(status, { attempt, move: leaving, ready: true, platform: to.platform, region: to.region, accelerator: to.accelerator, cost_per_hr: to.price_per_hour, suspended: undefined });
  const running = observedRunning({ container: { ...moved, status: there }, attempt, seen, now });
  return { container: moved, verdict: { status: patched(running.status, { ...(status.started_at !== undefined && { started_at: status.started_at }), progress: { phase: 'leaving', since: timestamp(now) } }), events: [] } };
}

/** It is there, and nothing is left where it was: since `goneMs` by that platform's clock. */
export function arrived(container: Resource<'Container'>, { now, goneMs }: { readonly now: number; readonly goneMs: number }): Verdict {
  const { move, progress } = container.status;
  const { took, begun_at: begunAt, leaving, to, size_bytes: size, reserves } = move!;
  const parts = Object.entries(took).map(([phase, ms]) => `${phase} ${formatDuration(ms)}`).join(', ');
  return {
    status: patched(container.status, {
      move: undefined, ...(reserves && { reserved: reserves.there }),
      last_move: {
        at: timestamp(now), took_ms: now - Date.parse(begunAt), down_ms: Object.entries(took).reduce((sum, [phase, ms]) => sum + (phase === 'leaving' ? 0 : ms), 0),
        carry_ms: (took['saving'] ?? 0) + (took['shipping'] ?? 0), ...(size !== undefined && { size_bytes: size }),
      },
      ...(progress?.phase === 'leaving' && { progress: undefined }), conditions: judged(container, now, ...notStalled(container)),
    }),
    ...kept(leaving?.attempt, goneMs),
    events: [tell(container, 'normal', ['Moved', `from ${leaving?.platform ?? '?'} to ${to.platform} in ${formatDuration(now - Date.parse(begunAt))} (${parts})`])],
  };
}

/** The attempt of an instance that was seen to be gone: it is kept, with until when its platform asked for it. */
function kept(attempt: Attempt | undefined, goneMs: number): Pick<Verdict, 'archive'> {
  return attempt ? { archive: patchedAttempt(attempt, { billed_until: timestamp(Math.max(goneMs, Date.parse(attempt.ended_at ?? attempt.intended_at))) }) } : {};
}

/** How a move ends without an arrival. */
export interface Staying {
  readonly now: number;
  /** When what is not the container was seen to be gone, by its platform's clock. */
  readonly goneMs: number;
  readonly reason: string;
  readonly message: string;
  /** Whether it can be resumed where it is suspended. */
  readonly isKept?: boolean | undefined;
}

/** The move is over, and the container is what its source is; or, where it is deleted on its way, whichever it was. */
export function stayed(container: Resource<'Container'>, { now, goneMs, reason, message, isKept = false }: Staying): Verdict {
  const { status } = container;
  const { move, attempt } = status;
  return {
    status: patched(status, {
      move: undefined, progress: undefined, message: undefined, reason: undefined, ...(move?.reserves && { reserved: move.reserves.here }),
      ...(isKept && move?.snapshot !== undefined && attempt && { suspended: { key: move.key, ref: move.snapshot, at: timestamp(now), price_per_hour: attempt.price_per_hour } }),
      conditions: judged(container, now, { type: 'Aside', status: 'false', reason, message }, ...notStalled(container)),
    }),
    ...kept(move?.leaving ? move.leaving.attempt : abandoned(move, { now, reason, message }), goneMs),
    events: isKept ? [tell(container, 'warning', [reason, message])] : [],
  };
}

/** The target, where it was bought, as an attempt that came to nothing. */
function abandoned(move: Move | undefined, { now, reason, message }: Pick<Staying, 'now' | 'reason' | 'message'>): Attempt | undefined {
  if (move?.to.ref === undefined) return undefined;
  return patchedAttempt(move.to, { ended_at: timestamp(now), cost: costUntil(move.to, now), reason, message });
}
