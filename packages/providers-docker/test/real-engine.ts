import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Instance, InstanceRef, LaunchSpec, Offer, Provider } from '@neb/core-types';
import { z } from 'zod';
import { type EngineClient, engineClient, path } from '../src/connection/client.ts';
import { unixTransport } from '../src/connection/local.ts';

/** Where tests expect an engine; a missing one fails them. */
export const enginePath = '/var/run/docker.sock';

export const engineApi: EngineClient = engineClient(unixTransport(enginePath));

/** Unlike what any other test uses. */
export const unique = (prefix: string): string => `${prefix}-${randomBytes(4).toString('hex')}`;

export interface TestImage {
  readonly image: string;
  remove(): Promise<void>;
}

/** An image made of Debian's busybox-static, under a tag of its own, with `ballast` to make it larger; `remove` takes it away again. */
export async function busyboxImage(ballast?: Uint8Array, api = engineApi): Promise<TestImage> {
  const [repo, tag] = ['neb-test', unique('busybox')];
  const root = await mkdtemp(join(tmpdir(), 'neb-image-'));
  await mkdir(join(root, 'bin'));
  await mkdir(join(root, 'tmp'));
  await cp('/bin/busybox', join(root, 'bin/busybox'));
  const applets = 'sh ls cat echo sleep nc true false tr grep kill env printf ps head stty yes dd wc id ping trap seq mkdir rm mv readlink nslookup';
  await Promise.all(applets.split(' ').map((name) => symlink('busybox', join(root, 'bin', name))));
  if (ballast) await writeFile(join(root, 'ballast'), ballast);
  const tar = spawn('tar', ['-c', '-C', root, '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await api.done({ method: 'POST', path: '/images/create', query: { fromSrc: '-', repo: `${repo}:${tag}`, tag }, upload: tar.stdout, headers: { 'Content-Type': 'application/x-tar' } });
  await rm(root, { recursive: true });
  const image = `${repo}:${tag}`;
  return { image, remove: () => api.done({ method: 'DELETE', path: path`/images/${image}`, query: { force: true } }) };
}

/** Removes what a fleet left at the engine. */
export async function sweep(fleet: string, api = engineApi): Promise<void> {
  const filters = { label: [`neb.fleet=${fleet}`] };
  const containers = await api.json(z.array(z.object({ Id: z.string() })), { method: 'GET', path: '/containers/json', query: { all: true, filters } });
  await Promise.all(containers.map(({ Id }) => api.done({ method: 'DELETE', path: path`/containers/${Id}`, query: { force: true, v: true }, timeoutMs: 60_000 })));
  const networks = await api.json(z.array(z.object({ Id: z.string() })), { method: 'GET', path: '/networks', query: { filters } });
  await Promise.all(networks.map(({ Id }) => api.done({ method: 'DELETE', path: path`/networks/${Id}`, timeoutMs: 60_000 })));
  const { Volumes } = await api.json(z.object({ Volumes: z.array(z.object({ Name: z.string() })).nullable() }), { method: 'GET', path: '/volumes', query: { filters } });
  await Promise.all((Volumes ?? []).map(({ Name }) => api.done({ method: 'DELETE', path: path`/volumes/${Name}` })));
}

/** A spec of `sh -c script`. */
export function shell(image: string, script: string, more: Partial<LaunchSpec> = {}): LaunchSpec {
  return {
    image, entrypoint: ['sh', '-c', script], env: {}, ports: [], volumes: [], limits: {}, labels: {},
    network: { namespace: 'default', hostnames: [] }, ...more,
  };
}

export async function firstOffer(provider: Provider): Promise<Offer> {
  for await (const offer of provider.offers({})) return offer;
  throw new Error(`${provider.name} has no offers`);
}

export interface Launch {
  readonly key: string;
  readonly fleet: string;
  readonly spec: LaunchSpec;
}

/** Creates, and waits for what becomes of it. */
export async function launch(provider: Provider, request: Launch): Promise<Instance> {
  const { ref } = await provider.create({ ...request, offer: await firstOffer(provider) });
  return await outcome(provider, ref);
}

/** The instance once it is no longer pending. */
export async function outcome(provider: Provider, ref: InstanceRef): Promise<Instance> {
  const seen = await until(() => provider.inspect(ref), (instance) => instance?.state !== 'pending');
  if (!seen) throw new Error(`${ref} is gone`);
  return seen;
}

/** Looks until it is as wanted. */
export async function until<T>(look: () => Promise<T>, wanted: (seen: T) => boolean, withinMs = 15_000): Promise<T> {
  for (const end = performance.now() + withinMs; ; ) {
    const seen = await look();
    if (wanted(seen)) return seen;
    if (performance.now() > end) throw new Error(`still ${JSON.stringify(seen)} after ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export async function collectText(items: AsyncIterable<{ readonly data: Uint8Array } | Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const item of items) chunks.push(item instanceof Uint8Array ? item : item.data);
  return Buffer.concat(chunks).toString();
}
