import { NebError, type Random } from '@neb/core-types';
import type { SecretStore } from '@neb/scheduler';
import type { KeyFile } from './key-file.ts';
import type { Keyring } from './keyring.ts';
import { secretText } from './secret-text.ts';
import { dataKeyPurpose, wrap } from './wrapping.ts';

export interface RotationOptions {
  readonly store: SecretStore;
  readonly keyring: Keyring;
  /** Where the server keeps its own key; absent where the key comes from its environment. */
  readonly file?: KeyFile | undefined;
  readonly random: Random;
}

export interface Rotated {
  /** Data keys that were wrapped anew. */
  readonly rewrapped: number;
  /** Whether a new key was made, or the one of the environment taken. */
  readonly made: boolean;
}

/**
 * Makes a new key, wraps every namespace's data key under it, and forgets the old one. Secrets stay readable all the
 * while: both keys are in the file until nothing is under the old one. A crash leaves both there, and the next start
 * or the next call goes on. With a key from the environment, which is the operator's to change, it only wraps anew.
 */
export async function rotateKey(options: RotationOptions): Promise<Rotated> {
  const { file, keyring, random } = options;
  if (!file) return { rewrapped: await rewrapAll(options), made: false };
  await using _held = await file.hold();
  await file.write([secretText(Buffer.from(random(32)).toString('base64url')), ...(await file.read())]);
  await keyring.refresh();
  return { rewrapped: await finish({ ...options, file }), made: true };
}

/** Goes on with a rotation that a crash cut off; does nothing where there was none. Answers how many data keys it wrapped anew. */
export async function finishRotation(options: RotationOptions): Promise<number> {
  const { file } = options;
  if (!file || (await file.read()).length < 2) return 0;
  await using _held = await file.hold();
  await options.keyring.refresh();
  return await finish({ ...options, file });
}

/** Only who holds the file may call it: it forgets every key but the current one. */
async function finish(options: RotationOptions & { readonly file: KeyFile }): Promise<number> {
  const { file, keyring } = options;
  const rewrapped = await rewrapAll(options);
  const [current] = await file.read();
  if (current) await file.write([current]);
  await keyring.refresh();
  return rewrapped;
}

/** Wraps under the current key what is not, until a whole pass finds nothing that is not. */
async function rewrapAll({ store, keyring, random }: RotationOptions): Promise<number> {
  let all = 0;
  for (let passes = 0; passes < 100; passes++) {
    let changed = 0;
    for (let after = ''; ;) {
      const page = await store.dataKeys(after);
      for (const key of page) {
        const bound = dataKeyPurpose(key.namespace);
        if (keyring.isCurrent(key.wrapped, bound)) continue;
        changed++;
        // Where another server was faster this one finds it done in the next pass.
        if (await store.replaceDataKey(key, wrap(keyring.open(key.wrapped, bound), { keyring, namespace: key.namespace, random }))) all++;
      }
      const last = page.at(-1);
      if (!last) break;
      after = last.namespace;
    }
    if (changed === 0) return all;
  }
  throw new NebError('conflict', 'data keys are wrapped under another key as fast as they are wrapped anew', { hint: 'See that every server has the same NEB_ENCRYPTION_KEY, and rotate again.' });
}
