import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunpodCloud, runpodCloud } from '@neb/cloud-simulator';
import type { OfferView } from '@neb/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ran } from './command.ts';
import { inProcess } from './in-process.ts';
import { type TestServer, testServer } from './server.ts';

let server: TestServer;
let cloud: RunpodCloud;
let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-accelerators-'));
  cloud = await runpodCloud();
  server = await testServer({ NEB_PLATFORMS: 'memory,runpod', RUNPOD_API_KEY: cloud.apiKey, NEB_RUNPOD_URL: cloud.url });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await cloud[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
});

function neb(line: string, { url, token }: Pick<TestServer, 'url' | 'token'> = server, stdin?: string): Promise<Ran> {
  return inProcess(line.split(' '), { stdin, env: { HOME: home, NEB_SERVER: url, NEB_TOKEN: token, LANG: 'C.UTF-8' } });
}

async function offers(line: string): Promise<readonly OfferView[]> {
  const { code, stdout, stderr } = await neb(`get accelerators ${line} -o json`);
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  return (JSON.parse(stdout) as { items: readonly OfferView[] }).items;
}

describe('neb get accelerators', () => {
  test('shows what RunPod has now, with stock and price', async () => {
    cloud.catalogue.setStock('NVIDIA H100 80GB HBM3', 'US-KS-2', 'NONE');
    const { code, stdout, stderr } = await neb('get accelerators H100 --platform runpod');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatchInlineSnapshot(`
      "ACCELERATOR   COUNT   MEMORY   CPUS   RAM   PLATFORM   REGION    PRICE     SPOT   STOCK    AGE
      H100_SXM          1    80 GB      -     -   runpod     EU-RO-1   $3.29   $1.645   yes     live
      H100_SXM          1    80 GB      -     -   runpod     US-KS-2   $3.29   $1.645   none    live
      "
    `);
    cloud.catalogue.setStock('NVIDIA H100 80GB HBM3', 'US-KS-2', 'HIGH');
  });

  test('shows the catalogue\'s figures of clouds without a key, and says so, with their date', async () => {
    const { stdout, stderr } = await neb('get accelerators L4 --region us-east-1 --max-price 2 -o wide');
    expect(stdout).toContain('g6.xlarge');
    expect(stdout).toContain('catalogue: sooddvs/gpu-pricing, 2026-06-15');
    expect(stdout).toMatch(/aws +us-east-1 +\$0\.8048 +- +- +\d+d/);
    expect(stderr).toBe('Of a bundled catalogue, not of the cloud itself: aws (2026-06-15). neb get platforms tells what brings live figures.\n');
  });

  test('is narrowed down by flags, all of which must hold', async () => {
    expect((await offers('--memory 100 --spot --max-price 2')).map(({ platform, accelerator, spot_price_per_hour: spot }) => [platform, accelerator, spot])).toEqual([['runpod', 'MI300X', '0.995'], ['nebius', 'H200_SXM', '1.45']]);
    expect((await offers('2:A100 --region US-TX-3')).map(({ price_per_hour: price, count, from }) => [price, count, from])).toEqual([['2.98', 2, 'live']]);
    expect((await offers('--count 8 --memory 141GB --platform azure')).map(({ type }) => type)).toEqual(['Standard_ND96isr_H200_v5']);
    expect(await offers('MI300X H200 --platform runpod')).toHaveLength(2);
  });

  test('is sorted by a column or its other name, and money by its amount', async () => {
    expect((await offers('--platform runpod --sort name')).map(({ accelerator }) => accelerator)).toEqual((await offers('--platform runpod --sort-by accelerator')).map(({ accelerator }) => accelerator));
    const prices = (await offers('--sort price --spot')).flatMap(({ price_per_hour: price }) => price ?? []).map(Number);
    expect(prices).toEqual(prices.toSorted((a, b) => a - b));
    expect((await offers('--platform runpod --sort memory'))[0]).toMatchObject({ memory_gib: 24 });
  });

  test('tells the nearest names of what nobody sells', async () => {
    expect(await neb('get accelerators H101')).toMatchObject({ code: 3, stdout: '', stderr: expect.stringMatching(/nobody sells an accelerator "H101"\. Did you mean "H100"/) });
  });

  test('says what was asked for where nothing is left', async () => {
    expect(await neb('get accelerators H100 --max-price 0.01 --region nowhere')).toMatchObject({ code: 0, stdout: '', stderr: 'Nobody offers one with --region nowhere --max-price 0.01: leave some of it out.\n' });
  });

  test.each(['--count 0', '--count x', '--memory much', '--max-price cheap', '--max-price -1', '--platform moon'])('refuses %s', async (flag) => {
    expect(await neb(`get accelerators ${flag}`)).toMatchObject({ code: 2, stdout: '' });
  });
});

test('neb get platforms shows known platforms, and what is missing for those that are not set up', async () => {
  const { stdout } = await neb('get platforms');
  expect(stdout).toMatch(/^runpod +yes/m);
  expect(stdout).toMatch(/^aws +no .*AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/m);
  expect(stdout).toMatch(/^ssh +no .*NEB_SSH_HOSTS/m);
});

test('a wrong key is told beside what other platforms have', async () => {
  await using other = await testServer({ NEB_PLATFORMS: 'memory,runpod', RUNPOD_API_KEY: 'rpa_wrong', NEB_RUNPOD_URL: cloud.url });
  const { code, stdout, stderr } = await neb('get accelerators A100_SXM', other);
  expect([code, stdout.includes('aws')]).toEqual([0, true]);
  expect(stderr).toMatch(/^runpod did not tell what it has: RunPod refuses the API key.*\nSet RUNPOD_API_KEY/);
  expect(await neb('get accelerators --platform runpod', other)).toMatchObject({ code: 4, stderr: expect.stringContaining('RUNPOD_API_KEY') });
});

describe('neb create --dry-run', () => {
  const job = 'kind: Container\nmetadata: { name: trl-job, namespace: training }\nimage: busybox\naccelerators: ["2:A100_SXM", "1:H100"]\nmax_price: 3\n';

  test('shows every place where it could run with its price, and by how much the others fall short', async () => {
    const { code, stdout } = await neb('create container -f - --dry-run', server, job);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^container\/trl-job is valid \(client dry run\)\n/)]);
    expect(stdout).toMatch(/runpod.* 2:A100_SXM.*\$2\.98/);
    expect(stdout).toMatch(/runpod.* 1:H100_SXM.*no +costs at least \$3\.29\/h where max_price is \$3/);
    expect((await neb('get containers -n training')).stdout).toBe('');
  });

  test('warns of what the server would refuse, and says no more than that it is valid where none answers', async () => {
    expect(await neb('create -f - --dry-run', server, `${job}platform: aws\n`)).toMatchObject({ code: 0, stderr: expect.stringContaining('the server would refuse it: container training/trl-job: platform aws is not set up') });
    const nobody = { url: 'http://127.0.0.1:9', token: 'x' };
    expect(await neb('create -f - --dry-run', nobody, job)).toMatchObject({ code: 0, stdout: 'container/trl-job is valid (client dry run)\n', stderr: '' });
  });
});
