import { createServer, type AddressInfo } from 'node:net';
import { collect } from '@neb/core-types';
import { afterAll, describe, expect, it } from 'vitest';
import { faultyEngine } from '../../test/faulty-engine.ts';
import { hurriedClock } from '../../test/hurried-clock.ts';
import { engineApi, firstOffer, launch, outcome, until } from '../../test/real-engine.ts';
import { world } from '../../test/world.ts';
import { containersOf, findContainer } from '../containers.ts';
import { containerName } from '../names.ts';
import { createBody } from '../translate.ts';

const w = world('launches');

/** A port that takes connections and never answers. */
const silent = createServer(() => {});
await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
const silentPort = (silent.address() as AddressInfo).port;
afterAll(() => void silent.close());

describe('a launch that fails', () => {
  it('for a port of the host that is taken says which, to every process', async () => {
    const { ref, failure } = await w.run('port', 'sleep 100', { ports: [{ port: 80, protocol: 'tcp', public: true, hostPort: silentPort }] });
    const taken = { code: 'conflict', message: `port ${silentPort} of the host is taken` };
    expect(failure).toEqual(taken);
    expect(await w.another().inspect(ref)).toMatchObject({ state: 'failed', failure: taken });
  });

  it('for a command that is not in the image says so', async () => {
    const { failure } = await w.run('command', '', { entrypoint: ['no-such-command'] });
    expect(failure).toEqual({ code: 'invalid', message: `command "no-such-command" is not in image ${w.image}` });
  });

  it('for an accelerator that the host lacks says so', async () => {
    const { failure } = await w.run('gpu', 'true', { accelerator: { name: 'L4', count: 1 } });
    expect(failure).toMatchObject({ code: 'no_capacity', message: expect.stringContaining('no such accelerator') });
    const declared = w.another({ accelerators: [{ name: 'L4', count: 1 }] });
    const spec = w.spec('true', { accelerator: { name: 'L4', count: 2 } });
    expect((await launch(declared, { key: 'gpus', fleet: w.fleet, spec })).failure?.message).toMatch(/has 1 of 2 L4 free/);
  });

  it('can be repeated once its cause is gone', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port: hostPort } = blocker.address() as AddressInfo;
    const ports = [{ port: 80, protocol: 'tcp', public: true, hostPort }] as const;
    expect((await w.run('again', 'sleep 100', { ports })).state).toBe('failed');
    await new Promise((resolve) => blocker.close(resolve));
    expect(await w.run('again', 'sleep 100', { ports })).toMatchObject({ state: 'running', ports: [{ port: 80, hostAddress: '127.0.0.1', hostPort }] });
  });
});

describe('a launch that was cut off', () => {
  it('before the start goes on where it was', async () => {
    const request = { key: 'half', fleet: w.fleet, offer: await firstOffer(w.provider), spec: w.spec('sleep 100') };
    await engineApi.done({ method: 'POST', path: '/containers/create', query: { name: containerName(w.fleet, 'half') }, body: createBody(request, { publishAddress: '127.0.0.1', pidsLimit: 512 }) });
    const after = w.another({ clock: hurriedClock(50) });
    const found = (await collect(after.list({ fleet: w.fleet }))).find(({ key }) => key === 'half');
    expect([found?.state, found?.isUnattended]).toEqual(['pending', true]);
    const { ref, state, isUnattended } = await after.create(request);
    expect([state, isUnattended]).toEqual(['pending', undefined]);
    expect(ref).toBe(found?.ref);
    expect((await outcome(after, ref)).state).toBe('running');
  });

  it('by a race of two processes ends in one container', async () => {
    const request = { key: 'race', fleet: w.fleet, offer: await firstOffer(w.provider), spec: w.spec('echo once; sleep 100') };
    const providers = [w.provider, w.another(), w.another()];
    const made = await Promise.all(providers.map((one) => one.create(request)));
    const ended = await Promise.all(made.map(({ ref }, at) => outcome(providers[at]!, ref)));
    expect(new Set(ended.map(({ ref, startedAt }) => `${ref} ${startedAt}`)).size).toBe(1);
    expect(ended[0]?.state).toBe('running');
  });

  it('after its end is not begun again', async () => {
    const first = await until(async () => await w.run('done', 'exit 3'), ({ state }) => state === 'exited');
    const offer = await firstOffer(w.provider);
    const again = await w.another().create({ key: 'done', fleet: w.fleet, offer, spec: w.spec('exit 3') });
    expect(again).toEqual(first);
  });
});

