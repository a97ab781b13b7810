import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Clock, NebError, type Random } from '@neb/core-types';
import { Redis } from 'ioredis';
import { secretFile } from '../data-folder.ts';
import { waitForLock } from '../database/process-lock.ts';
import { foldersOf, isExecutable } from '../programs.ts';
import { bridgeAddress } from './bridge-address.ts';

export interface PrivateRedisOptions {
  readonly dataDir: string;
  /** Where to look for redis-server or valkey-server. */
  readonly searchPath: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** Where a Redis of our own is. */
export interface OwnRedis {
  readonly port: number;
  readonly password: string;
}

const startMs = 15_000;
const pollMs = 25;
const reviveMs = 1_000;
/** How our connections are told from those of other servers that share the data folder. */
const connectionName = 'neb-server';

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

/**
 * A Redis of our own, whose every write is on disk before it is acknowledged. It outlives a crash of ours and is found again; servers
 * that share a data folder share it, and the last to leave stops it. Where it ends before, it is started again at once.
 */
export interface PrivateRedis extends AsyncDisposable {
  /** Once it resolves Redis answers. */
  ensure(): Promise<OwnRedis>;
}

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
    const port = (known !== undefined && (await tried(known))) || (await freePort());
    await start(folder, { port, password }, searchPath);
    const deadline = clock.now() + startMs;
    while (!(await answers({ port, password }))) {
      if (clock.now() >= deadline) throw new NebError('unavailable', `the private Redis did not start within ${startMs / 1_000} s`, { hint: `Its log is ${join(folder, 'redis.log')}.` });
      await clock.sleep(pollMs);
    }
    return await reached({ port, password });
  }

  async function reached(own: OwnRedis): Promise<OwnRedis> {
    if (!control) {
      control = connection(own, { retryStrategy: (times: number) => Math.min(50 * times, 1_000), maxRetriesPerRequest: 1 });
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

/** Stops the one that a server left running when it was killed; does nothing where one uses it, or there is none. */
export async function stopAbandonedRedis({ dataDir }: Pick<PrivateRedisOptions, 'dataDir'>): Promise<void> {
  const folder = join(dataDir, 'redis');
  const [port, password] = await Promise.all([readPort(folder), readFile(join(folder, 'password'), 'utf8').catch(() => undefined)]);
  if (port === undefined || password === undefined || !(await answers({ port, password: password.trim() }))) return;
  await leave(connection({ port, password: password.trim() }));
}

async function leave(redis: Redis): Promise<void> {
  try {
    const clients = String(await redis.call('CLIENT', 'LIST', 'TYPE', 'normal'));
    const servers = clients.split('\n').filter((line) => line.includes(` name=${connectionName} `)).length;
    // Its answer to this is the end of the connection.
    if (servers <= 1) await redis.shutdown('NOSAVE').catch(() => undefined);
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
  if (isNew) await writeFile(users, `user default on #${createHash('sha256').update(password).digest('hex')} ~* &* +@all\n`, { mode: 0o600 });
  const settings = [
    `port ${port}`, `bind ${await bindings()}`, 'protected-mode no', `dir ${quoted(folder)}`, `aclfile ${quoted(users)}`, `logfile ${quoted(join(folder, 'redis.log'))}`,
    'appendonly yes', 'appendfsync always', 'save ""', 'maxmemory-policy noeviction', 'daemonize no',
  ];
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

/** Loopback, and the bridge by which containers of the local engine reach this machine; a dash lets an address be missing. */
async function bindings(): Promise<string> {
  const bridge = await bridgeAddress();
  return ['127.0.0.1', ...(bridge === undefined ? [] : [`-${bridge}`])].join(' ');
}

function connection({ port, password }: OwnRedis, more: object = { retryStrategy: () => null, maxRetriesPerRequest: 0 }): Redis {
  const redis = new Redis({ host: '127.0.0.1', port, password, connectionName, lazyConnect: true, connectTimeout: 2_000, replyMapping: 'legacy', ...more });
  redis.on('error', () => undefined);
  return redis;
}

/** Whether what listens there is ours, and ready. */
async function answers(own: OwnRedis): Promise<boolean> {
  const redis = connection(own);
  try {
    return (await redis.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}

async function readPort(folder: string): Promise<number | undefined> {
  const text = await readFile(join(folder, 'port'), 'utf8').catch(() => '');
  return /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

/** A port of loopback that nobody listens on now. */
async function freePort(): Promise<number> {
  const port = await tried(0);
  if (port === undefined) throw new NebError('unavailable', 'this machine has no free port on loopback');
  return port;
}

/** The port, or any for 0; `undefined` where somebody listens on it. */
async function tried(port: number): Promise<number | undefined> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}

function quoted(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
