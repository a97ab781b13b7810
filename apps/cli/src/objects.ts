import { type Budget, type Container, didYouMean, isNebError, type Namespace, NebError, type Processor, type Secret, type Service, type SnapshotObject } from '@neb/core-types';
import type { Neb, ObjectRef, ObjectsClient } from '@neb/sdk';
import { kindEntry, type ObjectKind } from './kinds/table.ts';
import type { Session } from './session.ts';
import { ownNamespace } from './settings/settings.ts';

/** What the API returns for each kind. */
export interface ObjectOf {
  readonly Container: Container;
  readonly Namespace: Namespace;
  readonly Secret: Secret;
  readonly Processor: Processor;
  readonly Service: Service;
  readonly Snapshot: SnapshotObject;
  readonly Budget: Budget;
}
export type AnyObject = ObjectOf[ObjectKind];

/** The client of one kind; only what all kinds share. */
export function clientOf<K extends ObjectKind>(neb: Neb, kind: K): Pick<ObjectsClient<ObjectOf[K], never>, 'get' | 'list' | 'delete' | 'watch'> {
  const clients: { readonly [K in ObjectKind]: Pick<ObjectsClient<ObjectOf[K], never>, 'get' | 'list' | 'delete' | 'watch'> } = {
    Container: neb.containers, Namespace: neb.namespaces, Secret: neb.secrets, Processor: neb.processors, Service: neb.services, Snapshot: neb.snapshots, Budget: neb.budgets,
  };
  return clients[kind];
}

/** An object by name in the namespace in use, or by id. Throws `not_found` with where there is one of that name, or one like it. */
export async function find<K extends ObjectKind>(session: Session, kind: K, name: string): Promise<ObjectOf[K]> {
  const [neb, namespace] = await Promise.all([session.neb(), namespaceInUse(session)]);
  const client = clientOf(neb, kind);
  try {
    return await client.get(kindEntry(kind).namespaced ? { namespace, name } : { name }, session);
  } catch (error) {
    if (!isNebError(error, 'not_found')) throw error;
    const byId = looksLikeId(name) ? await client.get({ id: name }, session).catch(() => undefined) : undefined;
    if (byId) return byId;
    throw await withAdvice(session, error, { kind, name });
  }
}

/** The namespace that names are looked up in. */
export async function namespaceInUse(session: Session): Promise<string> {
  return (await session.settings()).namespace?.value ?? ownNamespace;
}

/** By its id: the same object, even where another takes its name meanwhile. */
export function refTo(object: AnyObject): ObjectRef & { readonly id: string } {
  return { id: object.metadata.id };
}

/** `container/hello`, as commands name it. */
export function slashName(object: { readonly kind: ObjectKind; readonly metadata: { readonly name: string } }): string {
  return `${kindEntry(object.kind).singular}/${object.metadata.name}`;
}

const looksLikeId = (text: string): boolean => /^[a-z][0-9a-z]{11}$/.test(text);

async function withAdvice(session: Session, error: NebError, { kind, name }: { readonly kind: ObjectKind; readonly name: string }): Promise<NebError> {
  const entry = kindEntry(kind);
  try {
    const all = (await clientOf(await session.neb(), kind).list({ limit: 1_000 }, session)).items;
    const elsewhere = all.filter((object) => object.metadata.name === name).map((object) => object.metadata.namespace);
    const hint =
      elsewhere.length > 0 ? `There is one in namespace ${elsewhere.join(', ')}: add -n ${elsewhere[0]}.`
      : `neb get ${entry.plural}${entry.namespaced ? ' -A' : ''} lists them.`;
    const guess = elsewhere.length > 0 ? '' : didYouMean(name, all.map((object) => object.metadata.name));
    return new NebError('not_found', `${error.message}${guess && `.${guess}`}`, { cause: error, hint, details: error.details });
  } catch {
    return error;
  }
}
