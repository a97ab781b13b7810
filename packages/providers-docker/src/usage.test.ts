import { expect, it } from 'vitest';
import { stats } from './replies.ts';
import { usageIn } from './usage.ts';

const reading = (read: string, busyNs: number, memory: object) => stats.parse({
  read, cpu_stats: { cpu_usage: { total_usage: busyNs } }, memory_stats: memory, networks: { eth0: { rx_bytes: 5, tx_bytes: 7 }, eth1: { rx_bytes: 1, tx_bytes: 1 } },
});

it('usage is what happened between two readings, of memory without what the kernel would give back', () => {
  const memory = { usage: 1_000, limit: 4_000, stats: { inactive_file: 300 } };
  const [before, after] = [reading('2026-01-31T12:00:00.000Z', 1e9, memory), reading('2026-01-31T12:00:00.500Z', 1.75e9, memory)];
  expect(usageIn(before, after)).toEqual({ cpus: 1.5, memoryBytes: 700, memoryLimitBytes: 4_000, rxBytes: 6, txBytes: 8 });
});

it('usage of one that has ended between the readings is nothing', () => {
  const ended = stats.parse({ read: '0001-01-01T00:00:00Z' });
  expect(usageIn(reading('2026-01-31T12:00:00Z', 1e9, {}), ended)).toMatchObject({ cpus: 0, memoryBytes: 0 });
});
