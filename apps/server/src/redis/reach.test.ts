import { systemClock, systemRandom } from '@neb/core-types';
import { expect, test } from 'vitest';
import { loadConfig } from '../config.ts';
import { redisHome } from './home.ts';

const here = { platform: 'docker', why: expect.stringContaining('which only containers of its Docker Engine reach; set REDIS_PUBLISH_URL') as string };

test.each<[string, Record<string, string>, object | undefined]>([
  ['a Redis of our own', {}, here],
  ['one that REDIS_URL names on this machine', { REDIS_URL: 'redis://127.0.0.1:6379' }, { ...here, why: expect.stringContaining('REDIS_URL names this machine') as string }],
  ['one of the machine whose container the server is', { REDIS_URL: 'redis://:p@host.docker.internal:16379' }, { ...here, why: expect.stringContaining('REDIS_URL names this machine') as string }],
  ['one elsewhere', { REDIS_URL: 'rediss://redis.acme.dev:6379' }, undefined],
  ['one here that workers reach by another address', { REDIS_URL: 'redis://127.0.0.1:6379', REDIS_PUBLISH_URL: 'rediss://redis.acme.dev:6379' }, undefined],
  ['one of our own that workers reach by another address', { REDIS_PUBLISH_URL: 'redis://10.0.0.1:6380' }, undefined],
  ['an engine elsewhere', { DOCKER_HOST: 'tcp://10.0.0.7:2376' }, { why: expect.stringMatching(/the engine of platform docker is elsewhere \(DOCKER_HOST=tcp:\/\/10\.0\.0\.7:2376\); set REDIS_PUBLISH_URL/) as string }],
  ['an engine elsewhere, and REDIS_URL here', { DOCKER_HOST: 'tcp://engine.acme.dev:2376', REDIS_URL: 'redis://localhost:6379' }, { why: expect.stringContaining('elsewhere') as string }],
  ['an engine behind another socket', { DOCKER_HOST: 'unix:///run/user/1000/docker.sock' }, here],
  ['no platform docker', { NEB_PLATFORMS: 'runpod' }, { why: expect.stringContaining('platform docker, whose containers would reach it, is not served') as string }],
])('who reaches %s', async (_, env, reach) => {
  await using home = await redisHome(loadConfig({ NEB_DATA_DIR: '/nowhere', NEB_PLATFORMS: 'docker', ...env }, { HOME: '/nowhere', PATH: process.env['PATH'] }), { clock: systemClock, random: systemRandom, fleet: 'f' });
  expect(home.reach).toEqual(reach);
});
