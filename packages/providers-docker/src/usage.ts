import type { InstanceUsage } from '@neb/core-types';
import { path } from './connection/client.ts';
import type { Located } from './engine.ts';
import { type Stats, stats } from './replies.ts';

/** Between the two readings that tell how busy a container is. */
const betweenMs = 250;

/** What a running container uses now. Takes a quarter of a second. Throws `not_found` where there is none. */
export async function usage({ engine, name }: Located, signal?: AbortSignal): Promise<InstanceUsage> {
  const read = (): Promise<Stats> =>
    engine.client.json(stats, { method: 'GET', path: path`/containers/${name}/stats`, query: { stream: false, 'one-shot': true }, signal });
  const before = await read();
  await engine.clock.sleep(betweenMs, signal);
  return usageIn(before, await read());
}

export function usageIn(before: Stats, after: Stats): InstanceUsage {
  const elapsedNs = (Date.parse(after.read) - Date.parse(before.read)) * 1e6;
  const busyNs = after.cpu_stats.cpu_usage.total_usage - before.cpu_stats.cpu_usage.total_usage;
  const { usage: used, limit, stats: detail } = after.memory_stats;
  const networks = after.networks && Object.values(after.networks);
  return {
    cpus: elapsedNs > 0 ? Math.max(0, busyNs / elapsedNs) : 0,
    // As `docker stats` counts: what the kernel would give back at once is not used. Its name differs between cgroups 1 and 2.
    memoryBytes: Math.max(0, used - (detail?.['total_inactive_file'] ?? detail?.['inactive_file'] ?? 0)),
    memoryLimitBytes: limit,
    rxBytes: networks?.reduce((sum, { rx_bytes }) => sum + rx_bytes, 0),
    txBytes: networks?.reduce((sum, { tx_bytes }) => sum + tx_bytes, 0),
  };
}
