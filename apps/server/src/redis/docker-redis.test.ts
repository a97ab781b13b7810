import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom } from '@neb/core-types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../config.ts';
import { redisContainer } from './docker-redis.ts';
import { redisHome } from './home.ts';
import { stopAbandonedRedis } from './own-home.ts';

let dataDir: string;
const mark = (): string => join(dataDir, 'redis', 'container.json');
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'neb-redis-mark-'));
  await mkdir(join(dataDir, 'redis'));
});
afterAll(() => rm(dataDir, { recursive: true }));

test('a folder whose Redis is no container has none', async () => {
  expect(await redisContainer({ dataDir })).toBeUndefined();
});

test('a container is known by its name and its engine', async () => {
  await writeFile(mark(), '{"name":"neb-redis.f","host":"unix:///run/docker.sock"}');
  expect(await redisContainer({ dataDir })).toEqual({ name: 'neb-redis.f', host: 'unix:///run/docker.sock' });
});

test.for(['', '{"name":"neb-re', 'null', '{"name":5}'])('a server starts where its note of the container says only %j, and begins no other Redis beside it', async (text) => {
  await writeFile(mark(), text);
  expect(await redisContainer({ dataDir })).toEqual({});
  await using home = await redisHome(loadConfig({ NEB_DATA_DIR: dataDir, NEB_PLATFORMS: 'docker', DOCKER_HOST: `unix://${dataDir}/none.sock` }, { HOME: dataDir, PATH: process.env['PATH'] }), { clock: systemClock, random: systemRandom, fleet: 'f' });
  expect(home.missing()).toBeUndefined();
  await expect(home.open()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('none.sock') });
  expect(await readdir(join(dataDir, 'redis'))).not.toContain('redis.conf');
  await stopAbandonedRedis({ dataDir });
});
