import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Whom PostgreSQL runs as: it refuses to be root. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** `undefined` means as we are; root takes the `postgres` account, or `nobody` where there is none. */
export async function unprivilegedAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const found = lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody');
  return { uid: Number(found?.[2] ?? 65_534), gid: Number(found?.[3] ?? 65_534) };
}

/** Whether an account that is neither owner nor member can pass through every folder above `path`; root's home, for one, is closed. */
export async function canReach(path: string): Promise<boolean> {
  for (let at = dirname(path); ; at = dirname(at)) {
    const facts = await stat(at).catch(() => undefined);
    if (facts && (facts.mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}
