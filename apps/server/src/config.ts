import { readFileSync } from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { duration, durationMs, NebError, nearest, parseMemory, quota, quotaFields } from '@neb/core-types';
import { z } from 'zod';
import { hostOf, isLoopback } from './http/gate.ts';
import { type HostConfig, hostsFile, hostsOf, machineAccelerator } from './config-hosts.ts';
import { awsKeysOf, platformsOf } from './config-platforms.ts';
import { type SecretText, secretText } from './secrets/secret-text.ts';

/** One environment variable: what it means, how it is read, and what it was called before. */
export interface Variable<T extends z.ZodType = z.ZodType> {
  readonly schema: T;
  readonly about: string;
  /** What holds where it is not set, in words. */
  readonly otherwise: string;
  readonly older: readonly string[];
}

const older = (...names: string[]): readonly string[] => names;
const variable = <T extends z.ZodType>(schema: T, about: string, [otherwise, former = []]: readonly [string, (readonly string[])?]): Variable<T> =>
  ({ schema, about, otherwise, older: former });

const list = z.string().transform((text) => text.split(',').map((part) => part.trim()).filter((part) => part !== ''));
const flag = z.string().toLowerCase().pipe(z.enum(['true', 'false', '1', '0', 'yes', 'no'], { error: 'must be true or false' })).transform((text) => ['true', '1', 'yes'].includes(text));
const port = z.string().regex(/^\d{1,5}$/, { error: 'must be a port, 0 to 65535' }).transform(Number).refine((n) => n <= 65_535, { error: 'must be a port, 0 to 65535' });
const milliseconds = duration.transform(durationMs);
const takeover = milliseconds.refine((ms) => ms >= 1_000, { error: 'must be 1s or longer' });
const bytes = z.string().transform((text, context) => {
  const amount = /[a-z]/i.test(text) ? parseMemory(text) : undefined;
  if (amount !== undefined && amount >= 1_024) return amount;
  context.issues.push({ code: 'custom', message: 'must be an amount such as 4Mi', input: text });
  return z.NEVER;
});
const count = z.string().regex(/^[1-9]\d{0,8}$/, { error: 'must be a whole number above 0' }).transform(Number);
const subnets = z.string().regex(/^\d+\.\d+\.\d+\.\d+\/\d+(:\d+)?$/, { error: 'must be a range and the size of its pieces, such as 10.208.0.0/12:24' })
  .transform((text) => ({ cidr: text.split(':')[0]!, prefix: Number(text.split(':')[1] ?? 24) }));
const podmans = list.transform((all, context) => {
  const hosts = all.map((text) => /^(?:([a-z0-9][a-z0-9.-]*)=)?(?:unix:\/\/)?(\/.+)$/i.exec(text)).map((found) => found && { name: found[1] ?? 'local', socketPath: found[2]! });
  const good = hosts.flatMap((host) => host ?? []);
  if (good.length === all.length && new Set(good.map(({ name }) => name)).size === good.length) return good;
  context.issues.push({ code: 'custom', message: 'must be sockets such as /run/podman/podman.sock, and where there are several, each with a name of its own: a=/run/a.sock,b=/run/b.sock', input: all });
  return z.NEVER;
});
const portRange = z.string().transform((text, context) => {
  const [first = 0, last = 0] = /^(\d{1,5})-(\d{1,5})$/.exec(text)?.slice(1).map(Number) ?? [];
  if (first >= 1 && first <= last && last <= 65_535) return { first, last };
  context.issues.push({ code: 'custom', message: 'must be two ports, such as 30000-32767', input: text });
  return z.NEVER;
});
const rate = z.string().regex(/^(off|[1-9]\d{0,6}(:[1-9]\d{0,6})?)$/, { error: 'must be requests a second, and how many at once after a rest, such as 100:400; or off' })
  .transform((text) => {
    const [perSecond = 0, burst = perSecond] = text.split(':').map(Number);
    return text === 'off' ? text : { perSecond, burst };
  });
