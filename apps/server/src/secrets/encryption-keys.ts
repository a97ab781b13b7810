import type { Clock, Random } from '@neb/core-types';
import type { Config } from '../config.ts';
import { type KeyFile, keyFile } from './key-file.ts';
import { type Keyring, keyring } from './keyring.ts';

export interface EncryptionKeys {
  readonly keyring: Keyring;
  /** Absent where the environment gives the key. */
  readonly file: KeyFile | undefined;
}

/** The server's encryption keys: the environment's, else those of its key file, which is made on first use. */
export async function encryptionKeys({ encryption }: Pick<Config, 'encryption'>, tools: { readonly random: Random; readonly clock: Clock }): Promise<EncryptionKeys> {
  const { key, previous } = encryption;
  if (key) return { keyring: keyring([key, ...previous]), file: undefined };
  const file = keyFile(encryption.file, tools);
  const read = async () => [...(await file.read()), ...previous];
  return { keyring: keyring(await read(), read), file };
}
