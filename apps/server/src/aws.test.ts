import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Ec2Cloud, ec2Cloud } from '@neb/cloud-simulator';
import { systemClock } from '@neb/core-types';
import { pretendAccess } from '@neb/machines/testing';
import { createNeb, type Neb } from '@neb/sdk';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type DataFolder, dataFolder } from '../test/data-folder.ts';
import { startServer } from './compose.ts';

let folder: DataFolder;
let cloud: Ec2Cloud;
beforeAll(async () => {
  // What the AWS SDK finds by itself is not to be asked of the machine's cloud.
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('HOME', '/nowhere');
  folder = await dataFolder();
  cloud = await ec2Cloud();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await cloud[Symbol.asyncDispose]();
  await folder.remove();
});

interface Started extends AsyncDisposable {
  readonly neb: Neb;
}

/** A server of its own, over the simulated EC2. */
async function start(more: Readonly<Record<string, string>> = {}): Promise<Started> {
  const { accessKeyId, secretAccessKey } = cloud.credentials;
  const server = await startServer(folder.config({
    NEB_PLATFORMS: 'memory,aws', AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: 'us-east-1', NEB_AWS_URL: cloud.url, ...more,
  }), { machineAccess: pretendAccess({ clock: systemClock, machineAt: (address) => cloud.machines().find(({ state, publicAddress }) => state === 'running' && publicAddress === address)?.id }) });
  const token = (await readFile(join(folder.path, 'token'), 'utf8')).trim();
  return { neb: createNeb({ url: server.url, token, namespace: 'shop' }), [Symbol.asyncDispose]: () => server.close() };
}

const platform = async ({ neb }: Started) => (await neb.platforms()).find(({ name }) => name === 'aws');

test('with its key, offers are those of the region, on-demand and spot', async () => {
  await using s = await start();
  expect(await platform(s)).toMatchObject({ ready: true, running: 0, capabilities: expect.arrayContaining(['logs', 'exec']) });
  const { offers, unanswered } = await s.neb.offers({ platform: 'aws', accelerators: ['1:L4'], maxPrice: '1' });
  expect(offers).toMatchObject([{ region: 'us-east-1', accelerator: 'L4', count: 1, price_per_hour: '0.8048', spot_price_per_hour: '0.3218', available: 'unknown', from: 'live' }]);
  expect(unanswered).toEqual([]);
});

test('machines are bought in every region of NEB_AWS_REGIONS', async () => {
  await using s = await start({ NEB_AWS_REGIONS: 'us-east-1,eu-west-1' });
  const { offers } = await s.neb.offers({ platform: 'aws', accelerators: ['1:L4'], spot: true, maxPrice: '0.4' });
  expect(offers.map(({ region }) => region).sort()).toEqual(['eu-west-1', 'us-east-1']);
});

test('a container is suspended, costs its disk, and goes on; where it may be interrupted it is refused', async () => {
  await using s = await start();
  expect((await platform(s))?.capabilities).toContain('suspend:disk:on-demand');
  const manifest = { kind: 'Container' as const, metadata: { name: 'kept', namespace: 'shop' }, image: 'a', platform: 'aws', accelerators: ['1:L4'], needs: ['suspend' as const] };
  await expect(s.neb.apply([{ ...manifest, spot: true }])).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('what may be interrupted has no suspend there') });
  await s.neb.apply([{ ...manifest, needs: [] }]);
  await s.neb.containers.wait({ name: 'kept' }, { timeoutMs: 30_000 });
  const { status: { cost_per_hr: price } } = await s.neb.containers.get({ name: 'kept' });
  await s.neb.containers.suspend({ name: 'kept' });
  const shown = async () => (await s.neb.containers.get({ name: 'kept' })).status;
  await vi.waitFor(async () => expect(await shown()).toMatchObject({ status: 'paused', cost_per_hr: '0.010958904' }), { timeout: 30_000, interval: 250 });
  await vi.waitFor(() => expect(cloud.machines().map(({ state }) => state)).toEqual(['stopped']), { timeout: 10_000 });
  await s.neb.containers.resume({ name: 'kept' });
  await vi.waitFor(async () => expect(await shown()).toMatchObject({ status: 'running', cost_per_hr: price }), { timeout: 40_000, interval: 250 });
  expect(cloud.machines()).toMatchObject([{ state: 'running', publicAddress: '198.51.100.2' }]);
  await s.neb.containers.delete({ name: 'kept' });
  await s.neb.containers.wait({ name: 'kept' }, { for: 'deleted', timeoutMs: 30_000 });
}, 180_000);

