import { z } from 'zod';
import { duration } from '../duration.ts';
import { price } from '../money.ts';
import { cpus, memoryGiB } from '../quantity.ts';
import { withAliases } from './alias.ts';
import { choice } from './choice.ts';
import { name } from './metadata.ts';

/** A complaint about the whole comes only where nothing is wrong with a part: a misspelt field is not also a missing one. */
const whole = (error: string, ...path: string[]) => ({ error, path, when: ({ issues }: z.core.ParsePayload) => issues.length === 0 });

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String).pipe(z.string());
const envKey = z.string().regex(/^[^=\0]+$/, { error: 'must not be empty or contain "="' });

/** One variable of the environment: a value, or the secret that holds it. */
export const envVar = withAliases(
  z
    .strictObject({
      key: envKey.describe('Name of the variable.'),
      value: scalar.optional().describe('Its value; numbers and booleans become text.'),
      secret_name: z.string().optional().describe('Secret of the container\'s namespace to take the value from.'),
      secret_key: z.string().optional().describe('Field of the secret\'s value, where that is a JSON object; all of it if absent.'),
    })
    .refine((v) => (v.value === undefined) !== (v.secret_name === undefined), whole('needs either `value` or `secret_name`'))
    .refine((v) => v.secret_key === undefined || v.secret_name !== undefined, whole('needs a `secret_name`', 'secret_key')),
  { name: 'key' },
);
export type EnvVar = z.infer<typeof envVar>;

/** A list of variables, or a plain map of them. */
export const env = z.preprocess((value) => (isMap(value) ? Object.entries(value).map(([key, item]) => ({ key, value: item })) : value), z.array(envVar));

/** Read and execute only: what is mounted cannot be written. So `0o400`, which YAML reads as 256, is not taken for a mode. */
const fileMode = z
  .union([z.string(), z.int()])
  .transform((mode) => String(mode).padStart(4, '0'))
  .pipe(z.string().regex(/^0[45][0145]{2}$/, { error: 'must be who may read it, such as "0400" or "0444"' }));

/** A secret as a file. */
export const secretFile = z.strictObject({
  secret_name: z.string().describe('Secret of the container\'s namespace.'),
  secret_key: z.string().optional().describe('Field of the secret\'s value, where that is a JSON object; all of it if absent.'),
  path: z.string().regex(/^(?:\/(?!\.{1,2}(?:\/|$))[^/\0]+)+$/, { error: 'must be a file\'s path from the root, such as /run/secrets/token' }).describe('Where it is in the container.'),
  mode: fileMode.optional().describe('Who may read it, such as "0444"; "0400" if absent: the user that the image runs as.'),
});

const drivers = ['RCLONE_SYNC', 'RCLONE_COPY', 'RCLONE_BISYNC', 'RCLONE_MOUNT'] as const;
const volumeFields = {
  name: name.optional().describe('A named volume of the namespace, kept across containers.'),
  source: z.string().optional().describe('Where the data comes from: a path, or a URL such as s3://bucket/data.'),
  dest: z.string().optional().describe('Where the data goes: a path, or a URL.'),
  driver: choice(drivers).optional().describe('How source and dest are kept alike; RCLONE_SYNC if absent.'),
  continuous: z.boolean().optional().describe('Keep syncing while the container runs.'),
  resync: z.boolean().optional().describe('Forget what an earlier bidirectional sync remembered.'),
};
/** One piece of data: a named volume, or two places that are kept alike. */
export const volumePath = withAliases(
  z
    .strictObject({ ...volumeFields, bidirectional: z.boolean().optional().describe('Older spelling of driver: RCLONE_BISYNC.') })
    .refine((v) => v.dest !== undefined, whole('needs `mount` (with `name`) or `dest` (with `source`)'))
    .refine((v) => (v.name === undefined) !== (v.source === undefined), whole('needs either `name` (a named volume) or `source`'))
    .refine((v) => v.name === undefined || v.dest === undefined || v.dest.startsWith('/'), whole('must be a path from the root, such as /models', 'dest'))
    .refine((v) => !v.bidirectional || v.driver === undefined || v.driver === 'RCLONE_BISYNC', whole('means driver: RCLONE_BISYNC, but another driver is given', 'bidirectional')),
  { mount: 'dest' },
)
  .transform(({ bidirectional, ...v }) => (bidirectional ? { ...v, driver: 'RCLONE_BISYNC' as const } : v))
  .pipe(z.object({ ...volumeFields, driver: z.enum(drivers).optional() }));
export type VolumePath = z.infer<typeof volumePath>;

