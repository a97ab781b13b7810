import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig, variables } from './config.ts';
import { configurationDoc } from './config-doc.ts';

const home = mkdtempSync(join(tmpdir(), 'neb-config-'));
afterAll(() => rmSync(home, { recursive: true }));
const load = (env: Record<string, string> = {}) => loadConfig(env, { HOME: home });

describe('with nothing set', () => {
  test('the server listens on loopback, keeps everything in ~/.neb and uses the local engine', () => {
    expect(load()).toMatchObject({
      listen: { host: '127.0.0.1', port: 3_000 },
      dataDir: join(home, '.neb'),
      database: { url: undefined, engine: 'auto' },
      token: { value: undefined, file: join(home, '.neb/token') },
      encryption: { key: undefined, file: join(home, '.neb/encryption.key'), previous: [] },
      platforms: ['docker'],
      defaultImage: 'debian:stable-slim',
      docker: { allowHostPaths: false, publishAddress: '127.0.0.1', subnetPool: { cidr: '10.208.0.0/12', prefix: 24 } },
      http: { allowedHosts: [], corsOrigins: [], maxBodyBytes: 4_194_304 },
      shutdownMs: 10_000,
      retentionMs: 604_800_000,
      warnings: [],
    });
  });

  test('an empty variable is as good as none', () => {
    expect(load({ NEB_PORT: '', DATABASE_URL: '' })).toMatchObject({ listen: { port: 3_000 }, database: { url: undefined } });
  });
});

test.each([
  ['NEB_PORT', '0', { listen: { port: 0 } }],
  ['NEB_HOST', '0.0.0.0', { listen: { host: '0.0.0.0' } }],
  ['NEB_DATA_DIR', '~/elsewhere', { dataDir: join(home, 'elsewhere'), token: { file: join(home, 'elsewhere/token') } }],
  ['NEB_SHUTDOWN_TIMEOUT', '1m30s', { shutdownMs: 90_000 }],
  ['NEB_TAKEOVER', '2s', { database: { leaseMs: 2_000 } }],
  ['NEB_RETENTION', '1d', { retentionMs: 86_400_000 }],
  ['NEB_RATE_LIMIT', '5:20', { rateLimit: { perSecond: 5, burst: 20 } }],
  ['NEB_RATE_LIMIT', '5', { rateLimit: { perSecond: 5, burst: 5 } }],
  ['NEB_RATE_LIMIT', 'off', { rateLimit: undefined }],
  ['NEB_OWNER_QUOTA', 'containers=20, cpu=500m,memory=256Gi', { ownerQuota: { containers: 20, cpu: 0.5, memory: 256 } }],
  ['NEB_MAX_BODY', '1Mi', { http: { maxBodyBytes: 1_048_576 } }],
  ['NEB_SUBNET_POOL', '172.20.0.0/14:26', { docker: { subnetPool: { cidr: '172.20.0.0/14', prefix: 26 } } }],
  ['NEB_ALLOWED_REGISTRIES', '10.0.0.5:5000, registry', { allowedRegistries: ['10.0.0.5:5000', 'registry'] }],
  ['NEB_PIDS_LIMIT', '512', { docker: { pidsLimit: 512 } }],
  ['NEB_ALLOW_HOST_PATHS', 'yes', { docker: { allowHostPaths: true } }],
  ['NEB_ACCELERATORS', '2:a100-sxm,L4', { docker: { accelerators: [{ count: 2, name: 'A100_SXM' }, { count: 1, name: 'L4' }] } }],
  ['NEB_PLATFORMS', 'memory, docker', { platforms: ['memory', 'docker'] }],
  ['NEB_PODMAN', '/run/podman/podman.sock', { platforms: ['docker', 'podman'], podman: { hosts: [{ name: 'local', socketPath: '/run/podman/podman.sock' }] } }],
  ['NEB_PODMAN', 'a=unix:///run/a.sock, b=/run/b.sock', { podman: { hosts: [{ name: 'a', socketPath: '/run/a.sock' }, { name: 'b', socketPath: '/run/b.sock' }] } }],
  ['NEB_RUNPOD_EXEC', 'false', { platforms: ['docker'], runpod: { exec: false } }],
  ['RUNPOD_API_KEY', 'rpa_1', { platforms: ['docker', 'runpod'] }],
  ['AWS_DEFAULT_REGION', 'us-east-1', { platforms: ['docker'], aws: { keys: { kind: 'found' }, regions: ['us-east-1'] } }],
  ['AWS_ACCESS_KEY_ID', 'AKIA1', { platforms: ['docker'], aws: { keys: { kind: 'half', missing: 'AWS_SECRET_ACCESS_KEY' } } }],
  ['NEB_MACHINE_SILENCE', '10m', { machines: { silenceMs: 600_000, keyFile: join(home, '.neb/machine.key') } }],
  ['NEB_RUNPOD_URL', 'http://127.0.0.1:8080', { platforms: ['docker'], runpod: { url: 'http://127.0.0.1:8080' } }],
  ['OPENMETER_URL', 'http://openmeter.internal:8888', { openmeter: { url: 'http://openmeter.internal:8888', apiKey: undefined } }],
  ['OPENMETER_TOKEN', 'om_1', { openmeter: { url: 'https://openmeter.cloud' } }],
  ['NEBU_ROOT_OWNER', 'me@example.com', { owner: 'me@example.com' }],
  ['NEB_SSH_HOSTS', 'neb@gpu-1:2222', { platforms: ['docker', 'ssh'], sshHosts: [{ name: 'gpu-1', host: 'gpu-1', port: 2_222, username: 'neb' }] }],
])('%s=%s is understood', (name, text, expected) => {
  expect(load({ [name]: text })).toMatchObject(expected);
});

