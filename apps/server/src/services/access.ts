import { isNebError, type Kind, NebError } from '@neb/core-types';
import type { Change, Resource, Store } from '@neb/scheduler';
import type { Caller, Ref } from '@neb/sdk/contract';
import { authorise, type Target, type Verb } from '../auth/authorise.ts';
import { deedTo, type Recorder } from './audit.ts';
import { titleOf } from './views.ts';

/** The way to every object: what `authorise` does not allow is not there. */
export interface Access {
  /** Throws `not_found` where there is none that `who` may see, and `unauthorized` where it may see it only. */
  need<K extends Kind>(who: Caller, verb: Verb, want: { readonly kind: K; readonly ref: Ref }): Promise<Resource<K>>;
  /** Whether `who` would get it. */
  may(who: Caller, verb: Verb, target: Target): boolean;
  /** Who owns what is in a namespace; `undefined` where there is no such namespace. */
  ownerOf(namespace: string): Promise<string | undefined>;
}

export function access(store: Store, recorder: Recorder): Access {
  return {
    async need(who, verb, { kind, ref }) {
      const found = 'id' in ref ? await store.get(kind, ref.id) : await store.find({ kind, ...place(kind, ref) });
      const decision = found && authorise(who, verb, { kind, owner: found.owner, namespace: spaceOf(found) });
      if (!decision) throw notFound(kind, ref);
      if (decision.do !== 'allow') recorder.denied(who, deedTo(verb, found, decision.do === 'refused' ? decision.why : 'it is another tenant\'s'));
      if (decision.do === 'hidden') throw notFound(kind, ref);
      if (decision.do === 'refused') throw new NebError('unauthorized', `${verb} of ${titleOf(found)} is not allowed: ${decision.why}`);
      return found;
    },
    may: (who, verb, target) => authorise(who, verb, target).do === 'allow',
    async ownerOf(namespace) {
      return (await store.find({ kind: 'Namespace', ...place('Namespace', { namespace: '', name: namespace }) }))?.owner;
    },
  };
}

/** The namespace an object is in; a namespace is in itself. */
export function spaceOf({ kind, namespace, name }: { readonly kind: string; readonly namespace: string; readonly name: string }): string {
  return kind === 'Namespace' ? name : namespace;
}

/** Namespaces are in none. */
export function place(kind: Kind, { namespace, name }: { readonly namespace: string; readonly name: string }): { readonly namespace: string; readonly name: string } {
  return { namespace: kind === 'Namespace' ? '' : namespace, name };
}

function notFound(kind: Kind, ref: Ref): NebError {
  const what = 'id' in ref ? `${kind.toLowerCase()} with the id ${ref.id}` : titleOf({ kind, ...ref });
  return new NebError('not_found', `there is no ${what}`, { hint: 'id' in ref || kind === 'Namespace' ? undefined : `\`neb get ${kind.toLowerCase()}s -A\` lists those of every namespace.` });
}

const tries = 8;

/** Reads and writes again where another writer came between. Throws its `conflict` when that keeps happening. */
export async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = tries; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 1 || !isNebError(error, 'conflict') || error.details?.final === true) throw error;
    }
  }
}

/** Writes one object and answers with it as it is now. */
export async function put<K extends Kind>(store: Store, resource: Resource<K>, ...more: readonly Change[]): Promise<Resource<K>> {
  const [written] = await store.commit([{ do: 'put', resource }, ...more]);
  return written as Resource<K>;
}
