import type { Clock, Random } from '@neb/core-types';
import { readSecret, secretFile, writeWhole } from '../data-folder.ts';
import { waitForLock } from '../database/process-lock.ts';
import { type SecretText, secretText } from './secret-text.ts';

/** The file with the encryption key: one a line, the current one first; the others only while a rotation is under way. */
export interface KeyFile {
  /** Makes a key on first use. */
  read(): Promise<readonly SecretText[]>;
  /** Once it resolves these keys are on disk, whole; before, the earlier ones are. */
  write(keys: readonly SecretText[]): Promise<void>;
  /** Waits until no other rotation is under way, in this process or another of this machine, and keeps others waiting until it is disposed of. */
  hold(): Promise<AsyncDisposable>;
}

export function keyFile(path: string, { random, clock }: { readonly random: Random; readonly clock: Clock }): KeyFile {
  return {
    hold: () => waitForLock(`${path}.lock`, clock),
    async read() {
      const text = (await readSecret(path)) ?? (await secretFile(path, random)).reveal();
      return text.split('\n').map((line) => secretText(line.trim())).filter((key) => key.reveal() !== '');
    },
    async write(keys) {
      await writeWhole(path, `${keys.map((key) => key.reveal()).join('\n')}\n`, random);
    },
  };
}
