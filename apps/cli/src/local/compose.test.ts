import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@neb/core-types/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { environment } from '../config.ts';
import { composeText, writeCompose } from './compose.ts';

let home: string;
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'neb-compose-'))));
afterEach(() => rmSync(home, { recursive: true }));

const base = { host: '127.0.0.1', port: 3_000, image: undefined, version: '1.2.3' };

test('the compose file runs PostgreSQL, Redis and the control plane with the engine\'s socket, reachable from this machine only', () => {
  const { services, volumes } = parse(composeText({ ...base, env: environment({ HOME: home }) }));
  expect(Object.keys(services as object)).toEqual(['postgres', 'redis', 'neb']);
  expect(services.neb.ports).toEqual(['127.0.0.1:3000:3000']);
  expect(services.neb.volumes).toEqual(['/var/run/docker.sock:/var/run/docker.sock']);
  expect(services.neb.build.dockerfile_inline).toContain('@neb/cli@1.2.3');
  expect(services.neb.environment).toMatchObject({ RUNPOD_API_KEY: null, AWS_ACCESS_KEY_ID: null, AWS_SECRET_ACCESS_KEY: null, NEB_ENCRYPTION_KEY: '${NEB_ENCRYPTION_KEY}' });
  expect(Object.keys(volumes as object)).toEqual(['postgres', 'redis']);
  expect(services.postgres.ports).toBeUndefined();
  expect(services.redis.ports).toEqual(['127.0.0.1:16379:6379']);
  expect(services.redis.command).toEqual(expect.arrayContaining(['--appendonly', 'yes', '--appendfsync', 'always']));
});

test('workers of processors reach Redis by the engine\'s bridge, and so does the control plane', () => {
  const { services } = parse(composeText({ ...base, bridge: '172.17.0.1', env: environment({ HOME: home }) }));
  expect(services.redis.ports).toEqual(['172.17.0.1:16379:6379']);
  expect(services.neb).toMatchObject({ extra_hosts: ['host.docker.internal:host-gateway'], environment: { REDIS_URL: 'redis://:${REDIS_PASSWORD}@host.docker.internal:16379' } });
});

test('an image and another socket can be named', () => {
  const { services } = parse(composeText({ ...base, image: 'acme/neb:1', env: environment({ HOME: home, DOCKER_HOST: 'unix:///run/user/1000/docker.sock' }) }));
  expect(services.neb.image).toBe('acme/neb:1');
  expect(services.neb.volumes).toEqual(['/run/user/1000/docker.sock:/var/run/docker.sock']);
});

test('secrets are made once, kept, and closed to others; the command line finds the token', () => {
  const env = environment({ HOME: home });
  const { secrets, file } = writeCompose({ ...base, env, random: seededRandom(1) });
  const first = readFileSync(secrets, 'utf8');
  expect(statSync(secrets).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).not.toMatch(/[0-9a-f]{48}/);
  expect(first).toContain(`NEB_TOKEN=${readFileSync(join(home, '.neb/token'), 'utf8').trim()}`);
  writeCompose({ ...base, env, random: seededRandom(2) });
  expect(readFileSync(secrets, 'utf8')).toBe(first);
});

test('the user\'s own key and the key of a local server are taken over', () => {
  const env = environment({ HOME: home, NEB_ENCRYPTION_KEY: 'mine-mine-mine-mine' });
  expect(readFileSync(writeCompose({ ...base, env, random: seededRandom(1) }).secrets, 'utf8')).toContain('NEB_ENCRYPTION_KEY=mine-mine-mine-mine');
  expect(existsSync(join(home, '.neb/encryption.key'))).toBe(false);
  writeFileSync(join(home, '.neb/encryption.key'), 'from-neb-up-from-neb-up\n');
  rmSync(join(home, '.neb/compose.env'));
  expect(readFileSync(writeCompose({ ...base, env: environment({ HOME: home }), random: seededRandom(1) }).secrets, 'utf8')).toContain('NEB_ENCRYPTION_KEY=from-neb-up-from-neb-up');
});