const atMost = (min: number | undefined, max: number | undefined): boolean => min === undefined || max === undefined || min <= max;
/** CPU in cores and memory in GiB: what is needed and what may be used. */
export const resources = withAliases(
  z
    .strictObject({
      min_cpu: cpus.optional().describe('Cores it needs, such as 2 or 500m.'),
      max_cpu: cpus.optional().describe('Cores it may use at most.'),
      min_memory: memoryGiB.optional().describe('Memory it needs, such as 16Gi; a bare number is GiB.'),
      max_memory: memoryGiB.optional().describe('Memory it may use at most.'),
    })
    .refine((r) => atMost(r.min_cpu, r.max_cpu), whole('must not be less than min_cpu', 'max_cpu'))
    .refine((r) => atMost(r.min_memory, r.max_memory), whole('must not be less than min_memory', 'max_memory')),
  { cpu_request: 'min_cpu', memory_request: 'min_memory', cpu: 'min_cpu', memory: 'min_memory' },
);

const meterFields = {
  cost: price.optional().describe('Price of one unit.'),
  costp: z.number().optional().describe('Percent on top of the platform\'s own price.'),
  currency: z.string().describe('ISO 4217, such as USD.'),
  unit: z.string().describe('What is counted: second, minute, hour, token, request, byte, MB, GiB.'),
  metric: z.string().optional().describe('runtime; response_value or request_value to count what `json_path` finds in an answer or a request; requests; bytes, bytes_in, bytes_out.'),
  json_path: z.string().optional().describe('Where in a JSON answer or request the number is (RFC 9535), such as $.usage.total_tokens.'),
};
/** One thing that is counted and billed. */
export const meter = withAliases(z.strictObject(meterFields), { response_json_value: 'json_path' })
  .transform((m) => ({ ...m, metric: m.metric ?? (m.json_path === undefined ? 'runtime' : 'response_value') }))
  .pipe(z.object({ ...meterFields, cost: z.string().optional(), metric: z.string() }));
export type Meter = z.infer<typeof meter>;

/** A TCP or UDP port. */
export const portNumber = z.int().min(1).max(65_535);
/** How long, and for how much, a container is tried again. */
export const retry = z.strictObject({
  max_cost: price.optional().describe('Most that tries which came to nothing may cost together, in US dollars: launches that never ran, and runs that failed or were lost. If absent: of launches and of runs shorter than 10 minutes, what 10 hours cost at its price.'),
  max_time: duration.optional().describe('Longest it may be without a run while a place is looked for and launches are tried; without end if absent.'),
});

/** How to tell that a container is ready; every field has a default. */
export const healthCheck = z.strictObject({
  path: z.string().startsWith('/').optional().describe('What to GET; /health if absent.'),
  port: portNumber.optional().describe('Where; the container\'s proxy_port, else its first port, else 8080.'),
  protocol: choice(['http', 'tcp']).optional().describe('http (a 2xx or 3xx answer is healthy) or tcp (an open port is).'),
  interval: duration.optional().describe('Time between two checks; 10s if absent.'),
  timeout: duration.optional().describe('How long an answer may take; 5s if absent.'),
  retries: z.int().min(1).optional().describe('Failures in a row that make it unhealthy; 3 if absent.'),
  start_period: duration.optional().describe('Time after the start in which failures do not count; 0s if absent.'),
});
export type HealthCheck = z.infer<typeof healthCheck>;

const transports = ['tcp', 'udp', 'http', 'https'] as const;
const portFields = {
  port: portNumber.describe('Port inside the container.'),
  protocol: choice(transports).optional().describe('tcp if absent.'),
  public: z.boolean().optional().describe('Reachable from outside the namespace\'s network.'),
  host_port: portNumber.optional().describe('Port of the host to publish it at; implies public. The platform chooses if absent.'),
};
const portForms: z.core.$ZodErrorMap = ({ code, input }) =>
  code === 'invalid_type' && !isMap(input) ? 'must be a port such as 8080, "80:8080" or "53/udp", or a map with `port`' : undefined;

/** `8080`, `"80:8080"` (host:container), `"53/udp"`, or the long form. */
export const port = z
  .preprocess(longForm, z.strictObject(portFields, { error: portForms }))
  .refine((p) => p.host_port === undefined || p.public !== false, whole('publishes the port, but it is given as not public', 'host_port'))
  .transform((p) => (p.host_port === undefined ? p : { ...p, public: true }))
  .pipe(z.object({ ...portFields, protocol: z.enum(transports).optional() }))
  .meta({ title: 'port' });

function longForm(value: unknown): unknown {
  const match = /^(?:(\d+):)?(\d+)(?:\/(\w+))?$/.exec(typeof value === 'number' || typeof value === 'string' ? String(value) : '');
  if (!match) return value;
  const [, host, inside, protocol] = match;
  return { port: Number(inside), ...(host && { host_port: Number(host) }), ...(protocol && { protocol }) };
}

/** A key that may log in, given as itself, as a secret, or as the creator's own. */
export const sshKey = z
  .strictObject({
    public_key: z.string().optional().describe('An OpenSSH public key line.'),
    public_key_secret: z.string().optional().describe('Secret that holds one.'),
    copy_local: z.boolean().optional().describe('Use the key of the machine that creates the container.'),
  })
  .refine((k) => k.public_key !== undefined || k.public_key_secret !== undefined || k.copy_local === true, whole('needs `public_key`, `public_key_secret`, or `copy_local: true`'));

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
