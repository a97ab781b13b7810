import { type Clock, NebError, type Random } from '@neb/core-types';
import type { Resource, SecretStore } from '@neb/scheduler';
import { type Key, seal, unseal } from './envelope.ts';
import type { Keyring } from './keyring.ts';
import { dataKeyPurpose, wrap } from './wrapping.ts';
import { type SecretText, secretText } from './secret-text.ts';
import { seenValues } from './seen-values.ts';

/** Where secrets' values go in and come out; nothing else sees a key or a ciphertext. */
export interface Vault {
  /** Encrypts a value for one secret; what comes back is of use to nobody else. */
  seal(secret: SecretIdentity, value: string): Promise<Uint8Array>;
  /** The value. Throws `expired` after its time, and `not_found` where none was ever kept. */
  open(secret: Resource<'Secret'>): Promise<SecretText>;
  /** What `seal` made of a value that others keep, such as a key of the server's own. Throws `internal` where it was changed. */
  unseal(secret: SecretIdentity, sealed: Uint8Array): Promise<SecretText>;
  /**
   * The value, even after its time, and the values that secrets of that name had when this process opened or sealed them.
   * For masking only: never to be shown or given to anybody. Throws where there is a value that does not open.
   */
  known(secret: Pick<SecretIdentity, 'namespace' | 'name'>, now: Resource<'Secret'> | undefined): Promise<readonly string[]>;
  /** Throws where this server's encryption key is not the one that the database's secrets were sealed under. */
  verify(): Promise<void>;
}

export interface SecretIdentity {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
}

export interface VaultOptions {
  readonly store: SecretStore;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly random: Random;
}

const dataKeyId = 0;
/** No namespace can have this name. */
const touchstone = '.server';

/** Secrets under a data key a namespace, which is wrapped under the key-encryption key and unwrapped once a process. */
export function vault({ store, keyring, clock, random }: VaultOptions): Vault {
  const dataKeys = new Map<string, Promise<Key>>();
  const seen = seenValues();

  function dataKey(namespace: string): Promise<Key> {
    const known = dataKeys.get(namespace);
    if (known) return known;
    const found = unwrapped(namespace);
    dataKeys.set(namespace, found);
    // A failure is not remembered: the store may only have been away.
    found.catch(() => dataKeys.delete(namespace));
    return found;
  }

  async function unwrapped(namespace: string): Promise<Key> {
    const bound = dataKeyPurpose(namespace);
    // Rare, so the keys are looked at anew: a new data key must not go under a key that is on its way out.
    await keyring.refresh();
    const wrapped = await store.dataKey(namespace, () => wrap(random(32), { keyring, namespace, random }));
    const bytes = keyring.open(wrapped, bound);
    await keyring.refresh();
    if (!keyring.isCurrent(wrapped, bound)) await store.replaceDataKey({ namespace, wrapped }, wrap(bytes, { keyring, namespace, random }));
    return { id: dataKeyId, bytes };
  }

  async function unsealed(secret: Resource<'Secret'>): Promise<string | undefined> {
    const sealed = await store.sealed(secret.id);
    if (!sealed || sealed.length === 0) return undefined;
    return await opened(secret, sealed);
  }

  async function opened(secret: SecretIdentity, sealed: Uint8Array): Promise<string> {
    const plain = unseal(sealed, { key: await dataKey(secret.namespace), bound: boundTo(secret) });
    if (!plain) throw new NebError('internal', `the value of secret ${secret.namespace}/${secret.name} does not open; it was changed in the database`);
    const value = Buffer.from(plain).toString('utf8');
    seen.note(secret, value);
    return value;
  }

  return {
    async seal(secret, value) {
      seen.note(secret, value);
      const key = await dataKey(secret.namespace);
      return seal(Buffer.from(value, 'utf8'), { key, bound: boundTo(secret), iv: random(12) });
    },
    async open(secret) {
      const { expires_at: expiresAt } = secret.spec;
      if (expiresAt !== undefined && Date.parse(expiresAt) <= clock.now()) {
        throw new NebError('expired', `secret ${secret.namespace}/${secret.name} expired at ${expiresAt}`, { hint: 'Apply it again with a later expires_at.', details: { expiresAt } });
      }
      const value = await unsealed(secret);
      if (value === undefined) throw new NebError('not_found', `secret ${secret.namespace}/${secret.name} has no value`);
      return secretText(value);
    },
    unseal: async (secret, sealed) => secretText(await opened(secret, sealed)),
    async known(secret, now) {
      if (now) await unsealed(now);
      return seen.of(secret);
    },
    async verify() {
      await dataKey(touchstone);
    },
  };
}

const boundTo = ({ namespace, name, id }: SecretIdentity): readonly string[] => ['secret', namespace, name, id];
