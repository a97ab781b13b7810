import { randomBytes } from 'node:crypto';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Clock, type LaunchSpec, systemClock } from '@neb/core-types';
import { conformanceCases, type Subject } from '@neb/core-types/testing';
import { type Ec2Cloud, ec2Cloud, sshdHosts } from '@neb/cloud-simulator';
import { type Access, sshAccess } from '@neb/machines';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { aws } from '../src/index.ts';
import { busyboxImage } from './busybox-image.ts';
import { firstOffer } from './world.ts';

// An EC2 that is simulated, whose machines are sshds of this machine with the keys of their boot scripts; their Docker is this machine's.

const run = promisify(execFile);
let made: Awaited<ReturnType<typeof busyboxImage>>;
const fleets: string[] = [];
beforeAll(async () => {
  made = await busyboxImage();
});
afterAll(() => made.remove(fleets.flatMap((fleet) => [fleet, `${fleet}-2`])));

/** The cloud's minutes are the test's seconds. */
const hurried: Clock = { now: () => systemClock.now(), sleep: (ms, signal) => systemClock.sleep(ms / 20, signal) };

const shell = (script: string): LaunchSpec => ({
  image: made.image, entrypoint: ['sh', '-c', script], env: {}, ports: [], volumes: [], limits: {}, labels: {}, network: { namespace: 'default', hostnames: [] },
});

async function open() {
  const hosts = sshdHosts();
  // What runs on a machine ends with its stop.
  const stop = async (id: string): Promise<void> => {
    const key = cloud.machines().find((machine) => machine.id === id)?.tags['neb.key'] ?? '';
    const ids = (await run('docker', ['ps', '-q', '--filter', `label=neb.fleet=${fleet}`, '--filter', `label=neb.key=${key}`])).stdout.split('\n').filter(Boolean);
    if (ids.length > 0) await run('docker', ['stop', '--time', '1', ...ids]);
    await hosts.stop(id);
  };
  const cloud: Ec2Cloud = await ec2Cloud({ clock: hurried, hosts: { ...hosts, stop } });
  const access: Access = {
    engine: (target) => sshAccess.engine({ ...target, ...hosts.reach(target.host) }),
    mount: (target, mount, call) => sshAccess.mount({ ...target, ...hosts.reach(target.host) }, mount, call),
    beat: (target, call) => sshAccess.beat({ ...target, ...hosts.reach(target.host) }, call),
  };
  const fleet = `machines-${randomBytes(4).toString('hex')}`;
  fleets.push(fleet);
  const provider = aws({ regions: ['us-east-1'], credentials: cloud.credentials, endpoint: cloud.url, secret: 'a secret of more than thirty-two characters', access, pollMs: 50 });
  return {
    hosts, cloud, provider, fleet,
    async settle(reached: () => Promise<boolean>) {
      for (const end = systemClock.now() + 15_000; !(await reached()) && systemClock.now() < end; ) await systemClock.sleep(30);
    },
    async [Symbol.asyncDispose]() {
      await provider[Symbol.asyncDispose]();
      await cloud[Symbol.asyncDispose]();
      await hosts.close();
    },
  };
}

async function setUp(): Promise<Subject> {
  const w = await open();
  return {
    provider: { ...w.provider, offers: (query, call) => w.provider.offers({ ...query, spot: false }, call) },
    fleet: w.fleet,
    spec: shell('echo ready; sleep 1000'),
    exits: shell('exit 3'),
    unstartable: { ...shell('true'), image: '127.0.0.1:1/no/such:image' },
    listens: { spec: shell('while true; do echo pong | nc -l -p 7000; done'), port: 7000, says: 'pong' },
    settle: w.settle,
    loseNextAnswer: (verb = 'create') => void w.cloud.faults.add({ kind: 'lost_answer' }, { operation: operations[verb], times: 1 }),
    async dispose() {
      await w[Symbol.asyncDispose]();
    },
  };
}

const operations = { create: 'RunInstances', save: 'StopInstances', restore: 'StartInstances' } as const;

