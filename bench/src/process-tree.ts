import { readdir, readFile } from 'node:fs/promises';

export interface TreeUsage {
  /** Proportional set size of the whole tree, so that shared pages count once. */
  readonly pssBytes: number;
  readonly rssBytes: number;
  /** Of the tree's first process alone. */
  readonly ownRssBytes: number;
  readonly cpuSeconds: number;
  /** The same by the name of the program; the first process is `node`. */
  readonly cpuByName: Readonly<Record<string, number>>;
}

/** What a process and its descendants use, as Linux tells it under /proc. */
export async function treeUsage(pid: number): Promise<TreeUsage> {
  const parts = await Promise.all((await tree(pid)).map(usageOf));
  const sum = (pick: (u: Usage) => number): number => parts.reduce((total, part) => total + pick(part), 0);
  const names = [...new Set(parts.map(({ name }) => name))];
  const cpuByName = Object.fromEntries(names.map((name) => [name, sum((u) => (u.name === name ? u.cpuSeconds : 0))]));
  return {
    cpuByName, pssBytes: sum((u) => u.pssBytes), rssBytes: sum((u) => u.rssBytes), ownRssBytes: parts[0]?.ownRssBytes ?? 0, cpuSeconds: sum((u) => u.cpuSeconds),
  };
}

async function tree(root: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = new Map(await Promise.all(pids.map(async (pid) => [pid, Number((await stat(pid))[1] ?? 0)] as const)));
  const found = [root];
  for (const at of found) found.push(...pids.filter((pid) => parents.get(pid) === at));
  return found;
}

/** The fields of /proc/PID/stat after the command's name: state, parent, …; none once it has ended. */
async function stat(pid: number): Promise<readonly string[]> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

type Usage = Omit<TreeUsage, 'cpuByName'> & { readonly name: string };

async function usageOf(pid: number): Promise<Usage> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0) * 1024;
  const fields = await stat(pid);
  // Clock ticks are 100 a second on every Linux that Node runs on. Its own, and those of children that have ended since.
  const cpuSeconds = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at] ?? 0), 0) / 100;
  // Node calls its main thread so.
  const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim().replace(/^(MainThread|node.*)$/, 'node');
  return { name, pssBytes: kilobytes('Pss'), rssBytes: kilobytes('Rss'), ownRssBytes: kilobytes('Rss'), cpuSeconds };
}
