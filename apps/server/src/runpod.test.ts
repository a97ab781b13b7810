import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@neb/core-types';
import { bookkeeping, type RunpodCloud, runpodCloud } from '@neb/cloud-simulator';
import { createNeb, type Neb } from '@neb/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DataFolder, dataFolder } from '../test/data-folder.ts';
import { startServer } from './compose.ts';

let folder: DataFolder;
let cloud: RunpodCloud;
beforeAll(async () => {
  folder = await dataFolder();
  cloud = await runpodCloud({ machinery: bookkeeping({ clock: systemClock, pullMs: 1 }) });
});
afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
  await folder.remove();
});

interface Started extends AsyncDisposable {
  readonly neb: Neb;
}

/** A server of its own, over the simulated RunPod. */
async function start(more: Readonly<Record<string, string>> = {}): Promise<Started> {
  const server = await startServer(folder.config({ NEB_PLATFORMS: 'memory,runpod', RUNPOD_API_KEY: cloud.apiKey, NEB_RUNPOD_URL: cloud.url, ...more }), { tuning: { stall: { firstMs: 20, maxMs: 20 } } });
  const token = (await readFile(join(folder.path, 'token'), 'utf8')).trim();
  return { neb: createNeb({ url: server.url, token, namespace: 'shop' }), [Symbol.asyncDispose]: () => server.close() };
}

test('with its key, offers are RunPod\'s own, with stock and price, and a container runs there', async () => {
  cloud.catalogue.setStock('NVIDIA H100 80GB HBM3', 'US-KS-2', 'NONE');
  await using s = await start();
  expect((await s.neb.platforms()).find(({ name }) => name === 'runpod')).toMatchObject({ ready: true, running: 0 });
  const { offers, unanswered } = await s.neb.offers({ platform: 'runpod', accelerators: ['2:H100'] });
  expect(offers).toMatchObject([
    { region: 'EU-RO-1', accelerator: 'H100_SXM', count: 2, memory_gib: 80, price_per_hour: '6.58', available: 'yes', from: 'live' },
    { region: 'US-KS-2', available: 'no' },
  ]);
  expect(unanswered).toEqual([]);

  await s.neb.apply([{ kind: 'Container', metadata: { name: 'job', namespace: 'shop' }, image: 'a', platform: 'runpod', accelerators: ['1:L4'] }]);
  await s.neb.containers.wait({ name: 'job' }, { timeoutMs: 15_000 });
  expect(cloud.pods()).toMatchObject([{ status: 'RUNNING', dataCenter: 'EU-RO-1' }]);
  await s.neb.containers.delete({ name: 'job' });
  await s.neb.containers.wait({ name: 'job' }, { for: 'deleted', timeoutMs: 15_000 });
  expect(cloud.pods()).toEqual([]);
});

test('a wrong key is told with the platform and what to set, and other platforms go on', async () => {
  await using s = await start({ RUNPOD_API_KEY: 'rpa_wrongwrongwrong' });
  const platforms = await s.neb.platforms();
  expect(platforms.find(({ name }) => name === 'runpod')).toMatchObject({ ready: false, message: expect.stringMatching(/RunPod refuses the API key.*RUNPOD_API_KEY/s) });
  expect(platforms.find(({ name }) => name === 'memory')).toMatchObject({ ready: true });

  const { offers, unanswered } = await s.neb.offers({});
  expect(unanswered).toMatchObject([{ platform: 'runpod', code: 'unauthorized', hint: expect.stringContaining('RUNPOD_API_KEY') }]);
  expect(offers.find(({ platform }) => platform === 'memory')).toMatchObject({ from: 'live' });
  expect(offers.find(({ platform }) => platform === 'runpod')).toMatchObject({ from: 'catalogue' });
  await expect(s.neb.offers({ platform: 'runpod' })).rejects.toMatchObject({ code: 'unauthorized', message: expect.stringContaining('RunPod'), hint: expect.stringContaining('RUNPOD_API_KEY') });
  expect(JSON.stringify([platforms, offers, unanswered])).not.toContain('wrongwrong');

  await s.neb.apply([{ kind: 'Container', metadata: { name: 'here', namespace: 'shop' }, image: 'a', platform: 'memory' }]);
  await s.neb.containers.wait({ name: 'here' }, { timeoutMs: 15_000 });
});

