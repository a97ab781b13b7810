import type { Resource } from '../store.ts';
import { howEnded } from '../crew/ends.ts';
import type { Member } from './members.ts';

/** Why replicas of a revision are not ready, in the words of the last of them that has any. */
export function troubleWords(members: readonly Member[]): string | undefined {
  const said = members.filter(({ current, trusted }) => current && !trusted).toSorted((a, b) => b.container.seq - a.container.seq);
  for (const { container, is } of said) {
    const words = is === 'ended' ? howEnded(container) : wordsOf(container);
    if (words !== undefined) return `replica ${container.name}: ${words}`;
  }
  return undefined;
}

/** What is said while the next replica is waited for. */
export function endWords(container: Resource<'Container'>): string {
  return `replica ${container.name} ended by itself, and the next is started after a while: ${howEnded(container)}`;
}

/** What a container that is not ready says of itself: why it could not be launched, how it ended last, or what its health check found. */
function wordsOf({ status: { message, health, conditions, attempt } }: Resource<'Container'>): string | undefined {
  if (message !== undefined) return message;
  if (health && !health.healthy && health.message !== undefined) return health.message;
  const stalled = conditions.find(({ type, status }) => type === 'Stalled' && status === 'true')?.message;
  return stalled ?? attempt?.message;
}