describe('deleting a launch under way', () => {
  it('stops a pull that would never end', async () => {
    const image = `127.0.0.1:${silentPort}/never:v1`;
    const { ref } = await w.provider.create({ key: 'never', fleet: w.fleet, offer: await firstOffer(w.provider), spec: w.spec('true', { image }) });
    await until(() => w.provider.inspect(ref), (seen) => seen?.progress?.phase === 'pulling');
    await w.provider.delete(ref);
    await until(() => w.provider.inspect(ref), (seen) => seen === undefined);
  });

  it('leaves no container, wherever it was', async () => {
    const offer = await firstOffer(w.provider);
    const refs = await Promise.all(Array.from({ length: 8 }, async (_, nth) => {
      const { ref } = await w.provider.create({ key: `quick-${nth}`, fleet: w.fleet, offer, spec: w.spec('sleep 100') });
      await new Promise((resolve) => setTimeout(resolve, nth * 40));
      await w.provider.delete(ref, { graceMs: 0 });
      return ref;
    }));
    for (const ref of refs) await until(() => w.provider.inspect(ref), (seen) => seen === undefined);
    for (let nth = 0; nth < 8; nth++) expect(await findContainer(engineApi, containerName(w.fleet, `quick-${nth}`))).toBeUndefined();
  });
});

describe('what a spec asks for', () => {
  it('is what the container gets', async () => {
    const script = 'echo "$GREETING $1"; hostname 2>/dev/null || cat /proc/sys/kernel/hostname; grep -E "NoNewPrivs" /proc/self/status; cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null';
    const { ref } = await w.run('spec', script, {
      entrypoint: ['sh', '-c', script, 'sh'], args: ['world'], env: { GREETING: 'hello' }, limits: { cpus: 0.5, memoryBytes: 2 ** 26 },
      network: { namespace: 'default', hostnames: ['container-spec'] },
    });
    await until(() => w.provider.inspect(ref), (seen) => seen?.state === 'exited');
    const lines: string[] = [];
    for await (const { text } of w.provider.logs!(ref, {})) lines.push(text);
    expect(lines).toEqual(['hello world', 'container-spec', 'NoNewPrivs:\t1', String(2 ** 26)]);
  });

  it('keeps named volumes within their namespace', async () => {
    const at = (namespace: string) => ({ volumes: [{ kind: 'named', name: 'data', mount: '/data' }] as const, network: { namespace, hostnames: [] } });
    const { ref: writer } = await w.run('writer', 'echo kept > /data/file', at('one'));
    await until(() => w.provider.inspect(writer), (seen) => seen?.state === 'exited');
    const codes = await Promise.all((['one', 'two'] as const).map(async (namespace) => {
      const { ref } = await w.run(`reader-${namespace}`, 'cat /data/file', at(namespace));
      return (await until(() => w.provider.inspect(ref), (seen) => seen?.state === 'exited'))?.exitCode;
    }));
    expect(codes).toEqual([0, 1]);
  });

  it('in accelerators is given to no other container', async () => {
    const declared = w.another({ accelerators: [{ name: 'L4', count: 3 }] });
    const all = await Promise.all([1, 2, 1].map((count, nth) =>
      launch(declared, { key: `l4-${nth}`, fleet: w.fleet, spec: w.spec('true', { accelerator: { name: 'L4', count } }) })));
    // The engine has no NVIDIA runtime, so none starts; each that was made holds what it was given.
    const given = (await containersOf(engineApi, w.fleet)).flatMap(({ Labels }) => Labels['neb.gpus']?.split(',') ?? []);
    expect(new Set(given).size).toBe(given.length);
    expect(all.filter(({ failure }) => /of \d L4 free/.test(failure?.message ?? ''))).toHaveLength(1);
  });

  it('may not be a path of the host unless its operator allows that', async () => {
    const spec = w.spec('true', { volumes: [{ kind: 'host', path: '/etc', mount: '/host' }] });
    const create = async () => w.provider.create({ key: 'host', fleet: w.fleet, offer: await firstOffer(w.provider), spec });
    await expect(create()).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining('only an administrator') });
    expect(w.provider.refusal?.(spec)).toMatch('only an administrator');
    const allowed = w.another({ allowHostPaths: true });
    expect(allowed.refusal?.(spec)).toBeUndefined();
    expect((await launch(allowed, { key: 'host', fleet: w.fleet, spec })).failure).toBeUndefined();
  });

  it('in memory is a limit whose excess is told', async () => {
    // An engine listens for it only once the start is done: what is killed before is not told of.
    const { ref } = await w.run('greedy', 'sleep 1; dd if=/dev/zero of=/dev/null bs=256M count=1', { limits: { memoryBytes: 2 ** 24 } });
    expect(await until(() => w.provider.inspect(ref), (seen) => seen?.reason !== undefined)).toMatchObject({ state: 'exited', exitCode: 137, reason: 'OOMKilled' });
  });
});

it('a start takes three calls of the engine at most, two once the network is known', async () => {
  const engine = await faultyEngine();
  const provider = w.another({ socketPath: engine.socketPath });
  const offer = await firstOffer(provider);
  const count = async (key: string): Promise<number> => {
    const before = engine.requests.length;
    const { ref } = await provider.create({ key, fleet: w.fleet, offer, spec: w.spec('sleep 100') });
    await outcome(provider, ref);
    return engine.requests.slice(before).filter((request) => !request.endsWith('/json')).length;
  };
  expect(await count('calls-1')).toBeLessThanOrEqual(3);
  expect(await count('calls-2')).toBe(2);
  for await (const { ref } of provider.list({ fleet: w.fleet })) await provider.delete(ref, { graceMs: 0 });
  await provider[Symbol.asyncDispose]();
  await engine.close();
});
