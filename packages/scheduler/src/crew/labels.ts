import type { Resource } from '../store.ts';

/** Whose number of containers is decided for it. */
export type CrewKind = 'Processor' | 'Service';
export type CrewOwner = Resource<CrewKind>;

/** How the containers of a processor or a service are told from others: by its name for people, by its id for us. */
export const crewLabels = {
  Processor: { name: 'neb.processor', id: 'neb.processor-id' },
  Service: { name: 'neb.service', id: 'neb.service-id' },
} as const satisfies Record<CrewKind, { readonly name: string; readonly id: string }>;

/** What a container was made from: another value than its owner asks for now, and it is replaced. */
export const templateLabel = 'neb.template';

/** Whose container it is, if it is one of several. */
export function ownerOf({ labels }: Pick<Resource<'Container'>, 'labels'>): { readonly kind: CrewKind; readonly id: string } | undefined {
  for (const kind of ['Processor', 'Service'] as const) {
    const id = labels[crewLabels[kind].id];
    if (id !== undefined) return { kind, id };
  }
  return undefined;
}
