import { type Clock, type CreateRequest, NebError } from '@neb/core-types';
import { type EngineClient, path } from '../connection/client.ts';
import { findContainer } from '../containers.ts';
import { isNetworkMissing, isRefusal, refusalOf } from '../errors.ts';
import type { Gpus } from '../gpus.ts';
import { containerName, labels } from '../names.ts';
import type { Inside } from '../networks/inside.ts';
import type { EngineNetworks } from '../networks/networks.ts';
import type { Bind, SecretFiles } from '../secret-files.ts';
import { readerOf } from '../secret-reader.ts';
import { createBody } from '../translate.ts';
import type { Pulls } from './pull.ts';
import type { PullProgress } from './pull-progress.ts';
import type { Slots } from './slots.ts';

export interface LaunchWorld {
  readonly client: EngineClient;
  readonly networks: EngineNetworks;
  readonly inside?: Pick<Inside, 'hostsOf' | 'catchUp'> | undefined;
  readonly pulls: Pulls;
  readonly gpus: Gpus;
  readonly secretFiles?: SecretFiles | undefined;
  readonly slots: Slots;
  readonly publishAddress: string;
  readonly pidsLimit: number;
  readonly clock: Clock;
}

export interface LaunchSteps {
  /** Stops it between two steps; a step that is under way at the engine ends first, so that its outcome is known. */
  readonly signal: AbortSignal;
  readonly pulling: (progress: PullProgress) => void;
  readonly starting: () => void;
}

/** What a container goes on from, where it does not start anew. */
export interface GoingOn {
  /** Of a checkpoint that is the container's own once `place` resolved. */
  readonly checkpoint: string;
  place(container: string): Promise<void>;
}

const createMs = 60_000;
const startMs = 120_000;
/** Reading back the memory of a large one takes minutes. */
const goOnMs = 3_600_000;
const pullsAtMost = 2;
/** How often a network may vanish under a launch. */
const triesAtMost = 5;
/** How long the creator of a container that we found gets to start it before we do. */
const creatorMs = 3_000;

/**
 * Brings the container of `request` to run: pulls its image if the engine lacks it, creates it, starts it. Goes on
 * with what is there already, and leaves alone one that runs or has run. The happy path costs two calls.
 */
export async function startContainer(world: LaunchWorld, request: CreateRequest, steps: LaunchSteps & { readonly from?: GoingOn | undefined }): Promise<void> {
  const { image, registry } = request.spec;
  for (let pulled = 0; ; pulled++) {
    const error = await world.slots.run(() => attempt(world, request, steps), steps.signal);
    if (!error) return;
    if (pulled === pullsAtMost) throw error;
    steps.pulling({});
    await world.pulls.pull(image, { credentials: registry, signal: steps.signal, onProgress: steps.pulling });
    steps.starting();
  }
}

/** Resolves with the refusal if the image is missing, with nothing once the container was started. */
async function attempt(world: LaunchWorld, request: CreateRequest, steps: LaunchSteps & { readonly from?: GoingOn | undefined }): Promise<Error | undefined> {
  const { signal } = steps;
  const name = containerName(request.fleet, request.key);
  const scope = { fleet: request.fleet, namespace: request.spec.network.namespace };
  const network = world.networks.ensure(scope); // Only the start needs it.
  network.catch(() => {});

  for (let tries = 1; ; tries++) {
    const hosts = world.inside?.hostsOf(scope) ?? [];
    const made = await make(world, { name, hosts }, request);
    signal.throwIfAborted();
    if (made.outcome === 'no network') {
      if (tries === triesAtMost) throw made.error;
      await network;
      await world.networks.ensure(scope, { fresh: tries > 1 });
      continue;
    }
    const found = made.outcome === 'exists' ? await adopt(world, name, steps) : 'ours to start';
    if (found === 'leave it') return undefined;
    if (made.outcome === 'no image') return made.error;
    if (found === 'gone') continue;
    await network;
    signal.throwIfAborted();
    await steps.from?.place(name);
    await start(world, { name, checkpoint: steps.from?.checkpoint }, () => world.networks.ensure(scope, { fresh: true }));
    await world.inside?.catchUp(scope, name, made.outcome === 'made' ? hosts : []);
    return undefined;
  }
}

type Made = { readonly outcome: 'made' | 'exists' } | { readonly outcome: 'no image' | 'no network'; readonly error: Error };

