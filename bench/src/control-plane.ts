import { startDatabase } from './database.ts';
import { treeUsage } from './process-tree.ts';
import { startServer } from './server.ts';
import type { Figure } from './statistics.ts';

const namespace = 'bench';
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** (c) the control plane alone: the memory platform, PostgreSQL committing. Then the same containers at rest. */
export async function controlPlane(count = 5_000, idleSeconds = 60): Promise<readonly Figure[]> {
  await using database = await startDatabase();
  await using server = await startServer({ DATABASE_URL: database.url, NEB_PLATFORMS: 'memory' });
  const manifests = Array.from({ length: count }, (_, n) => ({
    kind: 'Container', metadata: { name: `c-${n}`, namespace }, image: 'busybox', command: ['sleep', '3600'], platform: 'memory',
  }));
  const start = performance.now();
  for (let at = 0; at < count; at += 100) await server.neb.apply(manifests.slice(at, at + 100), { mode: 'create' });
  const accepted = performance.now();
  while ((await running(server.url)) < count) await pause(100);
  const seconds = (performance.now() - start) / 1_000;
  const perSecond = count / seconds;

  await pause(5_000);
  const before = await treeUsage(server.pid);
  await database.activity();
  await pause(idleSeconds * 1_000);
  const [after, activity] = [await treeUsage(server.pid), await database.activity()];
  const cpu = ((after.cpuSeconds - before.cpuSeconds) / idleSeconds) * 100;
  return [
    { what: `${count} containers created → running`, ours: `${perSecond.toFixed(0)}/s (all accepted after ${((accepted - start) / 1_000).toFixed(1)} s)`, target: '≥ 500/s', met: perSecond >= 500 },
    { what: `${count} live containers at rest for ${idleSeconds} s, CPU of the server`, ours: `${cpu.toFixed(2)} %`, target: '< 2 %', met: cpu < 2 },
    { what: 'full scans of large tables meanwhile', ours: String(activity.fullScans), target: '0', met: activity.fullScans === 0 },
    { what: 'transactions a second meanwhile', ours: (activity.commits / idleSeconds).toFixed(2), target: '≤ 1', met: activity.commits / idleSeconds <= 1 },
    { what: 'memory of the server with them', ours: `${(after.pssBytes / 1e6).toFixed(0)} MB`, target: 'told only', met: true },
  ];
}

/** How many run, as the metrics say: a look that costs no listing. */
async function running(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^neb_containers\{[^}]*status="running"[^}]*\} (\d+)/m.exec(text)?.[1] ?? 0);
}
