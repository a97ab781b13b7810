import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isNebError, NebError } from '@neb/core-types';
import { extract, pack } from 'tar-stream';
import { z } from 'zod';
import { path } from '../connection/client.ts';
import { findContainer } from '../containers.ts';
import { isRefusal } from '../errors.ts';
import { start, startContainer } from '../launch/start.ts';
import { labels } from '../names.ts';
import { type Checkpoint, checkpoints, type ContainerDetail, engineInfo, imageSummary } from '../replies.ts';
import { type Driver, type DriverWorld, saveMs, type Saving, type Taken } from './driver.ts';
import { linkTree } from './link-tree.ts';
import { dropLeaks, ownFile } from './leaks.ts';
import { bytesIn, isThere } from './shelf.ts';

/** Where its memory is, on the shelf and in archives, and its files as an image in archives. */
const memoryFolder = 'checkpoint';
const imageFile = 'image.tar';
const nameFile = 'image.txt';
const repository = 'neb-snapshot';
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

  /** None of a container that has gone. */
  async function checkpointsOf(id: string, signal?: AbortSignal): Promise<readonly Checkpoint[]> {
    try {
      return await client.json(checkpoints, { method: 'GET', path: path`/containers/${id}/checkpoints`, signal });
    } catch (error) {
      if (isNebError(error, 'not_found')) return [];
      throw error;
    }
  }

  async function resume(container: string, stamp: string): Promise<void> {
    const { Config: { Labels } } = await detailOf(container);
    const scope = { fleet: Labels[labels.fleet] ?? '', namespace: Labels[labels.namespace] ?? '' };
    await networks.ensure(scope);
    const folder = await checkpointFolder(container, stamp);
    if (folder !== undefined) await tellApart(folder);
    for (let tries = 1; ; tries++) {
      try {
        await start({ client }, { name: container, checkpoint: stamp }, () => networks.ensure(scope, { fresh: true }));
        return await dropLeaks(folder);
      } catch (error) {
        // Where the folder is out of reach, containerd has to forget first, which it does by and by.
        if (tries === forgetsWithin || !isRefusal(error, 500, /content .* already exists/i)) throw error;
        await clock.sleep(500);
      }
    }
  }

  /** Where the engine keeps a checkpoint; `undefined` where that is out of reach. */
  async function checkpointFolder(container: string, checkpoint: string): Promise<string | undefined> {
    const { DockerRootDir } = await client.json(engineInfo, { method: 'GET', path: '/info' });
    const { Id } = await detailOf(container);
    const folder = join(DockerRootDir ?? '', 'containers', Id, 'checkpoints', checkpoint);
    return DockerRootDir !== undefined && (await isThere(folder)) ? folder : undefined;
  }

  /** Copies what the engine has of a suspended container, in an order that leaves the folder for the last. */
  async function keep(name: string, container: string, checkpoint: string): Promise<void> {
    const from = await checkpointFolder(container, checkpoint);
    if (from === undefined) throw new NebError('unsupported', `the folders of the Docker Engine at ${client.at} are out of reach, so only the container itself can go on from what it saves`);
    const query = { container, repo: repository, tag: tagOf(name), pause: false };
    await client.done({ method: 'POST', path: '/commit', query, body: { Labels: { [repository]: name } }, timeoutMs: saveMs });
    const to = shelf.path(name, memoryFolder);
    await rm(`${to}.part`, { recursive: true, force: true });
    await linkTree(from, `${to}.part`);
    await rename(`${to}.part`, to);
  }

  return {
    suspension,
    resume: (container, { stamp = '' }) => resume(container, stamp),

    async take({ name, facts }: Saving): Promise<Taken> {
      const { container } = facts;
      const kept = shelf.path(name, memoryFolder);
      const before = await detailOf(container);
      let stamp = await suspension(before);
      const isKept = await isThere(kept);
      if (stamp === undefined) {
        if (isKept && facts.then === 'run' && before.State.Status === 'running') return { stamp: undefined, sizeBytes: await bytesIn(kept) };
        if (before.State.Status !== 'running') throw new NebError('conflict', `container ${container} has ended, so there is nothing in memory to save`);
        stamp = `${prefixOf(before.State.StartedAt)}${tagOf(name)}`;
        await client.done({ method: 'POST', path: path`/containers/${container}/checkpoints`, body: { CheckpointID: stamp, Exit: true }, timeoutMs: saveMs });
        await dropLeaks(await checkpointFolder(container, stamp));
      }
      // What goes on meanwhile would change its files after its memory was saved, so it stops for that long.
      const goesOn = facts.then === 'run';
      try {
        if ((facts.for === 'any' || goesOn) && !isKept) await keep(name, container, stamp);
      } catch (error) {
        await resume(container, stamp);
        throw error;
      }
      if (goesOn) await resume(container, stamp);
      return { stamp: goesOn ? undefined : stamp, sizeBytes: (await isThere(kept)) ? await bytesIn(kept) : undefined };
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

    async drop(name, { container, stamp }) {
      const gone = (error: unknown): void => {
        if (!isNebError(error, 'not_found') && !isRefusal(error, 409)) throw error;
      };
      const dropImage = (image: string, force: boolean): Promise<void> => client.done({ method: 'DELETE', path: path`/images/${image}`, query: { force } }).catch(gone);
      await dropImage(`${repository}:${tagOf(name)}`, true);
      // Those whose forks are gone as well; a fork that is there has its own refused. The engine's prune refuses a second that comes meanwhile.
      const nameless = await client.json(z.array(imageSummary), { method: 'GET', path: '/images/json', query: { filters: { dangling: ['true'], label: [repository] } } });
      for (const { Id } of nameless) await dropImage(Id, false);
      const seen = await findContainer(client, container);
      if (!seen) return;
      const ours = (await checkpointsOf(seen.Id)).filter(({ Name }) => Name === stamp || Name.endsWith(`-${tagOf(name)}`));
      for (const { Name } of ours) await client.done({ method: 'DELETE', path: path`/containers/${seen.Id}/checkpoints/${Name}` }).catch(gone);
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

async function* archiveOf({ image, staged, memory }: { readonly image: string; readonly staged: string; readonly memory: string }): AsyncGenerator<Uint8Array> {
  const out = pack();
  const files = [{ file: staged, as: imageFile }, ...(await readdir(memory)).map((file) => ({ file: join(memory, file), as: `${memoryFolder}/${file}` }))];
  const packed = (async () => {
    out.entry({ name: nameFile }, image);
    for (const { file, as } of files) await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), out.entry({ name: as, size: (await stat(file)).size }));
    out.finalize();
  })();
  packed.catch((error: unknown) => out.destroy(error as Error));
  try {
    yield* out as AsyncIterable<Uint8Array>;
  } finally {
    await rm(staged, { force: true });
  }
}

async function unpack(archive: AsyncIterable<Uint8Array>, { folder, progress }: { readonly folder: string; readonly progress: (doneBytes: number) => void }): Promise<{ readonly image: string; readonly staged: string }> {
  const memory = join(folder, `${memoryFolder}.part`);
  await rm(memory, { recursive: true, force: true });
  await mkdir(memory, { recursive: true, mode: 0o700 });
  const staged = join(folder, imageFile);
  const input = extract();
  const fed = pipeline(Readable.from(archive, { objectMode: false }), input);
  fed.catch(() => undefined); // Told to whoever reads, below.
  let [image, done] = ['', 0];
  for await (const entry of input) {
    const { name, size = 0 } = entry.header;
    if (name === nameFile) image = (await Array.fromAsync(entry as AsyncIterable<Buffer>)).map(String).join('');
    else {
      const [, file] = new RegExp(`^${memoryFolder}/([^/]+)$`).exec(name) ?? [];
      if (name !== imageFile && (file === undefined || file === '..' || file === '.')) throw new NebError('invalid', `the snapshot has ${name} in it, so Docker did not make it`);
      await pipeline(entry, createWriteStream(file === undefined ? staged : join(memory, file), { mode: 0o600 }));
    }
    progress((done += size));
  }
  await fed;
  if (!image.startsWith(`${repository}:`)) throw new NebError('invalid', 'the snapshot does not say which image it has, so it was not made from Docker');
  return { image, staged };
}

/** An engine's objects have short names. */
function tagOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 24);
}

function prefixOf(startedAt: string): string {
  return `neb-${startedAt.replaceAll(/\D/g, '')}-`;
}