test('a price that turns out above max_price ends the pod, and the next place is tried', async () => {
  cloud.faults.add({ kind: 'price_change', factor: 2 }, { operation: 'createPod', times: 1 });
  await using s = await start();
  await s.neb.apply([{ kind: 'Container', metadata: { name: 'dear', namespace: 'shop' }, image: 'a', platform: 'runpod', accelerators: ['2:A100_SXM'], max_price: '3' }]);
  await s.neb.containers.wait({ name: 'dear' }, { timeoutMs: 25_000 });
  expect(cloud.pods()).toHaveLength(1);
  const { events } = await s.neb.containers.explain({ name: 'dear' });
  const told = events.map(({ reason, message }) => `${reason}: ${message}`);
  expect(told).toContain('PriceAboveMax: costs $5.96/h where max_price is $3');
  expect(told.filter((text) => text.startsWith('Placed')).sort()).toEqual(['Placed: on runpod (US-KS-2) with 2:A100_SXM at $2.98/h', 'Placed: on runpod (US-TX-3) with 2:A100_SXM at $2.98/h']);
  await s.neb.containers.delete({ name: 'dear' });
  await s.neb.containers.wait({ name: 'dear' }, { for: 'deleted', timeoutMs: 15_000 });
}, 60_000);

test('what must be suspended is not bought where it may be interrupted', async () => {
  await using s = await start();
  const { capabilities } = (await s.neb.platforms()).find(({ name }) => name === 'runpod')!;
  expect(capabilities).toEqual(expect.arrayContaining(['exec', 'suspend:disk:on-demand', 'spot']));
  const manifest = { kind: 'Container' as const, metadata: { name: 'kept', namespace: 'shop' }, image: 'a', platform: 'runpod', accelerators: ['1:L4'], needs: ['suspend' as const] };
  const refused = { code: 'unsupported', message: expect.stringContaining('what may be interrupted has no suspend there, which needs asks for; leave spot out') };
  await expect(s.neb.apply([{ ...manifest, spot: true }])).rejects.toMatchObject(refused);
  await expect(s.neb.apply([{ ...manifest, needs: ['cp'] }])).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('it has no cp') });
  // Where no platform is named, the story tells of this one.
  await s.neb.apply([{ ...manifest, platform: undefined, spot: true, accelerators: undefined }]);
  const { places } = await s.neb.containers.explain({ name: 'kept' });
  expect(places.find(({ platform }) => platform === 'runpod')).toMatchObject({ fits: false, why: expect.stringContaining('has no suspend there') });
  expect(cloud.pods()).toEqual([]);
  await s.neb.apply([manifest]);
  await s.neb.containers.wait({ name: 'kept' }, { timeoutMs: 15_000 });
  expect(cloud.pods()).toMatchObject([{ status: 'RUNNING' }]);
  await s.neb.containers.delete({ name: 'kept' });
  await s.neb.containers.wait({ name: 'kept' }, { for: 'deleted', timeoutMs: 15_000 });
}, 60_000);

test('what is no answer of RunPod is unavailable, with its first line and no key', async () => {
  await using s = await start();
  const undo = cloud.faults.add({ kind: 'nonsense', body: `we are sorry, ${cloud.apiKey}\nmore` });
  const { unanswered } = await s.neb.offers({ accelerators: ['1:L4'] });
  undo();
  expect(unanswered).toMatchObject([{ platform: 'runpod', code: 'unavailable', message: expect.stringContaining('we are sorry') }]);
  expect(JSON.stringify(unanswered)).not.toMatch(new RegExp(`${cloud.apiKey}|more`));
});

test('named without a key it ends the start, saying what to set', () => {
  return expect(start({ RUNPOD_API_KEY: '' })).rejects.toMatchObject({ code: 'invalid', message: 'NEB_PLATFORMS names runpod, but there is no key for it', hint: expect.stringContaining('RUNPOD_API_KEY') });
});