const ownerQuota = z.string().transform((text, context) => {
  const entries = text.split(',').map((part) => part.trim().split('='));
  const parsed = quota.safeParse(Object.fromEntries(entries.map(([name = '', amount = '']) => [name, name === 'cpu' || name === 'memory' ? amount : Number(amount)])));
  if (parsed.success && entries.every(([, amount = '']) => amount.trim() !== '')) return parsed.data;
  context.issues.push({ code: 'custom', message: `must be limits such as containers=20,accelerators=8,memory=256Gi, of ${quotaFields.join(', ')}`, input: text });
  return z.NEVER;
});
const secret = z.string().transform(secretText);
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an address such as https://neb.acme.dev' });
const secureUrl = (danger: string) => httpUrl.refine((text) => text.startsWith('https:') || isLoopback(hostOf(text)), { error: `must be https: anybody on the way to it could ${danger}` });
const encryptionKey = z.string().min(16, { error: 'must be at least 16 characters; `openssl rand -base64 32` makes one' }).transform(secretText);
const redisUrl = z.string().regex(/^rediss?:\/\//, { error: 'must be redis://user:password@host:port' }).transform(secretText);
const databaseUrl = z.string().regex(/^postgres(ql)?:\/\//, { error: 'must be postgres://user:password@host:port/name' }).transform(secretText);

/** Every variable the server reads. The documentation is made from this table. */
export const variables = {
  NEB_HOST: variable(z.string(), 'Address to listen on. Past loopback, use TLS, here or in front: the token travels in a header.', ['127.0.0.1']),
  NEB_PORT: variable(port, 'Port to listen on; 0 takes any free one.', ['3000']),
  NEB_TLS_CERT: variable(z.string(), 'PEM file of a certificate, with those that vouch for it: the server speaks TLS 1.2 and newer only. A changed file is taken over within seconds, and no connection is dropped. `NEB_CA_FILE` makes `neb` trust one that no public authority signed.', ['plain HTTP']),
  NEB_TLS_KEY: variable(z.string(), 'With NEB_TLS_CERT: PEM file of its key.', ['none']),
  NEB_GATEWAY_HOST: variable(z.string(), 'Address at which services are reached. Past loopback, put TLS in front of it: callers\' tokens travel in a header.', ['NEB_HOST']),
  NEB_GATEWAY_PORT: variable(port, 'Port at which all services are reached by their names; opened with the first service. 0 takes any free one.', ['3030']),
  NEB_GATEWAY_WORKERS: variable(count, 'Processes that serve requests for services, beside one that looks after them; a single one does both.', ['2, or 1 on a single core']),
  NEB_GATEWAY_ZONE: variable(z.string().regex(/^[a-z]+\/[A-Za-z0-9.-]+$/, { error: 'must be a platform and a region, such as aws/us-east-1' }), 'Where the gateway is, as PLATFORM/REGION: replicas there are asked before others, as long as they have room. Without it the quicker ones are, wherever they are.', ['none']),
  NEB_GATEWAY_PORTS: variable(portRange, 'Ports of which each service gets one of its own.', ['30000-32767']),
  NEB_GATEWAY_DOMAIN: variable(z.string().toLowerCase().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, { error: 'must be a host name, such as apps.acme.dev' }), 'Services are reached as <name>.<namespace>. before this. Every name below localhost is this machine.', ['localhost']),

  NEB_DATA_DIR: variable(z.string(), 'Folder of the private database, the token and the encryption key.', ['~/.neb']),
  NEB_CONFIG: variable(z.string(), 'YAML or JSON file with the hosts of platform ssh; see below.', ['server.yaml in the data folder, if it is there']),
  NEB_ALLOWED_HOSTS: variable(list, 'Further names, comma-separated, under which requests may reach a server that listens on loopback only. Others are refused, so that no web page can reach it through a name of its own.', ['localhost, 127.0.0.1 and ::1']),
  NEB_CORS_ORIGINS: variable(list, 'Origins, comma-separated, whose web pages may call the API.', ['none']),
  NEB_MAX_BODY: variable(bytes, 'Largest request body, file copies excepted.', ['4Mi']),
  NEB_RATE_LIMIT: variable(rate, 'Requests a second with one credential, and how many at once after a rest, or off. Addresses that send wrong credentials or none get a tenth. The local token is not limited.', ['100:400']),
  NEB_SHUTDOWN_TIMEOUT: variable(milliseconds, 'How long passes and requests may go on after SIGTERM.', ['10s']),
  NEB_TAKEOVER: variable(takeover, 'How long the work of a server that died is left alone before another, or itself once it is back, takes it up. A live one that stands still for longer loses its work too.', ['15s']),
  NEB_LOG_LEVEL: variable(z.enum(['debug', 'info', 'warn', 'error', 'silent'], { error: 'must be debug, info, warn, error or silent' }), 'Least important log lines to write.', ['info']),
  NEB_LOG_FORMAT: variable(z.enum(['auto', 'json', 'pretty'], { error: 'must be auto, json or pretty' }), 'json, or pretty for people; auto is pretty on a terminal.', ['auto']),

  DATABASE_URL: variable(databaseUrl, 'PostgreSQL 15 or newer, as postgres://user:password@host:port/name. Any number of servers may share it.', ['a private PostgreSQL in the data folder']),
  DATABASE_HOST: variable(z.string(), 'Instead of DATABASE_URL: the database server\'s host.', ['not used']),
  DATABASE_PORT: variable(port, 'With DATABASE_HOST: its port.', ['5432']),
  DATABASE_USER: variable(z.string(), 'With DATABASE_HOST: the user.', ['postgres']),
  DATABASE_PASSWORD: variable(secret, 'With DATABASE_HOST: the password.', ['none']),
  DATABASE_NAME: variable(z.string(), 'With DATABASE_HOST: the database\'s name.', ['postgres']),
  NEB_DATABASE: variable(z.enum(['auto', 'postgres', 'pglite'], { error: 'must be auto, postgres or pglite' }), 'Which private database: a PostgreSQL process, or PGlite inside this one (one connection, no fsync). auto takes PGlite only where PostgreSQL cannot run.', ['auto']),
  REDIS_URL: variable(redisUrl, 'Redis 6.2 or newer, or Valkey, as redis://user:password@host:port/db, for the messages of processors. Servers that share a database share it. Its user must be allowed to make users (ACL).', ['one of its own, started with the first processor: redis-server or valkey-server with the data folder, or a container where only Docker is']),
  REDIS_PUBLISH_URL: variable(redisUrl, 'Where workers reach that Redis, as redis://host:port; each logs in as a user of its own. Without it, where Redis is on this machine, only workers in the local engine reach it.', ['REDIS_URL']),
  NEB_REDIS_IMAGE: variable(z.string().min(1), 'Image of the server\'s own Redis where this machine has Docker, but no redis-server.', ['redis:8-alpine']),
  NEB_RETENTION: variable(milliseconds, 'How long deleted and finished objects, their events and last log lines are kept.', ['7d']),

  NEB_OWNER: variable(z.string().min(1), 'Who the local token speaks for; namespaces it makes belong to this owner.', ['local', older('NEBU_ROOT_OWNER')]),
  NEB_TOKEN: variable(z.string().min(16, { error: 'must be at least 16 characters' }).transform(secretText), 'The local administrator\'s token.', ['the token file']),
  NEB_TOKEN_FILE: variable(z.string(), 'File with the token; made, readable by its owner only, where there is none.', ['token in the data folder']),
  NEB_ADMINS: variable(list, 'E-mail addresses, comma-separated, of users who are administrators of this server.', ['none']),
  NEB_OIDC_ISSUER: variable(secureUrl('sign people in'), 'OpenID Connect issuer at which people sign in, https except on this machine. Its redirect address is NEB_PUBLIC_URL/auth/callback.', ['none: the token or a key is typed into the page']),
  NEB_OIDC_CLIENT_ID: variable(z.string().min(1), 'With NEB_OIDC_ISSUER: what this server is called there.', ['neb']),
  NEB_OIDC_CLIENT_SECRET: variable(secret, 'With NEB_OIDC_ISSUER: the client\'s secret.', ['none: a public client with PKCE']),
  NEB_PUBLIC_URL: variable(httpUrl, 'Where people reach this server, such as https://neb.acme.dev. Needed with NEB_OIDC_ISSUER unless they reach it by the name that their requests carry, without TLS.', ['what the request says']),
  NEB_OWNER_QUOTA: variable(ownerQuota, 'What the live containers of one owner may take together, such as containers=20,accelerators=8,cpu=64,memory=256Gi,volumes=20. `neb admin set-quota` gives an owner another.', ['no limit']),
  NEB_SESSION_LIFE: variable(milliseconds, 'How long a login lives.', ['12h']),
  NEB_ENCRYPTION_KEY: variable(encryptionKey, 'What secrets are encrypted under, at least 16 characters. Servers that share a database share it.', ['the encryption key file', older('NEBU_ENCRYPTION_KEY')]),
  NEB_ENCRYPTION_KEY_FILE: variable(z.string(), 'File with the encryption key; made, readable by its owner only, where there is none.', ['encryption.key in the data folder']),
  NEB_ENCRYPTION_KEY_PREVIOUS: variable(list.pipe(z.array(encryptionKey)), 'Earlier encryption keys, comma-separated, that what they sealed is still opened with.', ['none']),

  NEB_PLATFORMS: variable(list, 'Platforms to serve, comma-separated and in order of preference: docker, podman, ssh, runpod, aws, memory (one that only pretends, for demonstrations).', ['docker, podman and ssh where there are hosts, and runpod and aws where there are keys']),
  NEB_DEFAULT_IMAGE: variable(z.string().min(1), 'Image of containers that name none.', ['debian:stable-slim']),
  NEB_ALLOWED_REGISTRIES: variable(list, 'Registries inside of your network, comma-separated, as host or host:port, that images of everybody may come from. Without it loopback, private and link-local addresses and names of the network are for administrators only.', ['none']),
  DOCKER_HOST: variable(z.string().regex(/^(unix|npipe|tcp|https?):\/\//, { error: 'must be unix:///path or tcp://host:port' }), 'The engine of platform docker.', ['unix:///var/run/docker.sock']),
  DOCKER_TLS_VERIFY: variable(z.string(), 'With a tcp:// DOCKER_HOST: anything but empty means TLS.', ['no TLS']),
  DOCKER_CERT_PATH: variable(z.string(), 'With DOCKER_TLS_VERIFY: folder of ca.pem, cert.pem and key.pem.', ['~/.docker']),
  NEB_PODMAN: variable(podmans, 'Podman\'s sockets of this machine, comma-separated and in order of preference, each a host of platform podman: /run/podman/podman.sock, or NAME=/path where there are several. `systemctl enable --now podman.socket` makes one.', ['/run/podman/podman.sock, where NEB_PLATFORMS names podman']),
  NEB_ACCELERATORS: variable(list.pipe(z.array(machineAccelerator)), 'Accelerators of this machine, comma-separated, such as 2:A100_SXM: engines do not name them.', ['unknown kinds, where the engine has any']),
  NEB_PUBLISH_ADDRESS: variable(z.string(), 'Address of this machine at which public ports appear.', ['127.0.0.1']),
  NEB_ALLOW_HOST_PATHS: variable(flag, 'Whether administrators\' containers may mount paths of the host.', ['false']),
  NEB_PIDS_LIMIT: variable(count, 'Most processes and threads of a container at once.', ['4096']),
  NEB_SUBNET_POOL: variable(subnets, 'Where namespaces\' networks get their subnets, and the size of one.', ['10.208.0.0/12:24']),
  NEB_SSH_HOSTS: variable(list, 'Hosts of platform ssh as user@host:port, comma-separated; keys and known hosts are those of ~/.ssh. NEB_CONFIG can say more.', ['none']),
  SSH_AUTH_SOCK: variable(z.string(), 'Socket of the ssh-agent that logs in to hosts without a key file of their own.', ['the keys in ~/.ssh']),
  RUNPOD_API_KEY: variable(secret, 'The key of the RunPod account that pays, with the right to read and write pods, volumes and registries.', ['none']),
  NEB_RUNPOD_URL: variable(secureUrl('take the key'), 'Where RunPod\'s API is, https except on this machine: for what stands in for it.', ['https://api.runpod.io']),
  NEB_RUNPOD_EXEC: variable(flag, 'Whether commands run in RunPod\'s pods (`neb exec`) and their ports are reached without being public, over the SSH server of their image where it has one; pods then publish port 22, which opens to the machine key alone.', ['true']),
  AWS_ACCESS_KEY_ID: variable(secret, 'With AWS_SECRET_ACCESS_KEY: who pays for machines of platform aws. The rights it needs are in the README of @neb/providers-aws. Where NEB_PLATFORMS names aws and neither is set, credentials are what the AWS SDK finds: AWS_PROFILE, or the role of the machine.', ['none']),
  AWS_SECRET_ACCESS_KEY: variable(secret, 'With AWS_ACCESS_KEY_ID: its secret.', ['none']),
  AWS_SESSION_TOKEN: variable(secret, 'With AWS_ACCESS_KEY_ID: the token of a temporary one. It is read once: when it expires, the server must be started with another.', ['none']),
  AWS_REGION: variable(z.string(), 'Where machines of platform aws are bought, such as us-east-1.', ['none', older('AWS_DEFAULT_REGION')]),
  NEB_AWS_REGIONS: variable(list, 'Instead of AWS_REGION: several regions, comma-separated.', ['AWS_REGION']),
  NEB_AWS_URL: variable(secureUrl('read what you buy'), 'Where AWS\'s APIs are, https except on this machine: for what stands in for them.', ['AWS\'s own']),
  OPENMETER_URL: variable(httpUrl, 'Where usage is delivered to: an OpenMeter\'s address without /api/v1. With a key https, except on this machine.', ['https://openmeter.cloud where there is a key, nowhere without one']),
  OPENMETER_API_KEY: variable(secret, 'The key for that OpenMeter, with the right to ingest events and to read and write meters and subjects; one of your own asks for none.', ['none', older('OPENMETER_TOKEN')]),
  NEB_MACHINE_KEY: variable(z.string().min(32, { error: 'must be at least 32 characters; `openssl rand -base64 32` makes one' }).transform(secretText), 'What the SSH keys of machines and of RunPod\'s pods are derived from, at least 32 characters. Servers that share a database share it; with another one the machines and pods that there are cannot be reached.', ['the machine key file']),
  NEB_MACHINE_KEY_FILE: variable(z.string(), 'File with the machine key; made, readable by its owner only, when a platform first needs one.', ['machine.key in the data folder']),
  NEB_MACHINE_SILENCE: variable(milliseconds.refine((ms) => ms >= 120_000, { error: 'must be 2m or longer, since machines hear from here once a minute' }), 'How long a machine of a cloud lives without hearing from a server. Then it ends itself, whatever runs there.', ['30m']),
} as const satisfies Record<string, Variable>;

export type VariableName = keyof typeof variables;
type Values = { readonly [K in VariableName]?: z.output<(typeof variables)[K]['schema']> | undefined };
type Environment = Readonly<Record<string, string | undefined>>;

/** Everything the server is told from outside, checked, with defaults filled in. Times are milliseconds. */
export type Config = ReturnType<typeof configOf>;
/** Names that belong to the command line or to containers, and are none of the server's. */
const foreign = /^NEB_(SERVER|NAMESPACE|CONTEXT|NAME|CONTAINER_ID|DATE|API_KEY|COLOR|URL|CA_FILE)$/;

/**
 * Reads the environment; `overrides` come from the command line and win. Throws one `invalid` that names every variable
 * that is wrong, and never a secret.
 */
export function loadConfig(overrides: Environment = {}, environment: Environment = process.env): Config {
  const env = { ...environment, ...overrides };
  const values: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const [name, { schema, older: former }] of Object.entries<Variable>(variables)) {
    const given = [name, ...former].find((key) => env[key] !== undefined && env[key] !== '');
    if (given === undefined) continue;
    const parsed = schema.safeParse(env[given]);
    if (parsed.success) values[name] = parsed.data;
    else wrong.push(`${given} ${parsed.error.issues[0]!.message}`);
  }
  if (wrong.length > 0) throw new NebError('invalid', wrong.join('; '), { hint: 'docs/configuration.md explains every variable.' });
  return configOf(values, env);
}

function configOf(given: Values, env: Environment) {
  const home = env.HOME ?? homedir();
  const path = (text: string): string => resolve(text.replace(/^~(?=\/|$)/, home));
  const dataDir = path(given.NEB_DATA_DIR ?? '~/.neb');
  const hosts: readonly HostConfig[] = [
    ...hostsOf(given.NEB_SSH_HOSTS ?? [], { home, agent: given.SSH_AUTH_SOCK }),
    ...hostsFile({ path: path(given.NEB_CONFIG ?? join(dataDir, 'server.yaml')), required: given.NEB_CONFIG !== undefined, home, agent: given.SSH_AUTH_SOCK }),
  ];
  return {
    listen: { host: given.NEB_HOST ?? '127.0.0.1', port: given.NEB_PORT ?? 3_000, tls: certificateOf(given, path) },
    dataDir,
    http: {
      allowedHosts: given.NEB_ALLOWED_HOSTS ?? [],
      corsOrigins: given.NEB_CORS_ORIGINS ?? [],
      maxBodyBytes: given.NEB_MAX_BODY ?? 4 * 2 ** 20,
    },
    gateway: {
      host: given.NEB_GATEWAY_HOST ?? given.NEB_HOST ?? '127.0.0.1', port: given.NEB_GATEWAY_PORT ?? 3_030, workers: given.NEB_GATEWAY_WORKERS ?? Math.min(2, availableParallelism()),
      ports: given.NEB_GATEWAY_PORTS ?? { first: 30_000, last: 32_767 }, domain: given.NEB_GATEWAY_DOMAIN ?? 'localhost',
      zone: given.NEB_GATEWAY_ZONE,
    },
    rateLimit: given.NEB_RATE_LIMIT === 'off' ? undefined : (given.NEB_RATE_LIMIT ?? { perSecond: 100, burst: 400 }),
    shutdownMs: given.NEB_SHUTDOWN_TIMEOUT ?? 10_000,
    log: { level: given.NEB_LOG_LEVEL ?? 'info', format: given.NEB_LOG_FORMAT ?? 'auto' },
    database: { url: databaseUrlOf(given), engine: given.NEB_DATABASE ?? 'auto', searchPath: env.PATH ?? '', leaseMs: given.NEB_TAKEOVER ?? 15_000 },
    redis: { url: given.REDIS_URL, publishUrl: given.REDIS_PUBLISH_URL, image: given.NEB_REDIS_IMAGE ?? 'redis:8-alpine' },
    retentionMs: given.NEB_RETENTION ?? 7 * 86_400_000,
    owner: given.NEB_OWNER ?? 'local',
    token: { value: given.NEB_TOKEN, file: path(given.NEB_TOKEN_FILE ?? join(dataDir, 'token')) },
    login: {
      publicUrl: given.NEB_PUBLIC_URL,
      issuer: given.NEB_OIDC_ISSUER === undefined ? undefined : { url: given.NEB_OIDC_ISSUER, clientId: given.NEB_OIDC_CLIENT_ID ?? 'neb', clientSecret: given.NEB_OIDC_CLIENT_SECRET?.reveal() },
    },
    identity: { admins: given.NEB_ADMINS ?? [], sessionMs: given.NEB_SESSION_LIFE ?? 12 * 3_600_000 },
    ownerQuota: given.NEB_OWNER_QUOTA,
    encryption: {
      key: given.NEB_ENCRYPTION_KEY,
      file: path(given.NEB_ENCRYPTION_KEY_FILE ?? join(dataDir, 'encryption.key')),
      previous: given.NEB_ENCRYPTION_KEY_PREVIOUS ?? [],
    },
    platforms: platformsOf(given.NEB_PLATFORMS ?? ['docker', ...(given.NEB_PODMAN ? ['podman'] : []), ...(hosts.length > 0 ? ['ssh'] : []), ...(given.RUNPOD_API_KEY ? ['runpod'] : []), ...(given.AWS_ACCESS_KEY_ID && given.AWS_SECRET_ACCESS_KEY ? ['aws'] : [])]),
    defaultImage: given.NEB_DEFAULT_IMAGE ?? 'debian:stable-slim',
    allowedRegistries: given.NEB_ALLOWED_REGISTRIES ?? [],
    docker: {
      host: given.DOCKER_HOST,
      tls: given.DOCKER_TLS_VERIFY === undefined ? undefined : tlsOf(path(given.DOCKER_CERT_PATH ?? '~/.docker')),
      accelerators: given.NEB_ACCELERATORS ?? [],
      publishAddress: given.NEB_PUBLISH_ADDRESS ?? '127.0.0.1',
      allowHostPaths: given.NEB_ALLOW_HOST_PATHS ?? false,
      pidsLimit: given.NEB_PIDS_LIMIT,
      subnetPool: given.NEB_SUBNET_POOL ?? { cidr: '10.208.0.0/12', prefix: 24 },
    },
    podman: { hosts: given.NEB_PODMAN ?? [{ name: 'local', socketPath: '/run/podman/podman.sock' }] },
    snapshotsFolder: join(dataDir, 'snapshots'),
    sshHosts: hosts,
    runpod: { apiKey: given.RUNPOD_API_KEY, url: given.NEB_RUNPOD_URL, exec: given.NEB_RUNPOD_EXEC ?? true },
    aws: {
      keys: awsKeysOf({ id: given.AWS_ACCESS_KEY_ID, secret: given.AWS_SECRET_ACCESS_KEY, sessionToken: given.AWS_SESSION_TOKEN }),
      regions: given.NEB_AWS_REGIONS ?? (given.AWS_REGION === undefined ? [] : [given.AWS_REGION]),
      url: given.NEB_AWS_URL,
    },
    openmeter: openmeterOf(given),
    machines: { key: given.NEB_MACHINE_KEY, keyFile: path(given.NEB_MACHINE_KEY_FILE ?? join(dataDir, 'machine.key')), silenceMs: given.NEB_MACHINE_SILENCE },
    warnings: Object.keys(env).flatMap(misspelt),
  } as const;
}

function openmeterOf({ OPENMETER_URL: url, OPENMETER_API_KEY: apiKey }: Values): { readonly url: string; readonly apiKey: SecretText | undefined } | undefined {
  if (url === undefined && apiKey === undefined) return undefined;
  const secure = secureUrl('take the key').safeParse(url ?? 'https://openmeter.cloud');
  if (apiKey !== undefined && !secure.success) throw new NebError('invalid', `OPENMETER_URL ${secure.error.issues[0]!.message}`);
  return { url: url ?? 'https://openmeter.cloud', apiKey };
}

function certificateOf({ NEB_TLS_CERT: cert, NEB_TLS_KEY: key }: Values, path: (text: string) => string): { readonly cert: string; readonly key: string } | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) throw new NebError('invalid', 'NEB_TLS_CERT and NEB_TLS_KEY go together, and one is not set');
  return { cert: path(cert), key: path(key) };
}

