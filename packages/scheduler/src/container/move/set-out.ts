import { type Attempt, isNebError, timestamp } from '@neb/core-types';
import { dearerOf } from '../../reserved.ts';
import { asideKey } from '../../snapshot/sweep.ts';
import type { Resource } from '../../store.ts';
import { tell } from '../../tell.ts';
import type { Reservation } from '../../world.ts';
import { withdrawn } from '../aside.ts';
import type { Move } from '../launch.ts';
import { attemptAt } from '../offer-of.ts';
import { type Scene, write } from '../scene.ts';
import { patched, type Verdict } from '../verdict.ts';
import { moveTarget } from './target.ts';

/** Chooses where a container is to go on, and writes that down before anything stops. */
export async function setOut(scene: Scene, container: Resource<'Container'>, signal: AbortSignal): Promise<Move> {
  const { asked, attempt, attempts } = container.status;
  if (asked?.do !== 'move') return { container };
  const target = await moveTarget(scene, { container, to: asked }, signal);
  const now = scene.world.clock.now();
  if (target.do === 'stay') return await stay(target.why);
  const { platform, offer } = target.choice;
  const number = attempts + 1;
  const here = asked.reserved_here ?? container.status.reserved;
  const paid = await affording(scene, container, offer.pricePerHour);
  if ('why' in paid) return await stay(paid.why);
  const there = paid.reserved;
  const to: Attempt = { ...attemptAt(target.choice, { containerId: container.id, number, now }), ...(attempt?.secrets && { secrets: attempt.secrets }) };
  const { connections } = asked;
  const where = `from ${attempt!.platform} to ${platform} (${offer.region}) at $${offer.pricePerHour}/h`;
  const verdict: Verdict = {
    status: patched(container.status, {
      attempts: number, asked: undefined, progress: { phase: 'saving', since: timestamp(now) },
      move: { key: asideKey(container.id, container.version), phase: 'saving', since: timestamp(now), begun_at: timestamp(now), ...(connections && { connections }), to, ...((here ?? there) && { reserves: { here, there } }), took: {} },
      // Until it is there the dearer of both places may be asked for.
      reserved: dearerOf(here, there),
    }),
    events: [tell(container, 'normal', ['Moving', where])],
  };
  try {
    return { container: await write(scene, { container, verdict, bounds: paid.changes }, signal) };
  } catch (error) {
    if (!isNebError(error, 'quota')) throw error;
    return await stay(error.message);
  }

  async function stay(message: string): Promise<Move> {
    const { status, events } = withdrawn(container, { reason: 'MoveFailed', message }, scene.world.clock.now());
    const isRaised = asked?.do === 'move' && asked.reserved_here !== undefined;
    return { container: await write(scene, { container, verdict: { status: isRaised ? patched(status, { reserved: asked.reserved_here }) : status, events } }, signal) };
  }
}

/** What has to hold for it to be paid for where it goes, or why it cannot be. */
async function affording({ world }: Scene, container: Resource<'Container'>, pricePerHour: string): Promise<Reservation | { readonly why: string }> {
  try {
    return (await world.budgets?.reserve(container, pricePerHour, { goesOn: true })) ?? { changes: [], reserved: container.status.reserved };
  } catch (error) {
    if (!isNebError(error, 'quota')) throw error;
    return { why: error.message };
  }
}