test('the key for OpenMeter travels in no clear text', () => {
  expect(() => load({ OPENMETER_URL: 'http://openmeter.internal', OPENMETER_API_KEY: 'om_1' })).toThrow('OPENMETER_URL must be https: anybody on the way to it could take the key');
  expect(load({ OPENMETER_URL: 'http://127.0.0.1:8888', OPENMETER_API_KEY: 'om_1' }).openmeter).toMatchObject({ url: 'http://127.0.0.1:8888' });
  expect(load({}).openmeter).toBeUndefined();
});

test.each<readonly [string, string, string]>([
  ['NEB_PODMAN', '/run/a.sock,/run/b.sock', 'NEB_PODMAN must be sockets such as /run/podman/podman.sock, and where there are several, each with a name of its own: a=/run/a.sock,b=/run/b.sock'],
  ['NEB_PORT', '70000', 'NEB_PORT must be a port, 0 to 65535'],
  ['NEB_RUNPOD_URL', 'http://runpod.example', 'NEB_RUNPOD_URL must be https: anybody on the way to it could take the key'],
  ['NEB_AWS_URL', 'http://aws.example', 'NEB_AWS_URL must be https: anybody on the way to it could read what you buy'],
  ['NEB_MACHINE_SILENCE', '1m', 'NEB_MACHINE_SILENCE must be 2m or longer'],
  ['NEB_TAKEOVER', '500ms', 'NEB_TAKEOVER must be 1s or longer'],
  ['NEB_MACHINE_KEY', 'short', 'NEB_MACHINE_KEY must be at least 32 characters'],
  ['NEB_PORT', '-1', 'NEB_PORT must be a port, 0 to 65535'],
  ['NEB_LOG_LEVEL', 'loud', 'NEB_LOG_LEVEL must be debug, info, warn, error or silent'],
  ['NEB_RETENTION', 'soon', 'NEB_RETENTION must be a duration'],
  ['NEB_RATE_LIMIT', '0', 'NEB_RATE_LIMIT must be requests a second'],
  ...['containers', 'pods=3', 'containers=-1', 'containers=', 'memory=lots'].map((text) => ['NEB_OWNER_QUOTA', text, 'NEB_OWNER_QUOTA must be limits such as containers=20'] as const),
  ['NEB_MAX_BODY', 'big', 'NEB_MAX_BODY must be an amount such as 4Mi'],
  ['NEB_PLATFORMS', 'dokcer', 'NEB_PLATFORMS names "dokcer", which this server does not have. Did you mean "docker"?'],
  ['NEB_ALLOW_HOST_PATHS', 'maybe', 'NEB_ALLOW_HOST_PATHS must be true or false'],
  ['NEB_ACCELERATORS', 'Z9000', 'NEB_ACCELERATORS "Z9000" is not a known accelerator'],
  ['NEB_CONFIG', '/nowhere.yaml', 'NEB_CONFIG names /nowhere.yaml, which is not there'],
  ['NEB_SUBNET_POOL', 'all', 'NEB_SUBNET_POOL must be a range'],
  ['DATABASE_URL', 'mysql://x', 'DATABASE_URL must be postgres://'],
  ['DOCKER_HOST', 'here', 'DOCKER_HOST must be unix:///path'],
])('%s=%s is refused by name', (name, text, message) => {
  expect(() => load({ [name]: text })).toThrow(expect.objectContaining({ code: 'invalid', message: expect.stringContaining(message) }));
});

