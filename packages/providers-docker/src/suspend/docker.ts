import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isNebError, NebError } from '@neb/core-types';
import { z } from 'zod';
import { path } from '../connection/client.ts';
import { findContainer } from '../containers.ts';
import { isRefusal } from '../errors.ts';
import { start, startContainer } from '../launch/start.ts';
import { labels } from '../names.ts';
import { type Checkpoint, checkpoints, type ContainerDetail, engineInfo, imageSummary } from '../replies.ts';
import { archiveOf, imageFile, memoryFolder, repository, unpack } from './docker-archive.ts';
import { type Driver, type DriverWorld, saveMs, type Saving, type Taken } from './driver.ts';
import { suspendedMeanwhile } from './failure.ts';
import { isGone, isNoCheckpoint } from './gone.ts';
import { linkTree } from './link-tree.ts';
import { dropLeaks, ownFile } from './leaks.ts';
import { bytesIn, isThere } from './shelf.ts';

const forgetsWithin = 40;

/**
 * Docker, by its experimental checkpoints. In its place a container goes on from one wherever the engine is. A snapshot that any can go on
 * from is an image of its files and a copy of the checkpoint, which the engine hands out to nobody: it is taken from its folders.
 */
export function dockerDriver(world: DriverWorld): Driver {
  const { client, shelf, networks, clock } = world;

  async function detailOf(container: string): Promise<ContainerDetail> {
    const seen = await findContainer(client, container);
    if (seen) return seen;
    throw new NebError('not_found', `there is no container ${container} at ${client.at}`);
  }

  async function suspension({ Id, State }: ContainerDetail, signal?: AbortSignal): Promise<string | undefined> {
    if (State.Status !== 'exited') return undefined;
    const all = await checkpointsOf(Id, signal);
    // Named for the start of what was suspended: one of an earlier run is no suspension of this one.
    return all.map(({ Name }) => Name).find((one) => one.startsWith(prefixOf(State.StartedAt)));
  }

  /** None of a container that has gone, or is going and has lost its folder already. */
  async function checkpointsOf(id: string, signal?: AbortSignal): Promise<readonly Checkpoint[]> {
    try {
      return await client.json(checkpoints, { method: 'GET', path: path`/containers/${id}/checkpoints`, signal });
    } catch (error) {
      if (isNebError(error, 'not_found') || isNoCheckpoint(error)) return [];
      throw error;
    }
  }

  async function resume(container: string, stamp: string): Promise<void> {
    const { Config: { Labels } } = await detailOf(container);
    const scope = { fleet: Labels[labels.fleet] ?? '', namespace: Labels[labels.namespace] ?? '' };
    await networks.ensure(scope);
    const folder = await checkpointFolder(container, stamp);
    if (folder !== undefined) await tellApart(folder);
    // Where the folder is out of reach, containerd has to forget first.
    await forgiven(() => start({ client }, { name: container, checkpoint: stamp }, () => networks.ensure(scope, { fresh: true })));
    await dropLeaks(folder);
  }

  /** Where the engine keeps a checkpoint; `undefined` where that is out of reach. */
  async function checkpointFolder(container: string, checkpoint: string): Promise<string | undefined> {
    const { DockerRootDir } = await client.json(engineInfo, { method: 'GET', path: '/info' });
    const { Id } = await detailOf(container);
    const folder = join(DockerRootDir ?? '', 'containers', Id, 'checkpoints', checkpoint);
    return DockerRootDir !== undefined && (await isThere(folder)) ? folder : undefined;
  }

  /** Copies what the engine has of a container that stands still, in an order that leaves the folder for the last. */
  async function keep(name: string, container: string, checkpoint: string): Promise<void> {
    const from = await checkpointFolder(container, checkpoint);
    if (from === undefined) throw new NebError('unsupported', `the folders of the Docker Engine at ${client.at} are out of reach, so only the container itself can go on from what it saves`);
    const query = { container, repo: repository, tag: tagOf(name), pause: false };
    await client.done({ method: 'POST', path: '/commit', query, body: { Labels: { [repository]: name } }, timeoutMs: saveMs });
    const to = shelf.path(name, memoryFolder);
    for (const folder of [to, `${to}.part`]) await rm(folder, { recursive: true, force: true });
    await linkTree(from, `${to}.part`);
    await rename(`${to}.part`, to);
  }

  /**
   * Saves memory and has the container run on, which is paused meanwhile. Told to end it, the engine would do so before it keeps what it
   * saved, and where that fails nothing is left of it: containerd refuses what it has, such as the settings of a container that was saved a
   * second ago.
   */
  async function checkpointTo(checkpoint: string, container: string): Promise<void> {
    const request = { method: 'POST', path: path`/containers/${container}/checkpoints`, body: { CheckpointID: checkpoint, Exit: false }, timeoutMs: saveMs } as const;
    await forgiven(() => client.done(request));
    await dropLeaks(await checkpointFolder(container, checkpoint));
  }

  /** Tries again while containerd has what it is given: it forgets by and by. */
  async function forgiven(ask: () => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await ask();
      } catch (error) {
        if (tries === forgetsWithin || !isRefusal(error, 500, /content .* already exists/i)) throw error;
        await clock.sleep(500);
      }
    }
  }

  /** Those that were made for a snapshot, but for one. Succeeds if the container is gone. */
  async function dropCheckpoints(container: string, name: string, but?: string): Promise<void> {
    const seen = await findContainer(client, container);
    const made = seen ? (await checkpointsOf(seen.Id)).filter((one) => one.Name !== but && one.Name.endsWith(`-${tagOf(name)}`)) : [];
    for (const { Name } of made) await client.done({ method: 'DELETE', path: path`/containers/${container}/checkpoints/${Name}` }).catch(gone);
  }

  /** Ends a paused container. Processes beside its first may go on for the moment that this one takes to end. */
  async function end(container: string): Promise<void> {
    await told('kill', container);
    await told('wait', container);
  }

  /** After a save that failed: it runs again, and nothing of it is left. */
  async function undo(container: string, name: string): Promise<void> {
    const after = await detailOf(container);
    const stamp = await suspension(after);
    if (stamp !== undefined) await resume(container, stamp);
    await dropCheckpoints(container, name);
    if (after.State.Status === 'paused') await told('unpause', container);
  }

  const told = (verb: 'pause' | 'unpause' | 'kill' | 'wait', container: string): Promise<void> => client.done({ method: 'POST', path: path`/containers/${container}/${verb}`, timeoutMs: 60_000 });

  const gone = (error: unknown): void => {
    if (!isGone(error)) throw error;
  };
  const dropImage = (image: string, force: boolean): Promise<void> => client.done({ method: 'DELETE', path: path`/images/${image}`, query: { force } }).catch(gone);

  /** The engine's prune refuses a second that comes meanwhile. An image whose container is there has its own refused. */
  async function sweep(): Promise<void> {
    const nameless = await client.json(z.array(imageSummary), { method: 'GET', path: '/images/json', query: { filters: { dangling: ['true'], label: [repository] } } });
    for (const { Id } of nameless) await dropImage(Id, false);
  }

  const sizeOf = async (folder: string): Promise<number | undefined> => ((await isThere(folder)) ? await bytesIn(folder) : undefined);

  return {
    suspension,
    resume: (container, { stamp = '' }) => resume(container, stamp),

    async take({ name, facts: { container, then, for: whom } }: Saving): Promise<Taken> {
      const kept = shelf.path(name, memoryFolder);
      const goesOn = then === 'run';
      const before = await detailOf(container);
      const stamp = await suspension(before);
      if (stamp !== undefined) {
        const isKept = await isThere(kept);
        if (goesOn && !isKept) throw suspendedMeanwhile(container);
        // It was cut off after the container had stopped.
        if (whom === 'any' && !isKept) await keep(name, container, stamp);
        return { stamp: goesOn ? undefined : stamp, sizeBytes: await sizeOf(kept) };
      }
      const { Status, StartedAt } = before.State;
      if (Status !== 'running' && Status !== 'paused') throw new NebError('conflict', `container ${container} has ended, so there is nothing in memory to save`);
      // Each try has its own, since one that was cut off may still be writing; that of a container which goes on is no suspension of it.
      const checkpoint = `${goesOn ? 'fork-' : prefixOf(StartedAt)}${randomUUID().slice(0, 8)}-${tagOf(name)}`;
      // What goes on meanwhile would change its files after its memory was saved.
      if (Status === 'running') await told('pause', container);
      try {
        if (!goesOn || !(await isThere(kept))) {
          await checkpointTo(checkpoint, container);
          if (goesOn || whom === 'any') await keep(name, container, checkpoint);
        }
        await dropCheckpoints(container, name, goesOn ? undefined : checkpoint);
        if (goesOn) await told('unpause', container);
        else await end(container);
      } catch (error) {
        await undo(container, name);
        throw error;
      }
      return { stamp: goesOn ? undefined : checkpoint, sizeBytes: await sizeOf(kept) };
    },

    async bring({ name, request, steps }) {
      const image = `${repository}:${tagOf(name)}`;
      const checkpoint = `neb-${tagOf(name)}`;
      let placed: string | undefined;
      const place = async (container: string): Promise<void> => {
        const { DockerRootDir = '' } = await client.json(engineInfo, { method: 'GET', path: '/info' });
        const { Id } = await detailOf(container);
        const to = join(DockerRootDir, 'containers', Id, 'checkpoints', checkpoint);
        await rm(to, { recursive: true, force: true });
        await linkTree(shelf.path(name, memoryFolder), to);
        await tellApart(to);
        placed = to;
      };
      await startContainer(world, { ...request, spec: { ...request.spec, image } }, { ...steps, from: { checkpoint, place } });
      await dropLeaks(placed);
    },

    sweep,
    async drop(name, { container, state }) {
      await dropImage(`${repository}:${tagOf(name)}`, true);
      await sweep();
      await dropCheckpoints(container, name);
      // Of a save that was cut off, and is not wanted any more.
      if (state === 'saving' && (await findContainer(client, container))?.State.Status === 'paused') await told('unpause', container);
    },

    async read(name) {
      const image = `${repository}:${tagOf(name)}`;
      const staged = shelf.path(name, imageFile);
      const body = await client.stream({ method: 'GET', path: path`/images/${image}/get`, timeoutMs: saveMs });
      await pipeline(body, createWriteStream(staged, { mode: 0o600 }));
      return archiveOf({ image, staged, memory: shelf.path(name, memoryFolder) });
    },

    async write(name, archive, progress) {
      const to = shelf.path(name, memoryFolder);
      if (await isThere(to)) return await bytesIn(to);
      const { image, staged } = await unpack(archive, { folder: shelf.path(name, '.'), progress });
      const has = async (one: string): Promise<boolean> => await client.done({ method: 'GET', path: path`/images/${one}/json` }).then(() => true, () => false);
      const wasThere = await has(image);
      await client.done({ method: 'POST', path: '/images/load', query: { quiet: true }, upload: createReadStream(staged), headers: { 'Content-Type': 'application/x-tar' }, timeoutMs: saveMs });
      await client.done({ method: 'POST', path: path`/images/${image}/tag`, query: { repo: repository, tag: tagOf(name) } });
      if (!wasThere && image !== `${repository}:${tagOf(name)}`) await client.done({ method: 'DELETE', path: path`/images/${image}` });
      await rm(staged);
      await rename(`${to}.part`, to);
      return await bytesIn(to);
    },
  };
}

/**
 * Makes a checkpoint unlike all others. containerd keeps each by the digest of its bytes while it is read, and refuses one that it
 * has: of the save just before, or of another fork. CRIU passes over files it does not know.
 */
async function tellApart(folder: string): Promise<void> {
  const file = join(folder, ownFile);
  await rm(file, { force: true }); // It may be a link to another's.
  await writeFile(file, randomUUID());
}

/** An engine's objects have short names. */
function tagOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 24);
}

function prefixOf(startedAt: string): string {
  return `neb-${startedAt.replaceAll(/\D/g, '')}-`;
}
