import { isNebError, type Kind, NebError } from '@neb/core-types';
import type { Change, Resource, Store, TenantStore } from '@neb/scheduler';
import type { Caller, Ref } from '@neb/sdk/contract';
import { authorise, type Decision, type Target, type Verb } from '../auth/authorise.ts';
import { seenBy } from '../auth/view-of.ts';
import { deedTo, type Recorder } from './audit.ts';
import { titleOf } from './views.ts';

/** The way to every object: what `authorise` does not allow is not there. */
export interface Access {
  /** Throws `not_found` where there is none that `who` may see, and `unauthorized` where it may see it only. */
  need<K extends Kind>(who: Caller, verb: Verb, want: { readonly kind: K; readonly ref: Ref }): Promise<Resource<K>>;
  /** Whether `who` would get it. */
  may(who: Caller, verb: Verb, target: Target): boolean;
  /** Who owns what is in a namespace; `undefined` where there is none that `who` sees. */
  ownerOf(who: Caller, namespace: string): Promise<string | undefined>;
  /** The same, seen by nobody in particular: for a decision, never for an answer. */
  anyOwnerOf(namespace: string): Promise<string | undefined>;
}

export function access(store: Store, recorder: Recorder): Access {
  return {
    async need(who, verb, { kind, ref }) {
      const found = await look(seenBy(who, store), kind, ref);
      const decision = found && authorise(who, verb, { kind, owner: found.owner, namespace: spaceOf(found) });
      if (!decision) void noteHidden(who, verb, { kind, ref });
      else if (decision.do !== 'allow') recorder.denied(who, deedTo(verb, found, whyDenied(decision)));
      if (!decision || decision.do === 'hidden') throw notFound(kind, ref);
      if (decision.do === 'refused') throw new NebError('unauthorized', `${verb} of ${titleOf(found)} is not allowed: ${decision.why}`);
      return found;
    },
    may: (who, verb, target) => authorise(who, verb, target).do === 'allow',
    ownerOf: async (who, namespace) => (await look(seenBy(who, store), 'Namespace', { namespace: '', name: namespace }))?.owner,
    anyOwnerOf: async (namespace) => (await look(store, 'Namespace', { namespace: '', name: namespace }))?.owner,
  };

  /** Its owner is to know who asked for it. Looked up when the answer is given, so that it takes no longer than that there is none. */
  async function noteHidden(who: Caller, verb: Verb, { kind, ref }: { readonly kind: Kind; readonly ref: Ref }): Promise<void> {
    const hidden = await look(store, kind, ref).catch(() => undefined);
    if (hidden) recorder.denied(who, deedTo(verb, hidden, theirs));
  }
}

/** Why what a caller must not know of is denied it, for the audit log of its owner. */
const theirs = 'it is another tenant\'s';

export const whyDenied = (decision: Decision): string => (decision.do === 'refused' ? decision.why : theirs);

async function look<K extends Kind>(store: TenantStore, kind: K, ref: Ref): Promise<Resource<K> | undefined> {
  return 'id' in ref ? await store.get(kind, ref.id) : await store.find({ kind, ...place(kind, ref) });
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
export async function put<K extends Kind>(store: TenantStore, resource: Resource<K>, ...more: readonly Change[]): Promise<Resource<K>> {
  const [written] = await store.commit([{ do: 'put', resource }, ...more]);
  return written as Resource<K>;
}
