import { type Attempt, timestamp } from '@neb/core-types';
import { asideKey } from '../../snapshot/sweep.ts';
import type { Resource } from '../../store.ts';
import { tell } from '../../tell.ts';
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
  if (target.do === 'stay') return { container: await write(scene, { container, verdict: withdrawn(container, { reason: 'MoveFailed', message: target.why }, now) }, signal) };
  const { platform, offer } = target.choice;
  const number = attempts + 1;
  const to: Attempt = { ...attemptAt(target.choice, { containerId: container.id, number, now }), ...(attempt?.secrets && { secrets: attempt.secrets }) };
  const { connections } = asked;
  const where = `from ${attempt!.platform} to ${platform} (${offer.region}) at $${offer.pricePerHour}/h`;
  const verdict: Verdict = {
    status: patched(container.status, {
      attempts: number, asked: undefined, progress: { phase: 'saving', since: timestamp(now) },
      move: { key: asideKey(container.id, container.version), phase: 'saving', since: timestamp(now), begun_at: timestamp(now), ...(connections && { connections }), to, took: {} },
    }),
    events: [tell(container, 'normal', ['Moving', where])],
  };
  return { container: await write(scene, { container, verdict }, signal) };
}
