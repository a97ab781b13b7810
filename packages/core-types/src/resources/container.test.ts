import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { type Container, container, type ContainerManifest, containerManifest, type ContainerSpec, containerSpec } from './container.ts';
import type { ContainerStatus } from './container-status.ts';
import type { Metadata } from './metadata.ts';
import { namespace } from './namespace.ts';
import { secret } from './secret.ts';

test('an image is not demanded: the server has one to fall back on', () => {
  expect(containerManifest.parse({})).toEqual({ kind: 'Container', metadata: {}, restart: 'Never' });
});

test.each(['', '  ', null, []])('a command of %j is the image\'s own', (blank) => {
  expect(containerSpec.parse({ command: blank, args: blank })).toEqual({ command: undefined, args: undefined, restart: 'Never' });
});

test.each([
  ['Always', 'Always'], ['always', 'Always'], ['ON_FAILURE', 'OnFailure'], ['on-failure', 'OnFailure'], ['onFailure', 'OnFailure'], ['never', 'Never'],
])('restart: %s is %s', (written, policy) => {
  expect(containerSpec.parse({ restart: written }).restart).toBe(policy);
});

const everything = {
  image: 'vllm/vllm-openai:latest', platform: 'docker', region: 'here', command: ['python', '-m', 'server'], args: '--port 8000',
  env: { MODEL: 'qwen', DEBUG: true }, secret_files: [{ secret_name: 'tls', secret_key: 'key', path: '/run/key', mode: 440 }], volumes: [{ name: 'cache', mount: '/models' }], accelerators: ['2:a100-sxm', 'L4'],
  resources: { cpu: '500m', memory: '16Gi' }, meters: [{ cost: 0.1, unit: 'second', currency: 'USD' }], restart: 'always', retry: { max_cost: 10, max_time: '2h' }, queue: 'training', timeout: '1h30m',
  health_check: { path: '/health', interval: 5 }, ssh_keys: [{ public_key: 'ssh-ed25519 AAAA' }], ports: [8000, '80:8080'], proxy_port: 8000,
  authz: { default_action: 'deny' }, pull_secret: 'registry', priority: 10, spot: true, needs: ['Suspend', 'port_forward'], snapshot: 'epoch-3', max_price: 2.5,
  idle: [{ after: '15m', do: 'suspend' }],
  migrate: { when_cheaper_by: '30%', hold: '5m', most_per_hour: 2 },
  on_interruption: 'Migrate',
};

test('what was read reads as itself', () => {
  const once = containerSpec.parse(everything);
  expect(containerSpec.parse(once)).toEqual(once);
  expect(once).toMatchInlineSnapshot(`
    {
      "accelerators": [
        "2:A100_SXM",
        "1:L4",
      ],
      "args": "--port 8000",
      "authz": {
        "default_action": "deny",
      },
      "command": [
        "python",
        "-m",
        "server",
      ],
      "env": [
        {
          "key": "MODEL",
          "value": "qwen",
        },
        {
          "key": "DEBUG",
          "value": "true",
        },
      ],
      "health_check": {
        "interval": "5s",
        "path": "/health",
      },
      "idle": [
        {
          "after": "15m",
          "do": "suspend",
        },
      ],
      "image": "vllm/vllm-openai:latest",
      "max_price": "2.5",
      "meters": [
        {
          "cost": "0.1",
          "currency": "USD",
          "metric": "runtime",
          "unit": "second",
        },
      ],
      "migrate": {
        "hold": "5m",
        "most_per_hour": 2,
        "when_cheaper_by": "30%",
      },
      "needs": [
        "suspend",
        "port-forward",
      ],
      "on_interruption": "migrate",
      "platform": "docker",
      "ports": [
        {
          "port": 8000,
        },
        {
          "host_port": 80,
          "port": 8080,
          "public": true,
        },
      ],
      "priority": 10,
      "proxy_port": 8000,
      "pull_secret": "registry",
      "queue": "training",
      "region": "here",
      "resources": {
        "min_cpu": 0.5,
        "min_memory": 16,
      },
      "restart": "Always",
      "retry": {
        "max_cost": "10",
        "max_time": "2h",
      },
      "secret_files": [
        {
          "mode": "0440",
          "path": "/run/key",
          "secret_key": "key",
          "secret_name": "tls",
        },
      ],
      "snapshot": "epoch-3",
      "spot": true,
      "ssh_keys": [
        {
          "public_key": "ssh-ed25519 AAAA",
        },
      ],
      "timeout": "1h30m",
      "volumes": [
        {
          "dest": "/models",
          "name": "cache",
        },
      ],
    }
  `);
});

test.each([
  ['a path that is not absolute', { path: 'key' }], ['a path that climbs', { path: '/run/../key' }], ['a folder', { path: '/run/' }], ['the root', { path: '/' }],
  ['a mode to write', { mode: '0600' }], ['a mode as YAML reads 0o400', { mode: 0o400 }], ['a mode that its owner cannot read', { mode: '0044' }],
])('a secret file with %s is refused', (_, wrong) => {
  expect(containerSpec.safeParse({ secret_files: [{ secret_name: 's', path: '/run/key', ...wrong }] }).success).toBe(false);
});

