import { createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Clock, isNebError, NebError } from '@neb/core-types';
import { type EngineClient, path } from '../connection/client.ts';
import { findContainer } from '../containers.ts';
import { isRefusal } from '../errors.ts';
import { secretBinds } from '../launch/start.ts';
import { containerName } from '../names.ts';
import { libpodContainer, libpodInfo } from '../replies.ts';
import { type Bringing, type Driver, type DriverWorld, saveMs, type Saving, type Taken } from './driver.ts';
import { suspendedMeanwhile } from './failure.ts';
import { isBeside, lend, linkTo, memoryFolder, setBeside, takeBack, wholeOf } from './lent-memory.ts';
import { configDump, type ConfigDump, rewriteConfig, rewriteSpec, type SpecDump, specDump, type Target } from './rewrite.ts';
import { bytesIn, isThere, type Shelf } from './shelf.ts';
import { partOf, spliced, type TarPart, tarParts } from './tar-splice.ts';

const api = '/v4.0.0/libpod';
const archiveFile = 'archive.tar';
/** How often the size of what is being saved is looked at. */
const lookMs = 250;
/** Those of an archive that say what was saved, and the two that only the container it was saved of has a use for. */
const dumps = ['config.dump', 'spec.dump'] as const;
const notHanded = ['ctr.log', 'network.status'];

/**
 * Podman, by its own routes: its archives hold all but the image, and come back in any store. One on this machine saves memory right into
 * the shelf, and reads it there: its service hands an archive out and takes it in over the socket only, which copies all of it six times.
 */
