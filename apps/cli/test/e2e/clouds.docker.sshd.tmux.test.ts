import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PodImage } from '@neb/cloud-simulator';
import { systemClock } from '@neb/core-types';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { builtCommand, type Command, command } from './command.ts';
import { type PretendedClouds, pretendedClouds } from './pretended-clouds.ts';
import { type TestServer, testServer } from './server.ts';
import { terminal } from './terminal.ts';
import { trlImage } from './trl-image.ts';

let clouds: PretendedClouds;
let server: TestServer;
let built: Awaited<ReturnType<typeof builtCommand>>;
let image: PodImage;
let home: string;
let neb: Command;
const ns = ['-n', 'training'] as const;
/** The README's job. */
const manifest = readFileSync(new URL('../../../../examples/containers/trl-job.yaml', import.meta.url), 'utf8');
const a100 = 'NVIDIA A100-SXM4-80GB';

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-clouds-'));
  writeFileSync(join(home, 'mycontainer.yaml'), manifest);
  writeFileSync(join(home, 'anywhere.yaml'), manifest.replace('platform: runpod\n', ''));
  [clouds, built, image] = await Promise.all([pretendedClouds(home), builtCommand(), trlImage()]);
  server = await testServer(clouds.env, { machineAccess: clouds.machineAccess });
  neb = command({ main: built.main, home, env: { NEB_SERVER: server.url, NEB_TOKEN: server.token } });
}, 120_000);
afterEach(async () => {
  await neb(['delete', 'container', 'trl-job', '--ignore-not-found', ...ns, '-y', '--wait']);
  clouds.runpod.faults.clear();
  for (const center of ['US-KS-2', 'US-TX-3']) clouds.runpod.catalogue.setStock(a100, center, 'HIGH');
});
afterAll(async () => {
  await neb(['delete', 'containers', '--all', ...ns, '-y', '--wait']);
  await server[Symbol.asyncDispose]();
  await clouds[Symbol.asyncDispose]();
  await Promise.all([image[Symbol.asyncDispose](), built[Symbol.asyncDispose]()]);
  rmSync(home, { recursive: true });
}, 60_000);

async function create(file: string): Promise<void> {
  const { code, stderr } = await neb(['create', 'container', '-f', file, '-y', '--wait', '--wait-timeout', '90s']);
  expect(code, stderr).toBe(0);
}

/** Logs, exec and delete, of a job that runs. */
async function use(): Promise<void> {
  const said = 'trl sft --model_name_or_path Qwen/Qwen2.5-7B --dataset_name trl-lib/Capybara --output_dir /output --torch_dtype bfloat16 --use_peft true\n';
  await vi.waitFor(async () => expect((await neb(['logs', 'trl-job', ...ns])).stdout).toBe(said), { timeout: 20_000, interval: 500 });
  expect(await neb(['exec', 'trl-job', ...ns, '-c', 'echo hello; echo aside >&2'])).toMatchObject({ code: 0, stdout: 'hello\n', stderr: 'aside\n' });
  expect(await neb(['exec', 'trl-job', ...ns, '--', 'sh', '-c', 'echo $MODEL; exit 7'])).toMatchObject({ code: 7, stdout: 'Qwen/Qwen2.5-7B\n' });
  expect(await neb(['exec', '-i', 'trl-job', ...ns, '--', 'wc', '-c'], { stdin: 'x'.repeat(100_000) })).toMatchObject({ code: 0, stdout: expect.stringContaining('100000') });
  expect(await neb(['delete', 'container', 'trl-job', ...ns, '-y', '--wait'])).toMatchObject({ code: 0 });
  expect(clouds.runpod.pods()).toEqual([]);
  for (let tries = 0; clouds.ec2.machines().length > 0 && tries < 100; tries++) await systemClock.sleep(100);
  expect(clouds.ec2.machines()).toEqual([]);
}

/** A shell in it, as a person has one. */
async function atTerminal(): Promise<void> {
  await using at = await terminal(neb.env, { columns: 100, rows: 30 });
  await at.enter(`clear; ${process.execPath} ${built.main} exec -it trl-job ${ns.join(' ')} -- sh; echo "code=$?"`);
  await at.until(/\/ #/);
  await at.enter('stty size');
  await at.until(/^30 100$/m);
  await at.resize(80, 20);
  await systemClock.sleep(500);
  await at.enter('stty size');
  await at.until(/^20 80$/m);
  await at.enter('sleep 600');
  await systemClock.sleep(300);
  await at.press('C-c');
  await at.enter('echo "after $MODEL"; exit 3');
  await at.until(/^after Qwen\/Qwen2.5-7B$/m);
  await at.until(/code=3$/m);
}

describe('the job of the README', () => {
  test('runs where it costs least and is to be had, where it names no platform', async () => {
    clouds.runpod.catalogue.setStock(a100, 'US-KS-2', 'NONE');
    await create('anywhere.yaml');
    expect(clouds.runpod.pods()).toMatchObject([{ status: 'RUNNING', dataCenter: 'US-TX-3' }]);
    const { stdout } = await neb(['explain', 'container', 'trl-job', ...ns]);
    expect(stdout).toMatch(/^ +runpod +US-KS-2\S+ .* no +has .* in US-KS-2, but none is free$/m);
    expect(stdout).toMatch(/^ +aws +us-east-1\/p4de\.24xlarge\/on-demand .* \$27\.4471\/h +yes/m);
    await use();
  }, 120_000);

  test('runs on RunPod, which it names', async () => {
    await create('mycontainer.yaml');
    expect(clouds.runpod.pods()).toMatchObject([{ status: 'RUNNING' }]);
    expect((await neb(['get', 'containers', 'trl-job', ...ns])).stdout).toMatch(/trl-job.*running.*runpod/i);
    await atTerminal();
    await use();
  }, 120_000);

  test('runs on AWS where RunPod has none, and its story is told', async () => {
    clouds.runpod.faults.add({ kind: 'no_capacity', accelerator: a100 });
    await create('anywhere.yaml');
    expect(clouds.runpod.pods()).toEqual([]);
    expect(clouds.ec2.machines()).toMatchObject([{ type: 'p4de.24xlarge', state: 'running' }]);
    const { stdout } = await neb(['explain', 'container', 'trl-job', ...ns]);
    const events = stdout.slice(stdout.indexOf('Events')).split('\n').flatMap((line) => /(?:normal|warning) +(\S+) +(.*)$/.exec(line)?.slice(1).join(': ') ?? []);
    // Its volume is where it ran before.
    expect(events).toEqual([
      expect.stringMatching(/^Placed: on runpod \(US-(KS-2|TX-3)\) with 2:A100_SXM at \$2\.98\/h$/), expect.stringMatching(/^NoCapacity: /),
      expect.stringMatching(/^Placed: on runpod \(US-(KS-2|TX-3)\) with 2:A100_SXM at \$2\.98\/h$/), expect.stringMatching(/^NoCapacity: /),
      'Placed: on aws (us-east-1) with 2:A100_SXM at $27.4471/h', 'Started: running on aws',
    ]);
    expect(stdout).toContain('NoCapacity   RunPod has none free');
    expect(stdout).toMatch(/Runs at: +aws, us-east-1/);
    await use();
  }, 120_000);
});
