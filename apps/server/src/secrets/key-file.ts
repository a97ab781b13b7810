import { open, rename, rm } from 'node:fs/promises';
import { type Clock, messageOf, NebError, type Random } from '@neb/core-types';
import { readSecret, secretFile } from '../data-folder.ts';
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
      const draft = `${path}.${Buffer.from(random(6)).toString('hex')}`;
      try {
        const file = await open(draft, 'wx', 0o600);
        await file.writeFile(`${keys.map((key) => key.reveal()).join('\n')}\n`);
        await file.sync();
        await file.close();
        await rename(draft, path);
      } catch (cause) {
        throw new NebError('invalid', `${path} cannot be written: ${messageOf(cause)}`, { cause });
      } finally {
        await rm(draft, { force: true });
      }
    },
  };
}
