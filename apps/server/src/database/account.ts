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
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  const found = lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody');
  return { uid: Number(found?.[2] ?? 65_534), gid: Number(found?.[3] ?? 65_534) };
}

/** The folders from `path` up that `account` may not pass through; root's home is one, for everyone but root. */
export async function closedFolders(path: string, account: Account): Promise<readonly string[]> {
  const closed: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    const facts = await stat(at);
    const bit = facts.uid === account.uid ? 0o100 : facts.gid === account.gid ? 0o010 : 0o001;
    if ((facts.mode & bit) === 0) closed.push(at);
    if (at === dirname(at)) return closed;
  }
}
