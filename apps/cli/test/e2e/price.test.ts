import { bookkeeping, type RunpodCloud, runpodCloud } from '@neb/cloud-simulator';
import { systemClock } from '@neb/core-types';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { inProcess, type InProcessOptions } from './in-process.ts';
import type { Ran } from './command.ts';
import { type TestServer, testServer } from './server.ts';

let cloud: RunpodCloud;
let server: TestServer;
beforeAll(async () => {
  cloud = await runpodCloud({ machinery: bookkeeping({ clock: { now: () => systemClock.now(), sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) } }) });
  server = await testServer({ NEB_PLATFORMS: 'memory,runpod', RUNPOD_API_KEY: cloud.apiKey, NEB_RUNPOD_URL: cloud.url });
});
beforeEach(() => cloud.faults.clear());
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await cloud[Symbol.asyncDispose]();
});

function neb(line: string, options: Partial<InProcessOptions> = {}): Promise<Ran> {
  return inProcess(line.split(' '), { env: { HOME: server.dataDir, NEB_SERVER: server.url, NEB_TOKEN: server.token, NO_COLOR: '1', LANG: 'C.UTF-8' }, ...options });
}

const l4 = '--image x --accelerators 1:L4 -d';

test('a terminal shows what it will cost, and buys nothing without a yes', async () => {
  const refused = await neb(`create container no ${l4}`, { terminal: true, stdin: 'n\n' });
  expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('no: 1:L4 on runpod (EU-RO-1) at $0.39/h\nStart it? [y/N] ') });
  expect((await neb('get containers')).stdout).not.toContain('no');
  expect(cloud.exchanges.filter(({ operation }) => operation === 'createPod')).toEqual([]);

  expect(await neb(`create container yes ${l4}`, { terminal: true, stdin: 'y\n' })).toMatchObject({ code: 0, stderr: expect.stringContaining('Start it? [y/N] ') });
  await server.neb.containers.wait({ name: 'yes' }, { timeoutMs: 15_000 });
});

test.each([
  ['that costs without an accelerator too', 'create container cpu --image x --platform runpod -d', true],
  ['that is agreed to beforehand', `create container agreed ${l4} -y`, false],
  ['that costs nothing', 'create container free --image x --platform memory -d', false],
])('what asks, and what does not: a launch %s', async (_, line, asks) => {
  const { stderr } = await neb(line, { terminal: true, stdin: 'n\n' });
  expect(stderr.includes('Start it?')).toBe(asks);
});

test('a script is not asked', async () => {
  expect(await neb(`create container script ${l4}`)).toMatchObject({ code: 0, stderr: expect.not.stringContaining('Start it?') });
});

test('what tries cost that came to nothing is in the event, in explain and in describe, and the container fails with what to do', async () => {
  cloud.faults.add({ kind: 'price_change', factor: 1e5 });
  expect(await neb(`create container dear ${l4} --max-price 1 --retry-max-cost 0 --restart OnFailure`)).toMatchObject({ code: 0 });
  await expect.poll(async () => (await server.neb.containers.get({ name: 'dear' })).status.status, { timeout: 20_000 }).toBe('failed');
  const explained = (await neb('explain container dear')).stdout;
  expect(explained).toMatch(/Why: +not tried again: tries that came to nothing cost \$[\d.]+, which reaches retry\.max_cost of \$0; raise it to go on; the last: costs \$39000\/h where max_price is \$1/);
  expect(explained).toMatch(/Wasted: +\$[\d.]+ of \$0 that tries may cost that come to nothing/);
  expect(explained).toContain('RetryCost');
  expect((await neb('describe container dear')).stdout).toMatch(/COST +WHY\n.*\$39000\/h +\$[\d.]+ +costs \$39000\/h/);
  expect(cloud.exchanges.filter(({ operation, requestBody }) => operation === 'createPod' && JSON.stringify(requestBody).includes('dear')).length).toBeLessThanOrEqual(1);
}, 60_000);
