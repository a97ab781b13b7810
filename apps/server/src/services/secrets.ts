import { NebError } from '@neb/core-types';
import type { Change, Resource, SecretReader, SecretStore } from '@neb/scheduler';
import type { Caller, Secrets } from '@neb/sdk/contract';
import type { Vault } from '../secrets/vault.ts';
import { seenBy } from '../auth/view-of.ts';
import { deedTo } from './audit.ts';
import { objects, type ObjectsOptions } from './objects.ts';
import { secretView } from './views.ts';

export interface SecretsOptions extends Pick<ObjectsOptions<'Secret', never>, 'store' | 'access' | 'recorder' | 'clock' | 'onFeed'> {
  readonly vault: Vault;
  readonly sealed: SecretStore;
}

/** Secrets have no controller: one that is deleted is gone, and its value with it. */
export function secretService({ vault, sealed, ...options }: SecretsOptions): Secrets {
  const { access } = options;
  const all = objects({
    ...options,
    kind: 'Secret',
    view: secretView,
    deleting: (resource, now) => ({ resource: { ...resource, goneAt: now }, changes: [] }),
  });

  /** For the logs of containers that still run with it. A value that does not open is none that they could have got. */
  async function remember(id: string): Promise<void> {
    const secret = await options.store.get('Secret', id);
    if (secret) await vault.known(secret, secret).catch(() => undefined);
  }

  return {
    ...all,
    async delete(who, ref) {
      const gone = await all.delete(who, ref);
      await remember(gone.metadata.id);
      // The object stays as history; what it kept must not.
      await sealed.seal(gone.metadata.id, new Uint8Array());
      return gone;
    },
    async reveal(who, ref) {
      const secret = await access.need(who, 'reveal', { kind: 'Secret', ref });
      if (secret.deletedAt !== undefined) throw new NebError('expired', `secret ${secret.namespace}/${secret.name} was deleted`);
      const value = await vault.open(secret);
      // The record comes first: a value that nobody knows was given away is worse than none given.
      await options.recorder.done(who, deedTo('reveal', secret));
      await seenBy(who, options.store).commit([revealed(secret, who)]);
      return { value: value.reveal() };
    },
  };
}

function revealed({ kind, namespace, name, id }: Resource<'Secret'>, who: Caller): Change {
  return { do: 'tell', event: { type: 'normal', reason: 'Revealed', message: `its value was shown to ${who.id}`, object: { kind, namespace, name, id } } };
}

/** Opens secrets for containers of their namespace: to launch them, and to mask what they say. */
export function secretReader(store: SecretsOptions['store'], vault: Vault): SecretReader {
  return {
    async open(namespace, name) {
      const secret: Resource<'Secret'> | undefined = await store.find({ kind: 'Secret', namespace, name });
      if (!secret || secret.deletedAt !== undefined) throw new NebError('not_found', `there is no secret ${namespace}/${name}`);
      return (await vault.open(secret)).reveal();
    },
    async known(namespace, name) {
      const secret: Resource<'Secret'> | undefined = await store.find({ kind: 'Secret', namespace, name });
      return await vault.known({ namespace, name }, secret);
    },
  };
}
