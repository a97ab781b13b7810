import { randomBytes } from 'node:crypto';
import type { Instance, LaunchSpec } from '@neb/core-types';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { busyboxImage, engineApi, enginePath, firstOffer, launch, outcome, shell, sweep, unique } from '../../test/real-engine.ts';
import { type Registry, registry } from '../../test/registry.ts';
import { path } from '../connection/client.ts';
import { docker, type DockerProvider } from '../index.ts';

const fleet = unique('pull');
let provider: DockerProvider;
let local: Awaited<ReturnType<typeof busyboxImage>>;
let hub: Registry;
let image: string;

beforeAll(async () => {
  provider = docker({ socketPath: enginePath });
  [local, hub] = await Promise.all([busyboxImage(randomBytes(4_000_000)), registry()]);
  image = await hub.push(local.image, 'team/private');
  await local.remove(); // Or its layers would be there already.
});
afterAll(async () => {
  await provider[Symbol.asyncDispose]();
  await sweep(fleet);
  await engineApi.done({ method: 'DELETE', path: path`/images/${image}`, query: { force: true } });
  await hub.stop();
});

const run = (key: string, more: Partial<LaunchSpec> & { readonly image: string }): Promise<Instance> =>
  launch(provider, { key, fleet, spec: shell(more.image, 'sleep 100', more) });

it('an image is not pulled without its credentials, or with wrong ones', async () => {
  const { failure } = await run('anonymous', { image });
  expect(failure).toEqual({ code: 'unauthorized', message: `the registry ${hub.address} refuses ${image}: it wants other credentials` });
  const registry = { username: 'reader', password: 'a-wrong-password' };
  const wrong = await run('wrong', { image, registry });
  expect(wrong.failure?.code).toBe('unauthorized');
  expect(wrong.failure?.message).not.toContain(registry.password);
});

it('an image that does not exist is not found', async () => {
  const missing = `${hub.address}/team/private:v999`;
  const { failure } = await run('missing', { image: missing, registry: hub.credentials });
  expect(failure).toEqual({ code: 'not_found', message: `image ${missing} does not exist in ${hub.address}` });
});

it('a registry that is not there cannot be reached', async () => {
  const { failure } = await run('nowhere', { image: '127.0.0.1:1/app:v1' });
  expect(failure).toEqual({ code: 'unavailable', message: 'the registry 127.0.0.1:1 cannot be reached for 127.0.0.1:1/app:v1' });
});

it('what is not the name of an image is said to be none', async () => {
  const { failure } = await run('odd', { image: 'Not An Image' });
  expect(failure).toEqual({ code: 'invalid', message: '"Not An Image" is not the name of an image' });
});

it('a failure stays until the launch is repeated or deleted', async () => {
  const { ref } = await run('kept', { image: '127.0.0.1:1/app:v1' });
  expect((await provider.inspect(ref))?.state).toBe('failed');
  const again = await provider.create({ key: 'kept', fleet, offer: await firstOffer(provider), spec: shell('127.0.0.1:1/app:v1', 'true') });
  expect(again.ref).toBe(ref);
  expect((await outcome(provider, ref)).state).toBe('failed');
  await provider.delete(ref);
  expect(await provider.inspect(ref)).toBeUndefined();
});

it('a failed launch leaves nothing once its provider is gone', async () => {
  const mine = unique('leaves');
  await using once = docker({ socketPath: enginePath });
  expect((await launch(once, { key: 'a', fleet: mine, spec: shell('127.0.0.1:1/app:v1', 'true') })).state).toBe('failed');
  await once[Symbol.asyncDispose]();
  expect(await engineApi.json(z.array(z.unknown()), { method: 'GET', path: '/networks', query: { filters: { label: [`neb.fleet=${mine}`] } } })).toEqual([]);
});

it('an image is pulled with its credentials, for several at once, and the pull is told', async () => {
  const told: Instance[] = [];
  const stop = new AbortController();
  const watching = (async () => {
    for await (const key of provider.watch!({ fleet }, { signal: stop.signal })) {
      const seen = key === 'one' && (await provider.inspect(`local/neb.${fleet}.one` as Instance['ref']));
      if (seen) told.push(seen);
    }
  })();
  const registry = hub.credentials;
  const both = await Promise.all([run('one', { image, registry }), run('two', { image, registry })]);
  stop.abort();
  await watching;
  expect(both.map(({ state }) => state)).toEqual(['running', 'running']);
  expect(told.map(({ progress }) => progress?.phase)).toContain('pulling');
});
