import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { collect, systemClock, systemRandom } from '@neb/core-types';
import { rejectionOf } from '@neb/core-types/testing';
import { docker } from '@neb/providers-docker';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { redisImage } from '../../test/redis-image.ts';
import { loadConfig } from '../config.ts';
import { bridgeAddress } from './bridge-address.ts';
import { redisHome, type RedisHome } from './home.ts';
import { stopAbandonedRedis } from './own-home.ts';

const run = promisify(execFile);
const tag = randomBytes(4).toString('hex');
let made: Awaited<ReturnType<typeof redisImage>>;
let dataDir: string;
let fleet: string;
const name = (): string => `neb-redis.${fleet}`;
beforeAll(async () => { made = await redisImage(tag); }, 60_000);
afterAll(async () => await made.remove());
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'neb-redis-home-'));
  fleet = `f${randomBytes(4).toString('hex')}`;
});
afterEach(async () => {
  await run('docker', ['rm', '-f', name()]).catch(() => undefined);
  await run('docker', ['volume', 'rm', '-f', name()]);
  await rm(dataDir, { recursive: true });
});

/** Of a server on a machine without redis-server. */
const home = async (more: Readonly<Record<string, string>> = {}): Promise<RedisHome> =>
  await redisHome(loadConfig({ NEB_DATA_DIR: dataDir, NEB_PLATFORMS: 'docker', NEB_REDIS_IMAGE: made.image, ...more }, { HOME: dataDir, PATH: '/nowhere' }), { clock: systemClock, random: systemRandom, fleet });
const asked = async <T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> => {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0, connectTimeout: 2_000, replyMapping: 'legacy' });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await work(redis);
  } finally {
    redis.disconnect();
  }
};
const inspected = async (format: string): Promise<string> => (await run('docker', ['container', 'inspect', '--format', format, name()])).stdout.trim();

test('where only Docker is, Redis is a container that keeps every write, that nobody else\'s list shows, and that goes with the last server but for its volume', async () => {
  const [first, second] = [await home(), await home()];
  expect(first.missing()).toBeUndefined();
  expect(first.reach).toMatchObject({ platform: 'docker' });
  const [{ url, workers }, again] = await Promise.all([first.open(), second.open()]);
  expect(again.url).toBe(url);
  expect(workers).toEqual({ host: 'host.docker.internal', port: Number(new URL(url).port) });
  expect(await asked(url, async (redis) => await Promise.all(['appendonly', 'appendfsync'].map((one) => redis.call('CONFIG', 'GET', one))))).toEqual([['appendonly', 'yes'], ['appendfsync', 'always']]);
  await asked(url, async (redis) => void (await redis.set('kept', 'yes')));
  expect(await inspected('{{index .Config.Labels "neb.redis-of"}} {{.HostConfig.RestartPolicy.Name}}')).toBe(`${fleet} unless-stopped`);
  expect(await inspected('{{json .}}')).not.toContain(new URL(url).password);
  await using provider = docker();
  expect(await collect(provider.list({ fleet })), 'what a sweep would look at').toEqual([]);

  const at = (host: string, password = new URL(url).password): string => `redis://:${password}@${host}:${new URL(url).port}`;
  expect(await asked(at((await bridgeAddress())!), async (redis) => await redis.get('kept')), 'from containers').toBe('yes');
  await expect(asked(at('127.0.0.1', 'wrong-wrong-wrong'), async (redis) => await redis.get('kept'))).rejects.toThrow();
  const outer = Object.values(networkInterfaces()).flat().find((one) => one?.family === 'IPv4' && !one.internal)?.address;
  if (outer !== undefined) await expect(asked(at(outer), async (redis) => await redis.get('kept')), 'from the network').rejects.toThrow();

  await first[Symbol.asyncDispose]();
  expect(await asked(url, async (redis) => await redis.get('kept')), 'while another server uses it').toBe('yes');
  await second[Symbol.asyncDispose]();
  await expect(inspected('{{.Id}}')).rejects.toThrow(/no such/i);
  const next = await home();
  expect(await asked((await next.open()).url, async (redis) => await redis.get('kept'))).toBe('yes');
  await next[Symbol.asyncDispose]();
}, 60_000);

test('it outlives a server that was killed, and its own death; neb down ends it, but not while another server uses it', async () => {
  const env = { ...process.env, NEB_DATA_DIR: dataDir, NEB_PLATFORMS: 'docker', NEB_REDIS_IMAGE: made.image, PATH: '/nowhere' };
  const killed = spawn(process.execPath, [join(import.meta.dirname, '../../test/hold-redis.ts'), fleet], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const url = String((await once(killed.stdout, 'data'))[0]);
  const gone = once(killed, 'exit');
  killed.kill('SIGKILL');
  await gone;
  await asked(url, async (redis) => void (await redis.set('kept', 'yes')));

  const pid = Number(await inspected('{{.State.Pid}}'));
  process.kill(pid, 'SIGKILL');
  await expect.poll(async () => await asked(url, async (redis) => await redis.get('kept')).catch(() => undefined), { timeout: 20_000 }).toBe('yes');
  expect(Number(await inspected('{{.State.Pid}}'))).not.toBe(pid);

  const next = await home();
  expect((await next.open()).url).toBe(url);
  await stopAbandonedRedis({ dataDir });
  expect(await inspected('{{.State.Running}}')).toBe('true');
  const last = spawn(process.execPath, [join(import.meta.dirname, '../../test/hold-redis.ts'), fleet], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(last.stdout, 'data');
  await next[Symbol.asyncDispose]();
  expect(await inspected('{{.State.Running}}')).toBe('true');
  const over = once(last, 'exit');
  last.kill('SIGKILL');
  await over;
  await stopAbandonedRedis({ dataDir });
  await expect(inspected('{{.Id}}')).rejects.toThrow(/no such/i);
}, 60_000);

test('where neither is, it says what to install or to set', async () => {
  const none = await home({ DOCKER_HOST: `unix://${dataDir}/no.sock` });
  expect(none.missing()).toMatch(/set REDIS_URL, or install redis-server.*no Docker Engine is running at .*no\.sock/);
  expect(await rejectionOf(none.open())).toMatchObject({ code: 'unavailable', message: none.missing() });
});

test('an image that is not to be had is named, with the variable', async () => {
  const one = await home({ NEB_REDIS_IMAGE: '127.0.0.1:1/none:never' });
  expect((await rejectionOf(one.open())).message).toMatch(/127\.0\.0\.1:1/);
  await one[Symbol.asyncDispose]();
});
