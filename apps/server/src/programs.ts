import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter } from 'node:path';

/** The folders of a PATH, in its order. */
export function foldersOf(searchPath: string): readonly string[] {
  return searchPath.split(delimiter).filter((folder) => folder !== '');
}

export async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(() => true, () => false);
}
