import { spawn } from 'node:child_process';
import { access, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NebError } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { secretFile } from '../data-folder.ts';
import { waitForLock } from '../database/process-lock.ts';
import { foldersOf, isExecutable } from '../programs.ts';
import { answering, answers, bindings, connection, freePort, isLast, keepsAll, type OwnRedis, type OwnRedisOptions, presence, type PrivateRedis, readPort, usersFile } from './own-redis.ts';

export interface PrivateRedisOptions extends OwnRedisOptions {
  /** Where to look for redis-server or valkey-server. */
  readonly searchPath: string;
}

const startMs = 15_000;
const reviveMs = 1_000;

/** The program to run; `undefined` where the machine has none. */
export async function findRedis(searchPath: string): Promise<string | undefined> {
  for (const name of ['redis-server', 'valkey-server']) {
    for (const folder of foldersOf(searchPath)) {
      const file = join(folder, name);
      if (await isExecutable(file)) return file;
    }
  }
  return undefined;
}

/** As a process of this machine, with its file in the data folder. Where it ends, it is started again at once. */
export function privateRedis({ dataDir, searchPath, clock, random }: PrivateRedisOptions): PrivateRedis {
  const folder = join(dataDir, 'redis');
  let control: Redis | undefined;
  let isReviving = false;
  let isClosed = false;

  return {
    ensure,
    async [Symbol.asyncDispose]() {
      isClosed = true;
      if (!control) return;
      const redis = control;
      control = undefined;
      await using _ = await waitForLock(join(folder, 'lock'), clock);
      await leave(redis);
    },
  };

  async function ensure(): Promise<OwnRedis> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await using _ = await waitForLock(join(folder, 'lock'), clock);
    if (isClosed) throw new NebError('unavailable', 'the private Redis is stopping with its server');
    const password = (await secretFile(join(folder, 'password'), random)).reveal();
    const known = await readPort(folder);
    if (known !== undefined && (await answers({ port: known, password }))) return await reached({ port: known, password });
    const own = { port: await freePort(known), password };
    await start(folder, own, searchPath);
    await answering(own, { clock, withinMs: startMs, trouble: () => new NebError('unavailable', `the private Redis did not start within ${startMs / 1_000} s`, { hint: `Its log is ${join(folder, 'redis.log')}.` }) });
    return await reached(own);
  }

  async function reached(own: OwnRedis): Promise<OwnRedis> {
    if (!control) {
      control = presence(own);
      control.on('close', () => void revive());
    }
    // An engine that started after us has made its bridge since.
    await control.call('CONFIG', 'SET', 'bind', await bindings()).catch(() => undefined);
    return own;
  }

  /** Nobody else may ask for it: where all processors sleep, a message can only wake them through Redis. */
  async function revive(): Promise<void> {
    if (isReviving) return;
    isReviving = true;
    while (!isClosed && (await ensure().then(() => false, () => true))) await clock.sleep(reviveMs);
    isReviving = false;
  }
}

/** Stops the one that a server left running when it was killed, unless another uses it. */
export async function stopPrivateRedis(own: OwnRedis): Promise<void> {
  if (await answers(own)) await leave(connection(own));
}

async function leave(redis: Redis): Promise<void> {
  try {
    // Its answer to this is the end of the connection.
    if (await isLast(redis)) await redis.shutdown('NOSAVE').catch(() => undefined);
  } catch {
    // It has ended already.
  } finally {
    redis.disconnect();
  }
}

async function start(folder: string, { port, password }: OwnRedis, searchPath: string): Promise<void> {
  const program = await findRedis(searchPath);
  if (program === undefined) throw new NebError('unsupported', 'there is no redis-server or valkey-server on this machine', { hint: 'Install it, or set REDIS_URL.' });
  const users = join(folder, 'users.acl');
  const isNew = await access(users).then(() => false, () => true);
  if (isNew) await writeFile(users, usersFile(password), { mode: 0o600 });
  const settings = [`port ${port}`, `bind ${await bindings()}`, `dir ${quoted(folder)}`, `aclfile ${quoted(users)}`, `logfile ${quoted(join(folder, 'redis.log'))}`, ...keepsAll];
  const file = join(folder, 'redis.conf');
  await writeFile(file, `${settings.join('\n')}\n`, { mode: 0o600 });
  await writeFile(join(folder, 'port'), String(port), { mode: 0o600 });
  const out = await open(join(folder, 'redis.log'), 'a', 0o600);
  try {
    const child = spawn(program, [file], { detached: true, cwd: folder, stdio: ['ignore', out.fd, out.fd] });
    child.on('error', () => undefined);
    child.unref();
  } finally {
    await out.close();
  }
}

function quoted(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