async function make(world: LaunchWorld, { name, hosts }: { readonly name: string; readonly hosts: readonly string[] }, request: CreateRequest): Promise<Made> {
  const { client, gpus, publishAddress, pidsLimit } = world;
  const post = async (ids?: readonly string[]): Promise<Made> => {
    try {
      const secrets = await secretBinds(world, name, request);
      const body = createBody(request, { publishAddress, pidsLimit, hosts, gpus: ids, secrets });
      await client.done({ method: 'POST', path: '/containers/create', query: { name }, body, timeoutMs: createMs });
      return { outcome: 'made' };
    } catch (error) {
      if (isRefusal(error, 409)) return { outcome: 'exists' };
      // Podman wants the network at the create already, and has other words for an image.
      const refusal = refusalOf(error);
      if (!refusal) throw error;
      if (request.spec.secretFiles && /bind source path does not exist|statfs .*no such file/i.test(refusal.message)) throw noSharedMemory(client.at);
      if (isNetworkMissing(refusal.message)) return { outcome: 'no network', error: error as Error };
      if (refusal.status === 404 || /no such image|image not known/i.test(refusal.message)) return { outcome: 'no image', error: error as Error };
      throw error;
    }
  };
  const { accelerator } = request.spec;
  return accelerator ? await gpus.withFree(accelerator, post) : await post();
}

/** The files with its secrets, of a container that is about to start. Written before every try: a restart of the machine takes them from a container that was made and not started. */
export async function secretBinds({ client, secretFiles }: LaunchWorld, name: string, { spec }: CreateRequest): Promise<readonly Bind[]> {
  if (!spec.secretFiles?.length) return [];
  if (!secretFiles) throw noSharedMemory(client.at);
  return await secretFiles.write(name, spec.secretFiles, await readerOf(client, spec.image));
}

/** The error of a launch with secret files at an engine that cannot be given any. */
export function noSharedMemory(at: string): NebError {
  return new NebError('unsupported', `the engine at ${at} does not share this machine's memory, so it cannot be given secret_files`, { hint: 'Take the secrets as environment, or run the container where `neb get platforms` shows secret-files.' });
}

/** What to do with the container that has the name already: a racing or a crashed process of ours made it. */
async function adopt({ client, clock }: LaunchWorld, name: string, { signal }: LaunchSteps): Promise<'ours to start' | 'leave it' | 'gone'> {
  for (const since = clock.now(); ; ) {
    const seen = await findContainer(client, name, signal);
    if (!seen) return 'gone';
    const { Status, Error: failed } = seen.State;
    if (Status === 'created' && (failed !== '' || clock.now() - since >= creatorMs)) return 'ours to start';
    if (Status !== 'created' && Status !== 'removing') return 'leave it';
    await clock.sleep(100, signal);
    signal.throwIfAborted();
  }
}

/** Starts a container that has ended again, and remakes its network where that has gone. Leaves alone one that runs. Throws `not_found`. */
export async function startAgain(world: Pick<LaunchWorld, 'client' | 'networks'>, name: string, signal?: AbortSignal): Promise<void> {
  const seen = await findContainer(world.client, name, signal);
  if (!seen) throw new NebError('not_found', `there is no container ${name} at ${world.client.at}`);
  const { [labels.fleet]: fleet = '', [labels.namespace]: namespace = '' } = seen.Config.Labels;
  const scope = { fleet, namespace };
  await world.networks.ensure(scope);
  signal?.throwIfAborted();
  // To start one that runs changes nothing.
  await start(world, { name }, () => world.networks.ensure(scope, { fresh: true }));
}

interface Startable {
  readonly name: string;
  readonly checkpoint?: string | undefined;
}

/** Starts a container that is there, anew or from a checkpoint of its own; `remakeNetwork` is called where its network went meanwhile. */
export async function start({ client }: Pick<LaunchWorld, 'client'>, { name, checkpoint }: Startable, remakeNetwork: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      const timeoutMs = checkpoint === undefined ? startMs : goOnMs;
      return await client.done({ method: 'POST', path: path`/containers/${name}/start`, query: { checkpoint }, timeoutMs });
    } catch (error) {
      // The network went with its last container after we had seen it.
      if (tries === triesAtMost || !isNetworkMissing(refusalOf(error)?.message ?? '')) throw error;
      await remakeNetwork();
    }
  }
}