test('a certificate and its key go together', () => {
  expect(load({ NEB_TLS_CERT: '~/cert.pem', NEB_TLS_KEY: '/key.pem' }).listen.tls).toEqual({ cert: join(home, 'cert.pem'), key: '/key.pem' });
  expect(() => load({ NEB_TLS_CERT: '/cert.pem' })).toThrow('NEB_TLS_CERT and NEB_TLS_KEY go together');
});

test('every fault is told at once, under the name that was used', () => {
  expect(() => load({ NEB_PORT: 'x', NEB_LOG_FORMAT: 'y', NEBU_ENCRYPTION_KEY: 'short' })).toThrow(/NEB_PORT .*; NEB_LOG_FORMAT .*; NEBU_ENCRYPTION_KEY must be at least 16/);
});

test('a refused secret is not repeated, and an accepted one cannot be printed', () => {
  const secrets = { NEB_TOKEN: 'canary', NEB_ENCRYPTION_KEY: 'canary', NEB_ENCRYPTION_KEY_PREVIOUS: 'canary', DATABASE_URL: 'mysql://me:canary@db' };
  expect(() => load(secrets)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('canary') }));
  const accepted = load({ NEB_TOKEN: 'canary-canary-canary', NEB_ENCRYPTION_KEY: 'canary-canary-canary', DATABASE_URL: 'postgres://me:canary@db/neb', AWS_ACCESS_KEY_ID: 'canary-id', AWS_SECRET_ACCESS_KEY: 'canary', AWS_SESSION_TOKEN: 'canary', NEB_MACHINE_KEY: 'canary-'.repeat(5) });
  expect(`${JSON.stringify(accepted)}${inspect(accepted, { depth: 9 })}`).not.toContain('canary');
  expect(accepted.token.value?.reveal()).toBe('canary-canary-canary');
});

test('the parts of a database address make one, whatever is in the password', () => {
  const { database } = load({ DATABASE_HOST: 'db', DATABASE_USER: 'neb', DATABASE_PASSWORD: 'p@ss:/word', DATABASE_NAME: 'fleet' });
  expect(database.url?.reveal()).toBe('postgres://neb:p%40ss%3A%2Fword@db:5432/fleet');
});

test('a misspelt variable is pointed out, one that is not ours is left alone', () => {
  expect(load({ NEB_PROT: '1', NEB_NAMESPACE: 'x', NEB_SOMETHING_ELSE: 'y' }).warnings).toEqual(['NEB_PROT is not a variable of the server and has no effect. Did you mean NEB_PORT?']);
});

describe('server.yaml', () => {
  const write = (text: string): string => {
    const path = join(home, 'server.yaml');
    writeFileSync(path, text);
    return path;
  };

  test('describes the hosts of platform ssh, in order', () => {
    const NEB_CONFIG = write('ssh_hosts:\n  - { host: 10.0.0.7, name: rack-1, user: neb, host_keys: ["SHA256:x"], accelerators: ["2:A100_SXM"] }\n  - host: gpu-2\n');
    const { platforms, sshHosts } = load({ NEB_CONFIG });
    expect(platforms).toEqual(['docker', 'ssh']);
    expect(sshHosts).toMatchObject([
      { name: 'rack-1', host: '10.0.0.7', username: 'neb', hostKeys: ['SHA256:x'], accelerators: [{ name: 'A100_SXM', count: 2 }] },
      { name: 'gpu-2', host: 'gpu-2', username: undefined },
    ]);
  });

  test.each([
    ['ssh_hosts:\n  - hots: a\n', 'ssh_hosts[0]'],
    ['ssh_host: []\n', '"ssh_host" is not a field here. Did you mean "ssh_hosts"?'],
    ['a: [', 'cannot be read'],
    ['ssh_hosts:\n  - { host: a, key_file: /nowhere }\n', 'key_file of host a: /nowhere cannot be read'],
  ])('%j is refused with the file and the field', (text, message) => {
    expect(() => load({ NEB_CONFIG: write(text) })).toThrow(expect.objectContaining({ code: 'invalid', message: expect.stringContaining(message) }));
  });
});

test('docs/configuration.md is what config.ts says', () => {
  expect(readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')).toBe(configurationDoc());
});

test('every variable is explained in a sentence', () => {
  for (const [name, { about, otherwise }] of Object.entries(variables)) {
    expect(about, name).toMatch(/\w.*\.$/);
    expect(otherwise, name).not.toBe('');
  }
});
