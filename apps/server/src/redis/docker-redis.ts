import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, NebError } from '@neb/core-types';
import type { EngineService } from '@neb/providers-docker';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { secretFile, writeWhole } from '../data-folder.ts';
import { waitForLock } from '../database/process-lock.ts';
import { bridgeAddress } from './bridge-address.ts';
import { answering, answers, bindings, connection, freePort, isLast, keepsAll, type OwnRedis, type OwnRedisOptions, presence, type PrivateRedis, readPort, usersFile } from './own-redis.ts';

export interface DockerRedisOptions extends OwnRedisOptions {
  readonly fleet: string;
  readonly image: string;
  /** The engine of this machine, as DOCKER_HOST names it; its usual socket if absent. */
  readonly host?: string | undefined;
}

const startMs = 15_000;
const inside = 6379;
const folderInside = '/data';

/**
 * As a container of this machine's engine, with its file in a named volume. The engine starts it again when it ends; the last
 * server to leave removes it, and never its volume.
 */
export function dockerRedis({ dataDir, fleet, image, host, clock, random }: DockerRedisOptions): PrivateRedis {
  const folder = join(dataDir, 'redis');
  const name = `neb-redis.${fleet}`;
  const stopping = new AbortController();
  let control: Redis | undefined;
  let making: Promise<OwnRedis> | undefined;

  return {
    async ensure() {
      making ??= make().finally(() => { making = undefined; });
      const late = new AbortController();
      const patience = clock.sleep(startMs, late.signal).then(() => {
        throw new NebError('unavailable', `the Redis container ${name} is still being made of ${image}`, { hint: 'Wait: its image may be on its way. NEB_REDIS_IMAGE names another one, REDIS_URL another Redis.' });
      });
      patience.catch(() => undefined);
      try {
        return await Promise.race([making, patience]);
      } finally {
        late.abort();
      }
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await making?.catch(() => undefined);
      if (!control) return;
      const redis = control;
      control = undefined;
      await using _ = await waitForLock(join(folder, 'lock'), clock);
      await leave(redis, { name, host });
    },
  };

  async function make(): Promise<OwnRedis> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await using _ = await waitForLock(join(folder, 'lock'), clock);
    const password = (await secretFile(join(folder, 'password'), random)).reveal();
    const known = await readPort(folder);
    if (known !== undefined && (await answers({ port: known, password }))) return await reached({ port: known, password });
    const { engineService } = await import('@neb/providers-docker');
    const engine = engineService({ host });
    try {
      const found = await engine.find(name);
      if (found?.isRunning && known !== undefined && (await soon({ port: known, password }))) return await reached({ port: known, password });
      if (found?.isRunning) throw taken();
      if (found) await engine.remove(name);
      return await reached(await create(engine, { port: await freePort(known), password }));
    } finally {
      engine.close();
    }
  }

  async function create(engine: EngineService, own: OwnRedis): Promise<OwnRedis> {
    // Without the engine's bridge in sight it runs in a machine of its own, which knows this one's ports by another way.
    const isShared = (await bridgeAddress()) !== undefined;
    const settings = [...(isShared ? [`port ${own.port}`, `bind ${await bindings()}`] : [`port ${inside}`, 'bind *']), `dir ${folderInside}`, `aclfile ${folderInside}/users.acl`, ...keepsAll];
    // Before there is anything to be found by it.
    await writeWhole(join(folder, 'port'), String(own.port), random);
    await writeWhole(join(folder, markFile), JSON.stringify({ name, host }), random);
    await engine.make({
      name, image, labels: { 'neb.redis-of': fleet }, command: ['redis-server', `${folderInside}/redis.conf`],
      volume: { name, path: folderInside }, files: { 'redis.conf': `${settings.join('\n')}\n`, 'users.acl': usersFile(own.password) },
      network: isShared ? 'host' : { address: '127.0.0.1', hostPort: own.port, port: inside },
    }, { signal: stopping.signal });
    await answering(own, { clock, withinMs: startMs, trouble: () => new NebError('unavailable', `the Redis container ${name} did not answer within ${startMs / 1_000} s`, { hint: `Its log: docker logs ${name}` }) });
    return own;
  }

  async function reached(own: OwnRedis): Promise<OwnRedis> {
    if (!control) {
      control = presence(own);
      await control.ping();
    }
    return own;
  }

  /** One that the engine is just starting again. */
  async function soon(own: OwnRedis): Promise<boolean> {
    return await answering(own, { clock, withinMs: startMs / 3, trouble: taken }).then(() => true, () => false);
  }

  function taken(): NebError {
    return new NebError('conflict', `a container ${name} runs that does not take the password of ${folder}`, { hint: `If no server uses it, remove it: docker rm -f ${name}. Its messages are in the volume ${name}, and stay.` });
  }
}

/** Says that the Redis of the data folder is a container, and which. */
const markFile = 'container.json';
const mark = z.object({ name: z.string(), host: z.string().optional() });

export interface RedisContainer {
  readonly name: string;
  readonly host?: string | undefined;
}

/** The container that the Redis of this data folder is, if it is one; without a name where nobody can read which. */
export async function redisContainer({ dataDir }: { readonly dataDir: string }): Promise<Partial<RedisContainer> | undefined> {
  const text = await readFile(join(dataDir, 'redis', markFile), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return mark.parse(JSON.parse(text));
  } catch {
    // Whatever else it says, what lies in the volume is in no other Redis. The next server writes it again.
    return {};
  }
}

/** Removes the one that a server left running when it was killed, unless another uses it. */
export async function stopDockerRedis(own: OwnRedis, container: RedisContainer): Promise<void> {
  await leave(connection(own), container);
}

/** An engine that is away keeps it, for the next server to find. */
async function leave(redis: Redis, { name, host }: RedisContainer): Promise<void> {
  const { engineService } = await import('@neb/providers-docker');
  const engine = engineService({ host });
  try {
    if (await isLast(redis).catch((error: unknown) => /NOAUTH|WRONGPASS/.test(messageOf(error)) ? false : true)) await engine.remove(name);
  } catch {
    // It is found again.
  } finally {
    redis.disconnect();
    engine.close();
  }
}