test('the machine key is made once, and for its owner only', async () => {
  const path = join(folder.path, 'machine.key');
  await using s = await start();
  const key = await readFile(path, 'utf8');
  expect([key.trim().length >= 32, statSync(path).mode & 0o777]).toEqual([true, 0o600]);
  await s[Symbol.asyncDispose]();
  await using _again = await start();
  expect(await readFile(path, 'utf8')).toBe(key);
  await using _other = await start({ NEB_MACHINE_KEY: 'x'.repeat(32), NEB_MACHINE_KEY_FILE: join(folder.path, 'none.key') });
  expect(existsSync(join(folder.path, 'none.key'))).toBe(false);
});

test('a wrong key is told with the platform and what to set, and other platforms go on', async () => {
  await using s = await start({ AWS_ACCESS_KEY_ID: 'AKIAWRONGWRONGWRONG', AWS_SECRET_ACCESS_KEY: 'wrong-secret-wrong-secret', AWS_SESSION_TOKEN: 'wrong-token-wrong-token' });
  const platforms = await s.neb.platforms();
  expect(platforms.find(({ name }) => name === 'aws')).toMatchObject({ ready: false, message: expect.stringMatching(/AWS does not allow.*Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/s) });
  expect(platforms.find(({ name }) => name === 'memory')).toMatchObject({ ready: true });

  const { offers, unanswered } = await s.neb.offers({ accelerators: ['1:L4'] });
  expect(unanswered).toMatchObject([{ platform: 'aws', code: 'unauthorized', hint: expect.stringContaining('AWS_ACCESS_KEY_ID') }]);
  expect(offers.find((offer) => offer.platform === 'aws')).toMatchObject({ from: 'catalogue' });
  expect(JSON.stringify([platforms, offers, unanswered])).not.toMatch(/wrong-(secret|token)|WRONGWRONG/);

  await s.neb.apply([{ kind: 'Container', metadata: { name: 'here', namespace: 'shop' }, image: 'a' }]);
  await s.neb.containers.wait({ name: 'here' }, { timeoutMs: 15_000 });
  expect((await s.neb.containers.get({ name: 'here' })).status).toMatchObject({ platform: 'memory' });
});

test('what is missing is told: a region, a key, or half of one', async () => {
  {
    await using s = await start({ AWS_REGION: '' });
    expect(await platform(s)).toMatchObject({ ready: false, message: expect.stringContaining('set AWS_REGION') });
  }
  {
    await using s = await start({ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' });
    expect(await platform(s)).toMatchObject({ ready: false, message: expect.stringMatching(/no AWS credentials.*AWS_ACCESS_KEY_ID/s) });
  }
  await expect(start({ AWS_SECRET_ACCESS_KEY: '' })).rejects.toMatchObject({ code: 'invalid', message: 'NEB_PLATFORMS names aws, but AWS_SECRET_ACCESS_KEY is not set' });
});

test('what is no answer of AWS is unavailable, with its first line and no key', async () => {
  await using s = await start();
  const undo = cloud.faults.add({ kind: 'nonsense', body: '<html>we are\nsorry</html>' });
  const { unanswered } = await s.neb.offers({ accelerators: ['1:L4'] });
  expect(unanswered).toMatchObject([{ platform: 'aws', code: 'unavailable', message: expect.stringMatching(/^AWS answers .*<html>we are$/) }]);
  expect(JSON.stringify(unanswered)).not.toContain(cloud.credentials.secretAccessKey);
  undo();
});