function databaseUrlOf(given: Values): SecretText | undefined {
  if (given.DATABASE_URL !== undefined || given.DATABASE_HOST === undefined) return given.DATABASE_URL;
  const url = new URL(`postgres://${given.DATABASE_HOST.includes(':') ? `[${given.DATABASE_HOST}]` : given.DATABASE_HOST}`);
  url.port = String(given.DATABASE_PORT ?? 5_432);
  url.username = given.DATABASE_USER ?? 'postgres';
  url.password = given.DATABASE_PASSWORD?.reveal() ?? '';
  url.pathname = given.DATABASE_NAME ?? 'postgres';
  return secretText(url.href);
}

function tlsOf(folder: string): { readonly ca: string; readonly cert: string; readonly key: string } {
  const read = (file: string): string => {
    try {
      return readFileSync(join(folder, file), 'utf8');
    } catch (cause) {
      throw new NebError('invalid', `DOCKER_TLS_VERIFY is set, but ${join(folder, file)} cannot be read`, { cause, hint: 'DOCKER_CERT_PATH names the folder.' });
    }
  };
  return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') };
}

function misspelt(name: string): readonly string[] {
  if (!name.startsWith('NEB_') || name in variables || foreign.test(name)) return [];
  const near = nearest(name, Object.keys(variables));
  return near === undefined ? [] : [`${name} is not a variable of the server and has no effect. Did you mean ${near}?`];
}
