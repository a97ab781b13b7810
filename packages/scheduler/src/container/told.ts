import { type MovePhase, timestamp } from '@neb/core-types';
import type { Resource } from '../store.ts';
import type { Move } from './launch.ts';
import { type Scene, write } from './scene.ts';
import { changes, judged, notStalled, patched, type Verdict } from './verdict.ts';

export interface Told {
  readonly container: Resource<'Container'>;
  readonly phase: MovePhase;
  readonly doneBytes?: number | undefined;
  readonly totalBytes?: number | undefined;
}

const pollMs = 250;

/** Writes how far it is, at most once a second, and looks again soon. */
export async function told(scene: Scene, { container, phase, doneBytes, totalBytes }: Told, signal: AbortSignal): Promise<Move> {
  const now = scene.world.clock.now();
  const { progress } = container.status;
  const isNew = progress?.phase !== phase;
  const wroteMs = Math.abs(now - Date.parse(container.updatedAt));
  const next = { phase, ...(doneBytes !== undefined && { done_bytes: doneBytes }), ...(totalBytes !== undefined && { total_bytes: totalBytes }), since: isNew ? timestamp(now) : (progress.since ?? timestamp(now)) };
  if (isNew || wroteMs >= 1_000) {
    const verdict: Verdict = { status: patched(container.status, { progress: next, conditions: judged(container, now, ...notStalled(container)) }), events: [] };
    if (changes(container, verdict)) await write(scene, { container, verdict }, signal);
  }
  return { restMs: pollMs };
}
