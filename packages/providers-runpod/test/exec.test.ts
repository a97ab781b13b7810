import { describe, expect, it } from 'vitest';
import { command, sleeps, type World, world } from './world.ts';

const options = { secret: 'x'.repeat(32) };
const port = (number: number) => ({ port: number, protocol: 'tcp', public: true } as const);
const enter = ({ provider }: World, ref: Parameters<World['reach']>[0]) => provider.exec!(ref, { command: ['true'] });
const sent = (w: World) => w.cloud.exchanges.findLast(({ operation }) => operation === 'createPod')?.requestBody as { ports?: readonly string[]; env: Readonly<Record<string, string>> };

describe('the way into a pod', () => {
  it('is made where a secret is given, and none otherwise', async () => {
    await using w = await world({ options });
    await w.create('a', { ...sleeps, ports: [port(8080)] });
    expect(sent(w).ports).toEqual(['8080/tcp', '22/tcp']);
    expect(sent(w).env['NEB_SSH']).toContain('ssh-ed25519 AAAA');
    await using without = await world();
    await without.create('a', { ...sleeps, ports: [port(8080)] });
    expect(without.provider.exec).toBeUndefined();
    expect(sent(without).ports).toEqual(['8080/tcp']);
    expect(Object.keys(sent(without).env)).not.toContain('NEB_SSH');
  });

  it('has a host key of its own for each pod, and nowhere the key that opens it', async () => {
    await using w = await world({ options });
    await w.create('a');
    await w.create('b');
    const [a, b] = w.cloud.pods().map(({ env }) => env['NEB_SSH']!.match(/BEGIN OPENSSH[^-]*-----([^-]*)-----END/)![1]);
    expect(a).not.toBe(b);
    expect(w.cloud.pods().map(({ env }) => env['NEB_SSH']!.match(/OPENSSH PRIVATE KEY-----$/gm)!.length)).toEqual([2, 2]);
  });

  it('is no port of the container', async () => {
    await using w = await world({ options });
    const { ref } = await w.create('a', { ...sleeps, ports: [port(8080)] });
    expect((await w.reach(ref, 'running')).ports).toEqual([{ port: 8080, protocol: 'tcp', hostAddress: '192.0.2.7', hostPort: 30_000 }]);
  });
});

describe('exec is refused in words', () => {
  it('where the pod is not there, or does not run', async () => {
    await using w = await world({ options });
    await expect(enter(w, 'nobody' as never)).rejects.toMatchObject({ code: 'not_found' });
    const { ref } = await w.create('a', command('exits', '3', 'quietly'));
    await expect(enter(w, ref)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('is not running') });
    await w.reach(ref, 'exited');
    await expect(enter(w, ref)).rejects.toMatchObject({ code: 'conflict' });
  });

  it.each([
    ['runs its image\'s own command', { ...sleeps, entrypoint: undefined }],
    ['is the container\'s own', { ...sleeps, ports: [port(22)] }],
  ])('where the pod %s', async (why, spec) => {
    await using w = await world({ options });
    const { ref } = await w.create('a', spec);
    await w.reach(ref, 'running');
    await expect(enter(w, ref)).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining(why), hint: expect.any(String) });
  });

  it('where the pod was made without it', async () => {
    await using w = await world();
    const { ref } = await w.create('a');
    await w.reach(ref, 'running');
    await expect(w.another(options).exec!(ref, { command: ['true'] })).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('exec was not set up when it was made') });
  });

  it('where no command is given', async () => {
    await using w = await world({ options });
    const { ref } = await w.create('a');
    await w.reach(ref, 'running');
    await expect(w.provider.exec!(ref, { command: [] })).rejects.toMatchObject({ code: 'invalid' });
  });
});
