import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, NebError, type Random } from '@neb/core-types';
import { type SecretText, secretText } from './secrets/secret-text.ts';

/** Makes the folder, closed to everyone but its owner. One that is there keeps its permissions. */
export async function makeDataFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new NebError('invalid', `the data folder ${path} cannot be made: ${messageOf(cause)}`, { cause, hint: 'NEB_DATA_DIR names the folder.' });
  }
}

/**
 * The secret in `path`: 256 fresh random bits, in a file only its owner can read, where there is none yet.
 * Of two servers that make it at once, both get the same one.
 */
export async function secretFile(path: string, random: Random): Promise<SecretText> {
  const kept = await readSecret(path);
  if (kept !== undefined) return secretText(kept);
  await makeDataFolder(dirname(path));
  const draft = `${path}.${Buffer.from(random(6)).toString('hex')}`;
  try {
    const file = await open(draft, 'wx', 0o600);
    await file.writeFile(`${Buffer.from(random(32)).toString('base64url')}\n`);
    await file.sync();
    await file.close();
    // A link takes the name only if it is free, and never shows a file that is half written.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } catch (cause) {
    throw new NebError('invalid', `${path} cannot be written: ${messageOf(cause)}`, { cause });
  } finally {
    await rm(draft, { force: true });
  }
  return secretText((await readSecret(path))!);
}

/** Once it resolves the text is in `path`, on disk and for its owner only; until then whoever reads it has all of what was there before. */
export async function writeWhole(path: string, text: string, random: Random): Promise<void> {
  const draft = `${path}.${Buffer.from(random(6)).toString('hex')}`;
  try {
    const file = await open(draft, 'wx', 0o600);
    await file.writeFile(text);
    await file.sync();
    await file.close();
    await rename(draft, path);
  } catch (cause) {
    throw new NebError('invalid', `${path} cannot be written: ${messageOf(cause)}`, { cause });
  } finally {
    await rm(draft, { force: true });
  }
}

/** What is kept in `path`; `undefined` where there is no such file. Throws `invalid` where it is too short to be a secret. */
export async function readSecret(path: string): Promise<string | undefined> {
  try {
    const text = (await readFile(path, 'utf8')).trim();
    if (text.length >= 16) return text;
    throw new NebError('invalid', `${path} is too short to be a secret`, { hint: 'Delete it to have a new one made; what was encrypted under it is then lost.' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error instanceof NebError ? error : new NebError('invalid', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
