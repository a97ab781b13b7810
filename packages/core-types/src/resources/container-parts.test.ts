import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { authz } from './authz.ts';
import { env, healthCheck, meter, port, resources, sshKey, volumePath } from './container-parts.ts';
import { inWords } from './in-words.ts';

/** Rows of what is written and what it is read as. */
const reads = (schema: z.ZodType, rows: readonly (readonly [unknown, unknown])[]): void =>
  test.each(rows)('%j is %j', (written, read) => {
    expect(schema.parse(written)).toEqual(read);
    expect(schema.parse(read), 'what was read reads as itself').toEqual(read);
  });

/** Rows of what is written and why it is refused. */
const refuses = (schema: z.ZodType, rows: readonly (readonly [unknown, string])[]): void =>
  test.each(rows)('%j is refused: %s', (written, why) => {
    const messages = schema.safeParse(written, { error: inWords }).error?.issues.map((issue) => issue.message);
    expect(messages?.join('; ')).toContain(why);
  });

describe('env', () => {
  reads(env, [
    [[{ key: 'A', value: 'x' }], [{ key: 'A', value: 'x' }]],
    [[{ name: 'A', value: 'x' }], [{ key: 'A', value: 'x' }]],
    [[{ key: 'A', value: true }, { key: 'B', value: 1.5 }], [{ key: 'A', value: 'true' }, { key: 'B', value: '1.5' }]],
    [[{ key: 'A', secret_name: 's' }], [{ key: 'A', secret_name: 's' }]],
    [{ A: 'x', B: 2, C: false, D: '' }, [{ key: 'A', value: 'x' }, { key: 'B', value: '2' }, { key: 'C', value: 'false' }, { key: 'D', value: '' }]],
    [{}, []],
  ]);
  refuses(env, [
    [[{ key: 'A' }], 'needs either `value` or `secret_name`'],
    [[{ key: 'A', value: 'x', secret_name: 's' }], 'needs either `value` or `secret_name`'],
    [[{ value: 'x' }], 'is required'],
    [[{ key: '', value: 'x' }], 'must not be empty or contain "="'],
    [{ 'A=B': 'x' }, 'must not be empty or contain "="'],
    [{ A: null }, 'is empty: give it text, a number or true or false, or leave it out'],
    ['A=x', 'must be a list, not text'],
  ]);
});

describe('volumes', () => {
  reads(volumePath, [
    [{ name: 'cache', mount: '/models' }, { name: 'cache', dest: '/models' }],
    [{ source: 's3://bucket/data', dest: '/data' }, { source: 's3://bucket/data', dest: '/data' }],
    [{ source: '/out/', dest: 's3://bucket/out', driver: 'RCLONE_COPY', continuous: true }, { source: '/out/', dest: 's3://bucket/out', driver: 'RCLONE_COPY', continuous: true }],
    [{ source: '/a', dest: '/b', bidirectional: true }, { source: '/a', dest: '/b', driver: 'RCLONE_BISYNC' }],
    [{ source: '/a', dest: '/b', bidirectional: false }, { source: '/a', dest: '/b' }],
    [{ source: '/a', dest: '/b', driver: 'rclone-bisync', resync: true }, { source: '/a', dest: '/b', driver: 'RCLONE_BISYNC', resync: true }],
  ]);
  refuses(volumePath, [
    [{ name: 'cache' }, 'needs `mount`'],
    [{ mount: '/models' }, 'needs either `name` (a named volume) or `source`'],
    [{ name: 'cache', source: '/a', mount: '/b' }, 'needs either `name` (a named volume) or `source`'],
    [{ name: 'cache', mount: 'models' }, 'must be a path from the root'],
    [{ name: '../cache', mount: '/models' }, 'must be 1 to 128 letters'],
    [{ source: '/a', dest: '/b', driver: 'RSYNC' }, 'must be RCLONE_SYNC, RCLONE_COPY, RCLONE_BISYNC or RCLONE_MOUNT, not "RSYNC"'],
    [{ source: '/a', dest: '/b', driver: 'RCLONE_COPY', bidirectional: true }, 'means driver: RCLONE_BISYNC'],
  ]);
});

describe('resources', () => {
  reads(resources, [
    [{ min_cpu: '500m', max_cpu: 2, min_memory: '512Mi', max_memory: 8 }, { min_cpu: 0.5, max_cpu: 2, min_memory: 0.5, max_memory: 8 }],
    [{ cpu: 2, memory: '16Gi' }, { min_cpu: 2, min_memory: 16 }],
    [{ cpu_request: 1, memory_request: 4 }, { min_cpu: 1, min_memory: 4 }],
  ]);
  refuses(resources, [
    [{ cpu: 2, max_cpu: 1 }, 'must not be less than min_cpu'],
    [{ min_memory: '2Gi', max_memory: '1Gi' }, 'must not be less than min_memory'],
    [{ min_memory: 'lots' }, 'must be an amount of memory such as 16Gi'],
    [{ max_cpu: 'two' }, 'must be a number of cores such as 2'],
  ]);
});

