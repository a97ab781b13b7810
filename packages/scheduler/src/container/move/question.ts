import type { Resource } from '../../store.ts';
import type { World } from '../../world.ts';
import { scene } from '../scene.ts';
import { type Destination, moveTarget, type Target } from './target.ts';

/** Says where a container would go on if it were moved, or why it stays: what the control loop will find, asked before anything is written. */
export function moveQuestion(world: World): (container: Resource<'Container'>, to: Destination, signal: AbortSignal) => Promise<Target> {
  const own = scene(world);
  return (container, to, signal) => moveTarget(own, { container, to }, signal);
}
