import { setTimeout as sleep } from 'node:timers/promises';
import { treeUsage } from './process-tree.ts';
import { startServer } from './server.ts';
import type { Figure } from './statistics.ts';

const counts = [0, 1, 10, 100];

/**
 * (k) CPU of a server, with its own PostgreSQL and its own Redis, while so many processors have no worker and nothing comes. Each is
 * looked at every five minutes, so anything shorter may miss that.
 */
export async function atZero(seconds = 330): Promise<readonly Figure[]> {
  await using server = await startServer();
  const figures: { readonly count: number; readonly share: number; readonly parts: string }[] = [];
  let made = 0;
  for (const count of counts) {
    for (; made < count; made++) {
      await server.neb.processors.create({ metadata: { name: `p${made}`, namespace: 'bench' }, container: { image: 'neb/bench:latest', platform: 'docker' }, min_replicas: 0, max_replicas: 1, scale: { zero: { duration: '500ms' } } });
    }
    while (!(await allIdle())) await sleep(500);
    await sleep(10_000);
    const before = await treeUsage(server.pid);
    await sleep(seconds * 1_000);
    const after = await treeUsage(server.pid);
    const share = (of: string | undefined): number => ((cpuOf(after, of) - cpuOf(before, of)) / seconds) * 100;
    figures.push({ count, share: share(undefined), parts: ['node', 'postgres', 'redis-server'].map((name) => `${name} ${share(name).toFixed(2)}`).join(', ') });
  }
  const [none] = figures;
  return figures.map(({ count, share, parts }) => ({
    what: `CPU with ${count} processors at zero, over ${seconds} s: server, PostgreSQL and Redis`,
    ours: `${share.toFixed(2)} % (${parts})`, ...(count > 0 && { floor: `${none!.share.toFixed(2)} % with none` }), target: '< 1 %', met: share < 1,
  }));

  async function allIdle(): Promise<boolean> {
    for await (const { status } of server.neb.processors.list({ namespace: 'bench', limit: 1_000 })) if (status.status !== 'idle') return false;
    return true;
  }
}

function cpuOf({ cpuSeconds, cpuByName }: Awaited<ReturnType<typeof treeUsage>>, name: string | undefined): number {
  return name === undefined ? cpuSeconds : (cpuByName[name] ?? 0);
}