describe('meters', () => {
  reads(meter, [
    [{ cost: 0.1, unit: 'second', currency: 'USD', metric: 'runtime' }, { cost: '0.1', unit: 'second', currency: 'USD', metric: 'runtime' }],
    [{ costp: 20, unit: 'hour', currency: 'USD' }, { costp: 20, unit: 'hour', currency: 'USD', metric: 'runtime' }],
    [{ cost: 0.000001, unit: 'token', currency: 'USD', json_path: '$.u', metric: 'response_value' }, { cost: '0.000001', unit: 'token', currency: 'USD', json_path: '$.u', metric: 'response_value' }],
    [{ cost: '0.001', unit: 'token', currency: 'USD', response_json_value: '$.u' }, { cost: '0.001', unit: 'token', currency: 'USD', json_path: '$.u', metric: 'response_value' }],
  ]);
  refuses(meter, [
    [{ cost: 0.1, unit: 'second' }, 'is required'],
    [{ cost: -1, unit: 'second', currency: 'USD' }, 'must not be negative'],
    [{ cost: 'cheap', unit: 'second', currency: 'USD' }, 'must be an amount such as 0.1'],
  ]);
});

describe('ports', () => {
  reads(port, [
    [8080, { port: 8080 }],
    ['8080', { port: 8080 }],
    ['80:8080', { port: 8080, host_port: 80, public: true }],
    ['53/UDP', { port: 53, protocol: 'udp' }],
    ['53:5353/udp', { port: 5353, host_port: 53, protocol: 'udp', public: true }],
    [{ port: 80, protocol: 'HTTP', public: true }, { port: 80, protocol: 'http', public: true }],
    [{ port: 80, host_port: 8080 }, { port: 80, host_port: 8080, public: true }],
  ]);
  refuses(port, [
    [0, 'must be at least 1'],
    ['80:99999', 'must be at most 65535'],
    ['127.0.0.1:80:80', 'must be a port such as 8080, "80:8080" or "53/udp"'],
    [true, 'must be a port such as 8080'],
    [{}, 'is required'],
    [{ port: 80, protocol: 'sctp' }, 'must be tcp, udp, http or https, not "sctp"'],
    [{ port: 80, host_port: 80, public: false }, 'it is given as not public'],
  ]);
});

describe('health check', () => {
  reads(healthCheck, [
    [{}, {}],
    [
      { path: '/healthz', port: 80, protocol: 'HTTP', interval: 5, timeout: '1s', retries: 2, start_period: '1m' },
      { path: '/healthz', port: 80, protocol: 'http', interval: '5s', timeout: '1s', retries: 2, start_period: '1m' },
    ],
  ]);
  refuses(healthCheck, [
    [{ path: 'healthz' }, 'must start with "/"'],
    [{ retries: 0 }, 'must be at least 1'],
    [{ retries: 1.5 }, 'must be a whole number, not 1.5'],
    [{ interval: 'often' }, 'must be a duration such as 30s'],
  ]);
});

describe('ssh keys', () => {
  reads(sshKey, [
    [{ public_key: 'ssh-ed25519 AAAA' }, { public_key: 'ssh-ed25519 AAAA' }],
    [{ public_key_secret: 'key' }, { public_key_secret: 'key' }],
    [{ copy_local: true }, { copy_local: true }],
  ]);
  refuses(sshKey, [
    [{}, 'needs `public_key`'],
    [{ copy_local: false }, 'needs `public_key`'],
  ]);
});

describe('authz', () => {
  reads(authz, [
    // As the original's vllm_authz.yaml has it, with none of the fields that have defaults.
    [
      { rules: [{ name: 'own models', field_match: [{ json_path: '$.model', pattern: '${org_name}/**' }], allow: true }] },
      { rules: [{ name: 'own models', field_match: [{ json_path: '$.model', pattern: '${org_name}/**' }], allow: true }] },
    ],
    [
      { enabled: true, default_action: 'Deny', auth_type: 'jwt', jwt: { secret_ref: { name: 's', key: 'k' } }, rules: [{ name: 'r', allow: false, match: { roles: ['admin'] }, path_match: [{ pattern: '/v1/**' }] }] },
      { enabled: true, default_action: 'deny', auth_type: 'jwt', jwt: { secret_ref: { name: 's', key: 'k' } }, rules: [{ name: 'r', allow: false, match: { roles: ['admin'] }, path_match: [{ pattern: '/v1/**' }] }] },
    ],
  ]);
  refuses(authz, [
    [{ default_action: 'ask' }, 'must be allow or deny, not "ask"'],
    [{ rules: [{ name: 'r' }] }, 'is required'],
  ]);
});
