import { NebError } from '@neb/core-types';
import type { Credential, Identity } from '@neb/identity';
import type { Caller } from '@neb/sdk/contract';

/** A key or a login, by its id. */
export interface Made {
  readonly id: string;
  readonly facts: Credential;
}

/** What the caller came with; `undefined` for the local token. Throws `unauthenticated` where it was revoked since. */
export async function credentialOf(identity: Identity, { credential }: Caller): Promise<Made | undefined> {
  const facts = credential === undefined ? undefined : await identity.credential(credential);
  if (credential !== undefined && !facts) throw new NebError('unauthenticated', 'what you came with was revoked');
  return facts && { id: credential!, facts };
}

/** The key that bounds what is made with a credential: itself, or the one that a login came of. */
export async function keyBehind(identity: Identity, { id, facts }: Made): Promise<Made | undefined> {
  if (facts.kind === 'key') return { id, facts };
  const parent = facts.parent === undefined ? undefined : await identity.credential(facts.parent);
  return parent && { id: facts.parent!, facts: parent };
}
