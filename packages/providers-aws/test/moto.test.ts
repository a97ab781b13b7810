import { randomBytes } from 'node:crypto';
import { collect, systemClock } from '@neb/core-types';
import { conformanceCases, type Subject } from '@neb/core-types/testing';
import { afterAll, beforeAll, describe, expect, it, test, type TestContext } from 'vitest';
import { aws, type AwsOptions, ec2 } from '../src/index.ts';
import { type Moto, moto } from './moto.ts';
import { pretendAccess } from '@neb/machines/testing';
import { firstOffer, sleeps } from './world.ts';

// The calls of AWS's SDK against an EC2 that none of us wrote. It boots nothing, so the containers are pretended.

const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAzrjMYlBN5zcUU/g6nHVj5oOzSfcxSWvDWRV28zL5bV';

let server: Moto | string;
beforeAll(async () => {
  server = process.env['NEB_TEST_MOTO'] === undefined ? 'it is brought from PyPI, which takes a minute: NEB_TEST_MOTO=1' : await moto();
}, 400_000);
afterAll(async () => {
  if (typeof server !== 'string') await server[Symbol.asyncDispose]();
});

function options(): AwsOptions {
  return {
    regions: ['us-east-1'], endpoint: (server as Moto).url, credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
    secret: 'a secret of more than thirty-two characters', pollMs: 20, access: pretendAccess({ clock: systemClock, startMs: 100, machineAt: (address) => address }),
    // It knows no images of the Deep Learning kind.
    images: { gpu: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64' },
  };
}

const skipIfAbsent = ({ skip }: TestContext): void => {
  if (typeof server === 'string') skip(server);
};

async function setUp(): Promise<Subject> {
  const provider = aws(options());
  const fleet = `f-${randomBytes(4).toString('hex')}`;
  return {
    // It leaves an instance's LaunchTime as it was when it starts it again, which EC2 does not.
    provider: { ...provider, suspend: undefined }, fleet,
    spec: sleeps,
    exits: { ...sleeps, image: 'exits-3' },
    unstartable: { ...sleeps, image: 'missing' },
    listens: { spec: sleeps, port: 7, send: 'hello', says: 'hello' },
    async settle(reached) {
      for (const end = systemClock.now() + 10_000; !(await reached()) && systemClock.now() < end; ) await systemClock.sleep(20);
    },
    async dispose() {
      await provider[Symbol.asyncDispose]();
    },
  };
}

describe('aws keeps the promises of a provider, against moto', () => {
  for (const { name, run } of conformanceCases(setUp)) {
    test(name, async (t) => {
      skipIfAbsent(t);
      await run((why) => t.skip(why));
    });
  }
});

describe('against moto', () => {
  it('a spot machine is bought and taken away', async (t) => {
    skipIfAbsent(t);
    const fleet = `f-${randomBytes(4).toString('hex')}`;
    await using provider = aws(options());
    const [offer] = await collect(provider.offers({ spot: true, accelerators: [{ name: 'L4', count: 1 }] }));
    expect(offer).toMatchObject({ spot: true, region: 'us-east-1', accelerator: { name: 'L4' } });
    const { ref } = await provider.create({ key: 'a', fleet, offer: offer!, spec: sleeps });
    expect((await collect(provider.list({ fleet }))).map((one) => one.ref)).toEqual([ref]);
    await provider.delete(ref, { graceMs: 0 });
    expect(await collect(provider.list({ fleet }))).toEqual([]);
  });

  it('a machine has an address, a boot script\'s key, and a console', async (t) => {
    skipIfAbsent(t);
    const fleet = `f-${randomBytes(4).toString('hex')}`;
    using machines = ec2(options());
    const request = { key: 'a', fleet, offer: await firstOffer(aws(options())), disks: [], userData: '#!/bin/sh\n', publicKey };
    const { id } = await machines.create(request);
    expect((await machines.create(request)).id).toBe(id);
    expect(await machines.inspect(id)).toMatchObject({ id, key: 'a', fleet, state: 'running', address: expect.stringMatching(/^[\d.]+$/) });
    expect(await machines.consoleOutput(id)).toBeTypeOf('string');
    await machines.delete(id);
    expect(await machines.inspect(id)).toBeUndefined();
    await machines.delete('us-east-1/i-00000000000000000');
  });

  it('a machine is stopped, known by its key as put aside, and started', async (t) => {
    skipIfAbsent(t);
    const fleet = `f-${randomBytes(4).toString('hex')}`;
    using machines = ec2(options());
    const { id } = await machines.create({ key: 'a', fleet, offer: await firstOffer(aws(options())), disks: [], userData: '#!/bin/sh\n', publicKey });
    await machines.rests!.stop(id, 's');
    const seen = (await machines.inspect(id))!;
    expect([seen.state, seen.aside]).toEqual(['stopped', { key: 's', bootedAt: seen.bootedAt }]);
    await machines.rests!.start(id);
    expect((await machines.inspect(id))?.state).toBe('running');
    await machines.delete(id);
  });

  it('a disk is made, attached, and found again', async (t) => {
    skipIfAbsent(t);
    const fleet = `f-${randomBytes(4).toString('hex')}`;
    using machines = ec2(options());
    const disk = { fleet, namespace: 'default', volume: 'data' };
    const { id } = await machines.create({ key: 'a', fleet, offer: await firstOffer(aws(options())), disks: [disk], userData: '#!/bin/sh\n', publicKey });
    const attached = async (): Promise<string> => await machines.disks!.attach(id, disk);
    await attached().catch((error: unknown) => { expect(error).toMatchObject({ code: 'unavailable' }); });
    const device = await attached();
    expect(device).toMatch(/^\/dev\/disk\/by-id\/nvme-Amazon_Elastic_Block_Store_vol[0-9a-f]+$/);
    expect(await attached()).toBe(device);
    const other = await machines.create({ key: 'b', fleet, offer: await firstOffer(aws(options())), disks: [disk], userData: '#!/bin/sh\n', publicKey });
    await expect(machines.disks!.attach(other.id, disk)).rejects.toMatchObject({ code: 'conflict' });
    for (const one of [id, other.id]) await machines.delete(one);
  });

  it('it is ready, and says what it knows of other regions', async (t) => {
    skipIfAbsent(t);
    await using provider = aws({ ...options(), regions: ['us-east-1', 'ap-south-1'] });
    expect(await provider.readiness()).toBeUndefined();
    expect(new Set((await collect(provider.offers({}))).map(({ region }) => region))).toEqual(new Set(['us-east-1', 'ap-south-1']));
  });
});