describe('aws keeps the promises of a provider, with real containers over SSH', () => {
  for (const { name, run } of conformanceCases(setUp)) test(name, ({ skip }) => run((why) => skip(why)));
});

describe('a real machine', () => {
  it('hears from the control plane, and writes down when', async () => {
    await using w = await open();
    const { ref } = await w.provider.create({ key: 'a', fleet: w.fleet, offer: await firstOffer(w.provider), spec: shell('sleep 1000') });
    await w.settle(async () => (await w.provider.inspect(ref))?.state === 'running');
    const [machine] = w.cloud.machines();
    const alive = join(w.hosts.runFolder(machine!.publicAddress!), 'alive');
    await w.settle(() => readFile(alive, 'utf8').then((text) => /^\d+\n$/.test(text), () => false));
    const uptimeS = Number((await readFile('/proc/uptime', 'utf8')).split('.')[0]);
    expect(uptimeS - Number(await readFile(alive, 'utf8'))).toBeLessThan(30);
  });

  it('has its container stopped within its grace before it goes', async () => {
    await using w = await open();
    const { ref } = await w.provider.create({ key: 'a', fleet: w.fleet, offer: await firstOffer(w.provider), spec: shell('trap "echo stopped well; exit 0" TERM; echo up; while true; do sleep 0.1; done') });
    await w.settle(async () => (await w.provider.inspect(ref))?.state === 'running');
    const lines: string[] = [];
    const reading = (async () => {
      for await (const { text } of w.provider.logs(ref, { follow: true })) lines.push(text);
    })();
    await w.settle(async () => lines.includes('up'));
    await w.provider.delete(ref, { graceMs: 5_000 });
    await reading;
    expect(lines.at(-1)).toBe('stopped well');
    await w.settle(async () => (await w.provider.inspect(ref)) === undefined);
    expect(w.cloud.machines()).toEqual([]);
  });

  it('that was suspended goes on with the files of its container, whose command begins anew', async () => {
    await using w = await open();
    const request = { key: 'a', fleet: w.fleet, offer: await firstOffer(w.provider), spec: shell('echo begun >> /kept; sleep 1000') };
    const { ref } = await w.provider.create(request);
    const reached = (state: string) => w.settle(async () => (await w.provider.inspect(ref))?.state === state);
    await reached('running');
    const first = w.cloud.machines()[0]!.publicAddress;
    const { ref: saved } = await w.provider.suspend!.save(ref, { key: 's', fleet: w.fleet, then: 'suspend', for: 'itself' });
    await w.settle(async () => (await w.provider.suspend!.snapshot(saved))?.state === 'ready');
    await reached('suspended');
    await w.provider.suspend!.restore(saved, request);
    await reached('running');
    const session = await w.provider.exec(ref, { command: ['cat', '/kept'] });
    expect(Buffer.concat((await Array.fromAsync(session.output)).map(({ data }) => data)).toString()).toBe('begun\nbegun\n');
    expect(w.cloud.machines()[0]!.publicAddress).not.toBe(first);
  });

  it('is not reached by who has another secret', async () => {
    await using w = await open();
    const offer = await firstOffer(w.provider);
    const { ref } = await w.provider.create({ key: 'a', fleet: w.fleet, offer, spec: shell('sleep 1000') });
    await w.settle(async () => (await w.provider.inspect(ref))?.state === 'running');
    const publicAddress = w.cloud.machines()[0]!.publicAddress!;
    const other = aws({
      regions: ['us-east-1'], credentials: w.cloud.credentials, endpoint: w.cloud.url, secret: 'another secret of more than thirty-two characters', startMs: 0,
      access: { ...sshAccess, engine: (target) => sshAccess.engine({ ...target, ...w.hosts.reach(publicAddress) }) },
    });
    expect(await other.inspect(ref)).toMatchObject({ state: 'unknown', reason: 'Unreachable' });
    await other[Symbol.asyncDispose]();
  });
});
