import { collect } from '@neb/core-types';
import { describe, expect, it } from 'vitest';
import { programPath, realShell } from './real-shell.ts';
import { command, world } from './world.ts';

/** Real processes must keep up with the simulated time. */
const slowly = { stepMs: 20 };

describe.each([
  ['curl', ['curl'], { status: 'EXITED', name: 'neb.f.a.exit-3' }],
  ['Python', ['python3'], { status: 'EXITED', name: 'neb.f.a.exit-3' }],
  ['wget, which cannot rename', ['wget'], { status: 'EXITED', name: 'neb.f.a' }],
  ['nothing to call with', [], { status: 'RUNNING', name: 'neb.f.a' }],
])('in an image with %s', (_, programs, pod) => {
  it.skipIf(programs.some((name) => programPath(name) === undefined))('a command ends once, and how is known', async () => {
    await using w = await world({ program: realShell(...programs), ...slowly });
    const { ref } = await w.create('a', command('sh', '-c', 'echo "hello $NEB_KEY"; printf "no end"; exit 3'));
    const following = collect(w.provider.logs(ref, { follow: true }));
    expect((await w.reach(ref, 'exited')).exitCode).toBe(3);
    expect((await following).map(({ text }) => text)).toEqual(['hello a', 'no end']);
    await w.settle(() => w.cloud.pods()[0]?.status === pod.status);
    expect(w.cloud.pods()).toMatchObject([pod]);
  });
});

it('a command that is told to stop stops, and has not ended by itself', async () => {
  await using w = await world({ program: realShell(), ...slowly });
  const { ref } = await w.create('a', command('sh', '-c', 'trap "echo bye; exit 0" TERM; echo ready; while :; do sleep 0.05; done'));
  await w.reach(ref, 'running');
  await w.settle(async () => (await collect(w.provider.logs(ref, {}))).length > 0);
  await w.provider.suspend.save(ref, { key: 's', fleet: 'f', then: 'suspend', for: 'itself' });
  expect((await w.reach(ref, 'suspended')).exitCode).toBeUndefined();
});

it('a command that is not there ends with 127', async () => {
  await using w = await world({ program: realShell(), ...slowly });
  const { ref } = await w.create('a', command('no-such-command-here'));
  expect((await w.reach(ref, 'exited')).exitCode).toBe(127);
});
