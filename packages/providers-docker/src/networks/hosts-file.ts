import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** A container writes to its own too: what is larger is not touched. */
const mostBytes = 2 ** 20;

/** `text` with `names` at `address`, and nothing else at it; every other line stays as it is. Pure. */
export function hostsWith(text: string, address: string, names: readonly string[]): string {
  const others = text.split('\n').filter((line) => line.trim().split(/\s+/)[0] !== address);
  while (others.at(-1) === '') others.pop();
  return [...others, ...names.map((name) => `${address}\t${name}`), ''].join('\n');
}

/** Writes that into a container's file of hosts, in place, since the container has this very file mounted. False where it cannot be written. */
export async function writeHosts(path: string, address: string, names: readonly string[]): Promise<boolean> {
  try {
    // What is at the end of a link is not the engine's file.
    await using file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW);
    const { size } = await file.stat();
    if (size > mostBytes) return false;
    const before = await file.readFile('utf8');
    const after = hostsWith(before, address, names);
    if (after === before) return true;
    const { bytesWritten } = await file.write(after, 0);
    await file.truncate(bytesWritten);
    return true;
  } catch {
    return false;
  }
}
