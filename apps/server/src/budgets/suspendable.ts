import type { Provider } from '@neb/core-types';
import { ownerOf, type Resource, suspendsInVain } from '@neb/scheduler';

/** Which containers can be put aside by a budget: those on a platform that suspends, that no service or processor would replace, and at which it has not failed. */
export function suspendable(providers: readonly Pick<Provider, 'name' | 'suspend'>[]): (container: Resource<'Container'>) => boolean {
  const able = new Set(providers.filter(({ suspend }) => suspend !== undefined).map(({ name }) => name));
  return (container) => able.has(container.status.attempt?.platform ?? '') && ownerOf(container) === undefined && !suspendsInVain(container);
}
