import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Clock, NebError, type Random } from '@neb/core-types';
import { Redis } from 'ioredis';
import { bridgeAddress } from './bridge-address.ts';

/** Where a Redis of our own is. */
export interface OwnRedis {
  readonly port: number;
  readonly password: string;
}

/**
 * A Redis of our own, whose every write is on disk before it is acknowledged. It outlives a crash of ours and is found again; servers
 * that share a data folder share it, and the last to leave stops it.
 */
export interface PrivateRedis extends AsyncDisposable {
  /** Once it resolves Redis answers. */
  ensure(): Promise<OwnRedis>;
}

/** What every Redis of our own is made of. */
export interface OwnRedisOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** How our connections are told from those of other servers that share the data folder. */
const connectionName = 'neb-server';
const pollMs = 25;

/** Nothing that was acknowledged is lost. */
export const keepsAll = ['appendonly yes', 'appendfsync always', 'save ""', 'maxmemory-policy noeviction', 'protected-mode no', 'daemonize no'];

/** The user that we are. The password is 256 random bits: nobody finds it from its hash. */
export function usersFile(password: string): string {
  return `user default on #${createHash('sha256').update(password).digest('hex')} ~* &* +@all\n`;
}

/** Loopback, and the bridge by which containers of the local engine reach this machine; a dash lets an address be missing. */
export async function bindings(): Promise<string> {
  const bridge = await bridgeAddress();
  return ['127.0.0.1', ...(bridge === undefined ? [] : [`-${bridge}`])].join(' ');
}

export function connection({ port, password }: OwnRedis, more: object = { retryStrategy: () => null, maxRetriesPerRequest: 0 }): Redis {
  const redis = new Redis({ host: '127.0.0.1', port, password, connectionName, lazyConnect: true, connectTimeout: 2_000, replyMapping: 'legacy', ...more });
  redis.on('error', () => undefined);
  return redis;
}

/** One that tells others that a server uses it, for as long as it does. */
export function presence(own: OwnRedis): Redis {
  return connection(own, { retryStrategy: (times: number) => Math.min(50 * times, 1_000), maxRetriesPerRequest: 1 });
}

/** Whether what listens there is ours, and ready. */
export async function answers(own: OwnRedis): Promise<boolean> {
  const redis = connection(own);
  try {
    return (await redis.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}

/** Waits until it answers; `trouble` says what is wrong where it never does. */
export async function answering(own: OwnRedis, { clock, withinMs, trouble }: { readonly clock: Clock; readonly withinMs: number; readonly trouble: () => NebError }): Promise<void> {
  for (const deadline = clock.now() + withinMs; !(await answers(own)); await clock.sleep(pollMs)) if (clock.now() >= deadline) throw trouble();
}

/** Whether no other server uses it. Throws where it has ended. */
export async function isLast(redis: Redis): Promise<boolean> {
  const clients = String(await redis.call('CLIENT', 'LIST', 'TYPE', 'normal'));
  return clients.split('\n').filter((line) => line.includes(` name=${connectionName} `)).length <= 1;
}

/** Where the one of this data folder is, or was. */
export async function readOwn(dataDir: string): Promise<OwnRedis | undefined> {
  const folder = join(dataDir, 'redis');
  const [port, password] = await Promise.all([readPort(folder), readFile(join(folder, 'password'), 'utf8').catch(() => undefined)]);
  return port === undefined || password === undefined ? undefined : { port, password: password.trim() };
}

export async function readPort(folder: string): Promise<number | undefined> {
  const text = await readFile(join(folder, 'port'), 'utf8').catch(() => '');
  return /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

/** The one that was used before, if nobody listens on it, or a port of loopback that nobody listens on now. */
export async function freePort(known: number | undefined): Promise<number> {
  const port = (known !== undefined && (await tried(known))) || (await tried(0));
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
