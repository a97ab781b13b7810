import { isNebError, NebError, type Role } from '@neb/core-types';
import type { Identity, Owned } from '@neb/identity';
import type { Caller } from '@neb/sdk/contract';
import { authorise, type Target, type Verb } from '../../auth/authorise.ts';
import { ownedBy } from '../../auth/view-of.ts';
import type { Recorder } from '../audit.ts';

/** What is asked for of who there is, and how to speak of it. */
export interface Wish {
  readonly verb: Verb;
  readonly kind: Extract<Target['kind'], 'Organisation' | 'Member' | 'ServiceAccount' | 'Key'>;
  readonly owner: string;
  /** What it is called in a message, such as `organisation acme`. */
  readonly title: string;
  readonly name?: string | undefined;
  /** Who gives up what is its own needs no role for it, and no key is too narrow. */
  readonly own?: boolean | undefined;
  /** What more must hold, of one who may know of it: throws where it does not. */
  readonly rules?: (() => void | Promise<void>) | undefined;
}

/** The way to everything about who there is. */
export interface Desk {
  readonly identity: Identity;
  /** As far as `who` sees: what is read and changed for it goes through here, behind `need`. */
  seen(who: Caller): Owned;
  /** What to say where `who` names something by an id of which nothing is seen. If it is somebody's, `whose` is, its owner is to know who asked. */
  missing(who: Caller, wish: Omit<Wish, 'owner'>, whose: () => Promise<string | undefined>): NebError;
  /** Throws `not_found` where the caller must not know of it, and `unauthorized` where it may not do it. What changes something is written down before it is done. */
  need(who: Caller, wish: Wish): Promise<void>;
}

export function desk({ identity, recorder }: { readonly identity: Identity; readonly recorder: Recorder }): Desk {
  return {
    identity,
    seen: (who) => ownedBy(who, identity),
    missing(who, { verb, kind, title, name }, whose) {
      // Looked up when the answer is given, so that it takes no longer than that there is none.
      void whose().catch(() => undefined).then((owner) => owner !== undefined && recorder.denied(who, { verb, kind, owner, name }));
      return notFound(title);
    },
    async need(who, wish) {
      const { verb, kind, owner, title, name, own = false } = wish;
      const deed = { verb, kind, owner, name };
      const decision = own ? ({ do: 'allow' } as const) : authorise(who, verb, { kind, owner });
      if (decision.do === 'hidden') {
        recorder.denied(who, deed);
        throw notFound(title);
      }
      const why = decision.do === 'refused' ? decision.why : own ? undefined : narrowed(who, wish);
      if (why !== undefined) {
        recorder.denied(who, { ...deed, why });
        throw new NebError('unauthorized', `${verb} of ${title} is not allowed: ${why}`);
      }
      try {
        await wish.rules?.();
      } catch (error) {
        if (isNebError(error, 'unauthorized')) recorder.denied(who, { ...deed, why: error.message });
        throw error;
      }
      if (changes(verb)) await recorder.done(who, deed);
    },
  };
}

export function notFound(title: string): NebError {
  return new NebError('not_found', `there is no ${title}`);
}

/** Throws `unauthorized` where `who` would make or unmake an owner without being one: the rest of a role is below its own. */
export function mayHandle(who: Caller, organisation: string, role: Role | undefined): void {
  if (role !== 'owner' || who.admin || (Object.hasOwn(who.roles, organisation) && who.roles[organisation] === 'owner')) return;
  throw new NebError('unauthorized', `only an owner of ${organisation} may do this to an owner`);
}

const changes = (verb: Verb): boolean => verb === 'create' || verb === 'update' || verb === 'delete';

/** A narrow key could give somebody a role, and so have what it has not. */
function narrowed({ scope }: Caller, { verb, kind }: Wish): string | undefined {
  return scope && kind !== 'Key' && changes(verb) ? `a key that is narrowed down changes no ${kind === 'ServiceAccount' ? 'service account' : kind.toLowerCase()}` : undefined;
}
