import type { z } from 'zod';
import { budgetManifest } from './budget.ts';
import { containerManifest } from './container.ts';
import { namespaceManifest } from './namespace.ts';
import { processorManifest } from './processor.ts';
import { secretManifest } from './secret.ts';
import { serviceManifest } from './service.ts';
import { snapshotManifest } from './snapshot.ts';

/** What is known of a kind before any object of it. */
export interface KindFacts {
  readonly singular: string;
  readonly plural: string;
  /** Short names the command line takes. */
  readonly short: readonly string[];
  readonly manifest: z.ZodType;
  /** Whether this server can run it already; a manifest of it is checked all the same. */
  readonly served: boolean;
}

/** Every kind of object: the one table that schemas, routes, commands and completions read. */
export const kinds = {
  Container: { singular: 'container', plural: 'containers', short: ['co', 'c'], manifest: containerManifest, served: true },
  Namespace: { singular: 'namespace', plural: 'namespaces', short: ['ns'], manifest: namespaceManifest, served: true },
  Secret: { singular: 'secret', plural: 'secrets', short: ['sec'], manifest: secretManifest, served: true },
  Processor: { singular: 'processor', plural: 'processors', short: ['proc'], manifest: processorManifest, served: true },
  Service: { singular: 'service', plural: 'services', short: ['svc'], manifest: serviceManifest, served: true },
  Snapshot: { singular: 'snapshot', plural: 'snapshots', short: ['snap'], manifest: snapshotManifest, served: true },
  Budget: { singular: 'budget', plural: 'budgets', short: ['bud'], manifest: budgetManifest, served: true },
} as const satisfies Record<string, KindFacts>;

export type Kind = keyof typeof kinds;
/** In the order in which they are shown. */
export const kindNames = Object.keys(kinds) as readonly Kind[];

/** The kind that `text` names: `containers`, `co`, `Container`; `undefined` if none. */
export function kindNamed(text: string): Kind | undefined {
  const wanted = text.toLowerCase();
  return kindNames.find((kind) => {
    const facts: KindFacts = kinds[kind];
    return [facts.singular, facts.plural, ...facts.short].includes(wanted);
  });
}
