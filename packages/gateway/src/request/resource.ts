import type { Route } from '@neb/core-types';

/** What `x-resource` names. */
export interface ResourceName {
  readonly kind: Route['kind'];
  readonly namespace: string;
  readonly name: string;
}

const kinds: Readonly<Record<string, Route['kind']>> = { service: 'Service', services: 'Service', container: 'Container', containers: 'Container' };

/** Reads `<name>.<namespace>.<kind>` from its end, since a name may have dots in it. */
export function resourceOf(text: string): ResourceName | undefined {
  const parts = text.trim().split('.');
  const kind = kinds[parts.pop()?.toLowerCase() ?? ''];
  const namespace = parts.pop();
  const name = parts.join('.');
  if (!kind || !namespace || name === '') return undefined;
  return { kind, namespace, name };
}

/** The same name for the same object. */
export function resourceKey({ kind, namespace, name }: ResourceName): string {
  return `${kind}/${namespace}/${name}`;
}
