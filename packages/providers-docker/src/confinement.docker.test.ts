import type { InstanceRef } from '@neb/core-types';
import { expect, test } from 'vitest';
import { collectText, until } from '../test/real-engine.ts';
import type { DockerProvider } from './index.ts';
import { world } from '../test/world.ts';

const w = world('confinement', { pidsLimit: 64 });
const roomy = world('confinement-default');

const said = async (key: string, script: string): Promise<string> => {
  const { ref } = await w.run(key, script);
  await until(() => w.provider.inspect(ref), (seen) => seen?.state === 'exited');
  const lines: string[] = [];
  for await (const { text } of w.provider.logs!(ref, {})) lines.push(text);
  return lines.join('\n');
};

/** Docker's default set without NET_RAW (13) and MKNOD (27). */
const kept = [0, 1, 3, 4, 5, 6, 7, 8, 10, 18, 29, 31];

test('a container has the capabilities that ordinary images need and no more, gains none, and is filtered by seccomp', async () => {
  const status = await said('status', 'while read -r line; do echo "$line"; done < /proc/self/status');
  const field = (name: string): string | undefined => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1];
  const bits = kept.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n).toString(16).padStart(16, '0');
  expect({ eff: field('CapEff'), bnd: field('CapBnd'), amb: field('CapAmb') }).toEqual({ eff: bits, bnd: bits, amb: '0000000000000000' });
  expect({ noNewPrivs: field('NoNewPrivs'), seccomp: field('Seccomp') }).toEqual({ noNewPrivs: '1', seccomp: '2' });
});

test('a container sees processes, devices and kernel knobs of its own only', async () => {
  const seen = await said('seen', 'echo "pid $$"; ls /dev; echo x 2>/dev/null > /proc/sysrq-trigger || echo read-only; echo "[$(cat /proc/kcore 2>/dev/null | dd bs=1 count=1 2>/dev/null)]"');
  expect(seen).toContain('pid 1\n');
  expect(seen).toContain('read-only\n[]');
  expect(seen).not.toMatch(/^(sd|vd|nvme|loop|kvm|mem|kmsg|fuse|net)/m);
});

test('a fork bomb stops at its own limit, and its neighbours go on', async () => {
  const [neighbour, bomb, free] = await Promise.all([
    w.run('neighbour', 'sleep 1000'),
    w.run('bomb', `${manyProcesses}; sleep 1000`),
    roomy.run('roomy', `${manyProcesses}; sleep 1000`),
  ]);
  expect(await firstLine(w.provider, bomb.ref)).toMatch(/can't fork/);
  expect(await firstLine(roomy.provider, free.ref)).toBe('all born');
  const { output } = await w.provider.exec!(neighbour.ref, { command: ['echo', 'alive'] });
  expect(await collectText(output)).toBe('alive\n');
});

/** In a shell of its own, which does not outlive a fork that fails. */
const manyProcesses = "sh -c 'for i in $(seq 1 200); do sleep 1000 & done; echo all born' 2>&1";

async function firstLine(provider: DockerProvider, ref: InstanceRef): Promise<string | undefined> {
  for await (const { text } of provider.logs!(ref, { follow: true })) return text;
  return undefined;
}
