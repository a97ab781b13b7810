import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PodImage, podImage } from '@neb/cloud-simulator';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type PretendedClouds, pretendedClouds } from './pretended-clouds.ts';
import { type TestServer, testServer } from './server.ts';

/** Half a minute. */
const isWanted = Number(process.env['NEB_TEST_ROUNDS'] ?? 20) >= 20;
const namespace = 'pods';
let clouds: PretendedClouds;
let server: TestServer;
let image: PodImage;
let home: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-pod-services-'));
  [clouds, image] = await Promise.all([pretendedClouds(home), podImage('neb/pod-service:latest', { server: 'sshd' })]);
  server = await testServer({ ...clouds.env, NEB_PLATFORMS: 'runpod' });
}, 120_000);
afterAll(async () => {
  const { services, containers } = server.neb;
  for (const { metadata } of await services.list({ namespace }).all()) await services.delete({ namespace, name: metadata.name });
  await vi.waitFor(async () => expect(await containers.list({ namespace }).all()).toEqual([]), { timeout: 60_000, interval: 200 });
  await server[Symbol.asyncDispose]();
  await clouds[Symbol.asyncDispose]();
  await image[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
}, 120_000);

/** The address of a service whose replicas are pods that say `word`. */
async function serviceOf(word: string, { at, ...more }: { readonly at: string; readonly ports?: readonly object[] }): Promise<string> {
  const { neb } = server;
  await neb.services.create({
    metadata: { namespace, name: word }, platform: 'runpod', port: 8_000, min_containers: 0, max_containers: 1, hold: '90s', drain: '1s',
    container: { image: image.name, command: `mkdir -p /www; echo ${word} > /www/index.html; trap exit TERM; httpd -f -p ${at} -h /www & wait`, ...more },
  } as Parameters<typeof neb.services.create>[0]);
  return await vi.waitFor(async () => {
    const { address } = (await neb.services.get({ namespace, name: word })).status;
    // The address is told a moment before the gateway hears there; to anybody else than its owner's it says that there is nothing.
    expect((await fetch(`http://${address}/`)).status).toBe(404);
    return address!;
  }, { timeout: 30_000, interval: 100 });
}

const ask = async (address: string): Promise<string> => {
  const answer = await fetch(`http://${address}/`, { headers: { authorization: `Bearer ${server.token}` }, signal: AbortSignal.timeout(90_000) });
  return `${answer.status} ${await answer.text()}`;
};

test.skipIf(!isWanted)('a service of pods is woken by its first requests and answers them over their own SSH servers, from a port at their loopback', async () => {
  const address = await serviceOf('from-a-pod', { at: '127.0.0.1:8000' });
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(address)));
  expect(new Set(answers)).toEqual(new Set(['200 from-a-pod\n']));
  await expect.poll(async () => (await server.neb.containers.list({ namespace }).all())[0]?.status, { timeout: 10_000 }).toMatchObject({ platform: 'runpod', ready: true });
}, 120_000);

test.skipIf(!isWanted)('and by a port that its author made public', async () => {
  const address = await serviceOf('in-public', { at: '8000', ports: [{ port: 8_000, public: true }] });
  expect(await ask(address)).toBe('200 in-public\n');
}, 120_000);