export function podmanDriver(world: DriverWorld): Driver {
  const { client, shelf, sharesFiles, clock } = world;

  async function resume(name: string, { connections }: { readonly connections: 'close' | 'keep' }): Promise<void> {
    const query = { tcpEstablished: connections === 'keep' };
    await client.done({ method: 'POST', path: path`/v4.0.0/libpod/containers/${name}/restore`, query, timeoutMs: saveMs });
  }

  return {
    async suspension({ Name }, signal) {
      try {
        return (await stateOf(client, Name.replace(/^\//, ''), signal)).stamp;
      } catch (error) {
        if (isNebError(error, 'not_found')) return undefined; // It went meanwhile.
        throw error;
      }
    },

    async take({ name, facts, progress }: Saving): Promise<Taken> {
      const { container } = facts;
      const archive = shelf.path(name, archiveFile);
      const isWhole = facts.for === 'any' && (await isThere(archive));
      const before = await stateOf(client, container);
      if (isWhole && facts.then === 'run') return { stamp: undefined, sizeBytes: await sizeOf(shelf, name) };
      if (before.stamp !== undefined) {
        if (facts.then === 'run') throw suspendedMeanwhile(container);
        // It was cut off after the container had stopped, which keeps its memory till it goes on.
        if (facts.for === 'itself' || isWhole) return { stamp: before.stamp, sizeBytes: isWhole ? await sizeOf(shelf, name) : undefined };
        await resume(container, facts);
      } else if (!before.isRunning) throw new NebError('conflict', `container ${container} has ended, so there is nothing in memory to save`);

      // Only a file holds what a container that goes on had in memory.
      const exports = facts.for === 'any' || facts.then === 'run';
      const query = { export: exports, leaveRunning: facts.then === 'run', tcpEstablished: facts.connections === 'keep' };
      const request = { method: 'POST', path: path`/v4.0.0/libpod/containers/${container}/checkpoint`, query, timeoutMs: saveMs } as const;
      if (!exports) {
        // A save that was cut off may have left its place lent.
        if (sharesFiles) await takeBack(before.folder);
        await client.done(request);
        return { stamp: (await stateOf(client, container)).stamp, sizeBytes: undefined };
      }

      const memory = shelf.path(name, memoryFolder);
      const isLent = sharesFiles && (await lend(memory, before.folder));
      const exporting = async (): Promise<void> => await writeWhole(await client.stream(request), archive, isLent ? () => undefined : progress);
      try {
        await (isLent ? watched(exporting(), { clock, look: async () => progress(await bytesIn(memory)) }) : exporting());
      } catch (error) {
        if ((await stateOf(client, container)).stamp !== undefined) await resume(container, facts);
        if (isLent) await takeBack(before.folder);
        throw error;
      }
      const { stamp } = await stateOf(client, container);
      // One that is suspended reads it there when it goes on in its place.
      if (isLent && stamp === undefined) await takeBack(before.folder);
      return { stamp, sizeBytes: await sizeOf(shelf, name) };
    },

    resume,

    async bring(bringing: Bringing) {
      await bring(world, bringing);
    },

    /** All of it is on the shelf. A save that was cut off may have left its place lent. */
    async drop(_, { container, state }) {
      const seen = state === 'saving' && sharesFiles ? await findContainer(client, container) : undefined;
      if (seen) await takeBack((await stateOf(client, container)).folder);
    },
    sweep: async () => undefined,

    read: async (name) => wholeOf(shelf.path(name, archiveFile), shelf.path(name, memoryFolder)),
    async write(name, bytes, progress) {
      const archive = shelf.path(name, archiveFile);
      if (await isThere(archive)) return await sizeOf(shelf, name);
      await mkdir(dirname(archive), { recursive: true, mode: 0o700 });
      if (sharesFiles) await setBeside(bytes, { archive, folder: shelf.path(name, memoryFolder), progress });
      else await writeWhole(bytes, archive, progress);
      return await sizeOf(shelf, name);
    },
  };
}

async function bring(world: DriverWorld, { name, facts, request, steps }: Bringing): Promise<void> {
  const { client, shelf, networks, inside, pulls, publishAddress } = world;
  const { signal } = steps;
  const container = containerName(request.fleet, request.key);
  const scope = { fleet: request.fleet, namespace: request.spec.network.namespace };
  if (await clearWay(client, container)) return;

  await using archive = await open(shelf.path(name, archiveFile));
  if ((await sizeOf(shelf, name)) !== facts.sizeBytes) throw new NebError('failed', `the file of snapshot ${name} was cut short, as where the machine lost its power; forget it and save anew`);
  const parts = await tarParts(archive);
  const found = await dumpsOf(archive, parts);
  const image = found.config.rootfsImageName;
  if (!(await hasImage(client, image))) {
    steps.pulling({});
    await pulls.pull(image, { credentials: request.spec.registry, signal, onProgress: steps.pulling });
    steps.starting();
  }
  await networks.ensure(scope, { fresh: true });
  const secrets = await secretBinds(world, container, { ...request, spec: { ...request.spec, image } });
  // Asked for only where it is needed: it takes Podman half a second to tell about itself.
  const volumePath = (found.config.namedVolumes ?? []).length > 0 ? (await client.json(libpodInfo, { method: 'GET', path: `${api}/info` })).store.volumePath : '';
  const target: Target = { name: container, request, secrets, volumePath };
  const instead = new Map<string, Uint8Array | undefined>([
    ['config.dump', Buffer.from(JSON.stringify(rewriteConfig(found.config, target)))],
    ['spec.dump', Buffer.from(JSON.stringify(rewriteSpec(found.spec, found.config, target)))],
    ...[...notHanded, memoryFolder].map((file) => [file, undefined] as const),
  ]);
  signal.throwIfAborted();
  const query = new URLSearchParams({
    import: 'true', name: container, ignoreStaticIP: 'true', ignoreStaticMAC: 'true', ignoreVolumes: String(await hasVolumes(client, found.config)),
  });
  for (const { port, protocol, hostPort = '' } of request.spec.ports.filter((one) => one.public)) query.append('publishPorts', `${publishAddress}:${hostPort}:${port}/${protocol}`);
  const upload = spliced(archive, parts, { instead, end: isBeside(parts) ? linkTo(shelf.path(name, memoryFolder)) : undefined });
  try {
    await client.done({ method: 'POST', path: `${api}/containers/import/restore?${query.toString()}`, upload, headers: { 'Content-Type': 'application/x-tar' }, timeoutMs: saveMs });
  } catch (error) {
    // Another was quicker: the name is its container's.
    if (await clearWay(client, container)) return;
    throw error;
  }
  await inside?.catchUp(scope, container, []);
}

/** Whether there is a container that runs or ran. One that a restore left half made goes. */
async function clearWay(client: EngineClient, container: string): Promise<boolean> {
  const seen = await findContainer(client, container);
  if (!seen) return false;
  if (seen.State.Status !== 'created' && seen.State.Status !== 'configured') return true;
  await client.done({ method: 'DELETE', path: path`/containers/${container}`, query: { force: true, v: true }, timeoutMs: 60_000 });
  return false;
}

async function dumpsOf(archive: FileHandle, parts: readonly TarPart[]): Promise<{ readonly config: ConfigDump; readonly spec: SpecDump }> {
  const [config, spec] = await Promise.all(dumps.map(async (file) => {
    const part = parts.find(({ name }) => name === file);
    if (!part) throw new NebError('invalid', `the snapshot lacks ${file}, so Podman did not make it`);
    return JSON.parse((await partOf(archive, part)).toString()) as unknown;
  }));
  return { config: configDump.parse(config), spec: specDump.parse(spec) };
}

async function hasImage(client: EngineClient, image: string): Promise<boolean> {
  try {
    await client.done({ method: 'GET', path: path`/images/${image}/json` });
    return true;
  } catch (error) {
    if (isNebError(error, 'not_found') || isRefusal(error, 500, /no such image|image not known/i)) return false;
    throw error;
  }
}

/** Whether the named volumes are there already: a fork shares them, and one that was moved brings what was in them. */
async function hasVolumes(client: EngineClient, { namedVolumes }: ConfigDump): Promise<boolean> {
  const there = await Promise.all((namedVolumes ?? []).map(({ volumeName }) =>
    client.done({ method: 'GET', path: path`/volumes/${volumeName}` }).then(() => true, (error: unknown) => {
      if (isNebError(error, 'not_found')) return false;
      throw error;
    })));
  if (there.includes(true) && there.includes(false)) {
    const missing = namedVolumes!.filter((_, at) => !there[at]).map(({ volumeName }) => volumeName);
    throw new NebError('unsupported', `the host has some of the snapshot's volumes and lacks ${missing.join(', ')}; Podman brings all or none`, { hint: 'Remove those that are there, or make the others.' });
  }
  return there.includes(true);
}

interface Seen {
  readonly isRunning: boolean;
  /** Where Podman keeps what is the container's own; empty where it does not tell. */
  readonly folder: string;
  /** When it was suspended, as Podman has it. */
  readonly stamp: string | undefined;
}

async function stateOf(client: EngineClient, container: string, signal?: AbortSignal): Promise<Seen> {
  const { State, StaticDir: folder } = await client.json(libpodContainer, { method: 'GET', path: path`/v4.0.0/libpod/containers/${container}/json`, signal });
  const isRunning = State.Status === 'running';
  return { isRunning, folder, stamp: State.Checkpointed && !isRunning ? State.CheckpointedAt : undefined };
}

/** After it the file is there and whole, or not at all. */
async function writeWhole(bytes: AsyncIterable<Uint8Array>, to: string, progress: (doneBytes: number) => void): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  let done = 0;
  const count = new Transform({
    transform(chunk: Buffer, _, next) {
      done += chunk.length;
      progress(done);
      next(null, chunk);
    },
  });
  // Not flushed: a machine that loses power has lost the container as well, and a file that is cut short is found by its size.
  await pipeline(bytes, count, createWriteStream(`${to}.part`, { mode: 0o600, highWaterMark: 2 ** 22 }));
  await rename(`${to}.part`, to);
}

/** Looks now and then until it is done. */
async function watched(work: Promise<void>, { clock, look }: { readonly clock: Clock; readonly look: () => Promise<void> }): Promise<void> {
  const done = new AbortController();
  const ended = work.finally(() => done.abort());
  ended.catch(() => undefined); // Told below.
  for (await clock.sleep(lookMs, done.signal); !done.signal.aborted; await clock.sleep(lookMs, done.signal)) await look();
  await ended;
}

async function sizeOf(shelf: Shelf, name: string): Promise<number> {
  return (await bytesIn(shelf.path(name, archiveFile))) + (await bytesIn(shelf.path(name, memoryFolder)));
}
