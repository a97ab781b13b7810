import { z } from 'zod';
import { duration } from '../duration.ts';
import { money } from '../money.ts';
import { cpus, memoryGiB } from '../quantity.ts';
import { withAliases } from './alias.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const envKey = z.string().regex(/^[^=\0]+$/, { error: 'must not be empty or contain "="' });

export const envVar = withAliases(
  z.strictObject({
    key: envKey.describe('Name of the variable.'),
    value: scalar.optional().describe('Its value; numbers and booleans become text.'),
    secret_name: z.string().optional().describe('Secret of the container\'s namespace to take the value from.'),
  }),
  { name: 'key' },
);
export type EnvVar = z.infer<typeof envVar>;

/** A list of variables, or a plain map of them. */
export const env = z.preprocess(
  (value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value).map(([key, v]) => ({ key, value: v })) : value),
  z.array(envVar),
);

const driver = z.enum(['RCLONE_SYNC', 'RCLONE_COPY', 'RCLONE_BISYNC', 'RCLONE_MOUNT']);
export const volumePath = withAliases(
  z.strictObject({
    name: z.string().optional().describe('A named volume of the namespace, kept across containers.'),
    source: z.string().optional().describe('Where the data comes from: a path, or a URL such as s3://bucket/data.'),
    dest: z.string().optional().describe('Where the data goes: a path, or a URL.'),
    driver: driver.optional().describe('How source and dest are kept alike; RCLONE_SYNC if absent.'),
    continuous: z.boolean().optional().describe('Keep syncing while the container runs.'),
    resync: z.boolean().optional().describe('Forget what an earlier bidirectional sync remembered.'),
    bidirectional: z.boolean().optional().describe('Older spelling of driver: RCLONE_BISYNC.'),
  }),
  { mount: 'dest' },
)
  .refine((v) => v.dest !== undefined, { error: 'needs `mount` (with `name`) or `dest` (with `source`)', path: ['mount'] })
  .refine((v) => (v.name === undefined) !== (v.source === undefined), { error: 'needs either `name` (a named volume) or `source`', path: ['name'] })
  .transform(({ bidirectional, ...v }) => (bidirectional && v.driver === undefined ? { ...v, driver: 'RCLONE_BISYNC' as const } : v));
export type VolumePath = z.infer<typeof volumePath>;

export const resources = withAliases(
  z.strictObject({
    min_cpu: cpus.optional().describe('Cores it needs, such as 2 or 500m.'),
    max_cpu: cpus.optional().describe('Cores it may use at most.'),
    min_memory: memoryGiB.optional().describe('Memory it needs, such as 16Gi; a bare number is GiB.'),
    max_memory: memoryGiB.optional().describe('Memory it may use at most.'),
  }),
  { cpu_request: 'min_cpu', memory_request: 'min_memory', cpu: 'min_cpu', memory: 'min_memory' },
);

export const meter = withAliases(
  z.strictObject({
    cost: money.optional().describe('Price of one unit.'),
    costp: z.number().optional().describe('Percent on top of the platform\'s own price.'),
    currency: z.string().describe('ISO 4217, such as USD.'),
    unit: z.string().describe('What is counted: second, minute, hour, token.'),
    metric: z.string().optional().describe('runtime, or response_value to count what `json_path` finds in an answer.'),
    json_path: z.string().optional().describe('Where in a JSON answer the number is, such as $.usage.total_tokens.'),
  }),
  { response_json_value: 'json_path' },
).transform((m) => ({ ...m, metric: m.metric ?? (m.json_path === undefined ? 'runtime' : 'response_value') }));
export type Meter = z.infer<typeof meter>;

export const healthCheck = z.strictObject({
  path: z.string().startsWith('/').optional().describe('What to GET; /health if absent.'),
  port: z.int().min(1).max(65_535).optional().describe('Where; the container\'s proxy_port, else its first port, else 8080.'),
  protocol: z.enum(['http', 'tcp']).optional().describe('http (a 2xx or 3xx answer is healthy) or tcp (an open port is).'),
  interval: duration.optional().describe('Time between two checks; 10s if absent.'),
  timeout: duration.optional().describe('How long an answer may take; 5s if absent.'),
  retries: z.int().min(1).optional().describe('Failures in a row that make it unhealthy; 3 if absent.'),
  start_period: duration.optional().describe('Time after the start in which failures do not count; 0s if absent.'),
});
export type HealthCheck = z.infer<typeof healthCheck>;

const portNumber = z.int().min(1).max(65_535);
const portObject = z.strictObject({
  port: portNumber.describe('Port inside the container.'),
  protocol: z.string().toLowerCase().pipe(z.enum(['tcp', 'udp', 'http', 'https'])).optional().describe('tcp if absent.'),
  public: z.boolean().optional().describe('Reachable from outside the namespace\'s network.'),
  host_port: portNumber.optional().describe('Port of the host to publish it at; implies public. The platform chooses if absent.'),
});
/** `8080`, `"80:8080"` (host:container), `"53/udp"`, or the long form. */
export const port = z.preprocess((value) => {
  const match = /^(?:(\d+):)?(\d+)(?:\/(\w+))?$/.exec(typeof value === 'number' || typeof value === 'string' ? String(value) : '');
  if (!match) return value;
  const [, host, inside, protocol] = match;
  return { port: Number(inside), ...(host && { host_port: Number(host), public: true }), ...(protocol && { protocol }) };
}, portObject);

export const sshKey = z.strictObject({
  public_key: z.string().optional().describe('An OpenSSH public key line.'),
  public_key_secret: z.string().optional().describe('Secret that holds one.'),
  copy_local: z.boolean().optional().describe('Use the key of the machine that creates the container.'),
});

const pattern = z.strictObject({ path: z.string().optional(), pattern: z.string() });
export const authz = z.strictObject({
  enabled: z.boolean().optional().describe('True if absent.'),
  default_action: z.string().toLowerCase().pipe(z.enum(['allow', 'deny'])).optional().describe('What happens where no rule matches; deny if absent.'),
  auth_type: z.string().optional().describe('jwt if absent.'),
  jwt: z.strictObject({ secret_ref: z.strictObject({ name: z.string(), key: z.string().optional() }).optional() }).optional(),
  rules: z
    .array(
      z.strictObject({
        name: z.string(),
        allow: z.boolean(),
        match: z.strictObject({ roles: z.array(z.string()).optional() }).optional(),
        path_match: z.array(pattern).optional(),
        field_match: z.array(z.strictObject({ json_path: z.string(), pattern: z.string() })).optional(),
      }),
    )
    .optional()
    .describe('Tried in order; the first that matches decides.'),
});
export type Authz = z.infer<typeof authz>;