test.each([
  [[{ after: 'soon', do: 'warn' }, { after: "' or '1'='1", do: 'suspend' }], ['idle.0.after', 'idle.1.after']],
  [[{ after: '10m', do: 'warn' }, { after: '5m', do: 'suspend' }], ['idle']],
])('steps of idle that cannot be are told, and nothing else: %j', (idle, where) => {
  expect(containerSpec.safeParse({ idle }).error?.issues.map(({ path }) => path.join('.'))).toEqual(where);
});

test('every field of a container is covered by that', () => {
  expect(Object.keys(everything).sort()).toEqual(Object.keys(containerSpec.shape).sort());
});

test.each([{ container }, { namespace }, { secret }])('what the API returns has a JSON Schema, either way: %o', (named) => {
  for (const schema of Object.values<z.ZodType>(named)) {
    expect(z.toJSONSchema(schema, { io: 'output' })).toMatchObject({ type: 'object' });
    expect(z.toJSONSchema(schema, { io: 'input' })).toMatchObject({ type: 'object' });
  }
});

interface Fields {
  image?: string | undefined;
  platform?: string | undefined;
  region?: string | undefined;
  command?: string | string[] | undefined;
  args?: string | string[] | undefined;
  env?: { key: string; value?: string | undefined; secret_name?: string | undefined; secret_key?: string | undefined }[] | undefined;
  secret_files?: { secret_name: string; secret_key?: string | undefined; path: string; mode?: string | undefined }[] | undefined;
  volumes?: {
    name?: string | undefined;
    source?: string | undefined;
    dest?: string | undefined;
    driver?: 'RCLONE_SYNC' | 'RCLONE_COPY' | 'RCLONE_BISYNC' | 'RCLONE_MOUNT' | undefined;
    continuous?: boolean | undefined;
    resync?: boolean | undefined;
  }[] | undefined;
  accelerators?: string[] | undefined;
  resources?: { min_cpu?: number | undefined; max_cpu?: number | undefined; min_memory?: number | undefined; max_memory?: number | undefined } | undefined;
  meters?: { cost?: string | undefined; costp?: number | undefined; currency: string; unit: string; metric: string; json_path?: string | undefined }[] | undefined;
  restart: 'Always' | 'OnFailure' | 'Never';
  retry?: { max_cost?: string | undefined; max_time?: string | undefined } | undefined;
  queue?: string | undefined;
  timeout?: string | undefined;
  health_check?: {
    path?: string | undefined;
    port?: number | undefined;
    protocol?: 'http' | 'tcp' | undefined;
    interval?: string | undefined;
    timeout?: string | undefined;
    retries?: number | undefined;
    start_period?: string | undefined;
  } | undefined;
  ssh_keys?: { public_key?: string | undefined; public_key_secret?: string | undefined; copy_local?: boolean | undefined }[] | undefined;
  ports?: { port: number; protocol?: 'tcp' | 'udp' | 'http' | 'https' | undefined; public?: boolean | undefined; host_port?: number | undefined }[] | undefined;
  proxy_port?: number | undefined;
  authz?: {
    enabled?: boolean | undefined;
    default_action?: 'allow' | 'deny' | undefined;
    auth_type?: string | undefined;
    jwt?: { secret_ref?: { name: string; key?: string | undefined } | undefined } | undefined;
    rules?: {
      name: string;
      allow: boolean;
      match?: { roles?: string[] | undefined } | undefined;
      path_match?: { path?: string | undefined; pattern: string }[] | undefined;
      field_match?: { json_path: string; pattern: string }[] | undefined;
    }[] | undefined;
  } | undefined;
  pull_secret?: string | undefined;
  spot?: boolean | undefined;
  needs?: ('logs' | 'exec' | 'port-forward' | 'cp' | 'top' | 'networks' | 'suspend' | 'suspend:memory' | 'fork' | 'archive')[] | undefined;
  snapshot?: string | undefined;
  max_price?: string | undefined;
  idle?: { after: string; do: 'warn' | 'suspend' | 'delete' }[] | undefined;
  migrate?: { when_cheaper_by: string; hold?: string | undefined; most_per_hour?: number | undefined } | undefined;
  on_interruption?: 'migrate' | 'suspend' | undefined;
  priority?: number | undefined;
}

interface Input {
  name?: string | undefined;
  namespace?: string | undefined;
  labels?: Record<string, string> | undefined;
  owner?: string | undefined;
  owner_ref?: string | undefined;
}

interface Written extends Fields {
  kind: 'Container';
  metadata: Input;
}

interface Returned extends Fields {
  kind: 'Container';
  metadata: Metadata;
  status: ContainerStatus;
}

test('what users infer is exact, to the last field', () => {
  expectTypeOf<ContainerSpec>().toEqualTypeOf<Fields>();
  expectTypeOf<ContainerManifest>().toEqualTypeOf<Written>();
  expectTypeOf<Container>().toEqualTypeOf<Returned>();
});
