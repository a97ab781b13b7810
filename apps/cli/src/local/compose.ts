import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Random } from '@neb/core-types';
import type { Environment } from '../config.ts';
import { writePrivately } from '../settings/files.ts';
import { localFiles } from './server-state.ts';

export interface ComposeOptions {
  readonly env: Environment;
  readonly host: string;
  readonly port: number;
  /** Image of the control plane; without it one is built from the published package. */
  readonly image: string | undefined;
  /** This machine's address on the engine's bridge, by which containers reach it; absent where the engine has a machine of its own. */
  readonly bridge?: string | undefined;
  readonly version: string;
  readonly random: Random;
}

/** Variables of the host that the control plane needs too; compose passes on those that are set. */
const passedOn = [
  'RUNPOD_API_KEY', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_REGION', 'TAILSCALE_API_KEY', 'TAILSCALE_TAILNET', 'TAILSCALE_URL',
  'OPENMETER_API_KEY', 'OPENMETER_URL', 'NEB_OWNER', 'NEB_PLATFORMS', 'NEB_LOG_LEVEL', 'NEB_RETENTION', 'NEB_ACCELERATORS', 'NEB_DEFAULT_IMAGE',
];

/** Writes the compose file and the file with its secrets, which stay the same when it is written again; their paths. */
export function writeCompose(options: ComposeOptions): { readonly file: string; readonly secrets: string } {
  const { env, random } = options;
  const file = join(env.dataDir, 'compose.yaml');
  const secrets = join(env.dataDir, 'compose.env');
  writePrivately(file, composeText(options));
  writePrivately(secrets, secretsText(options, existsSync(secrets) ? readFileSync(secrets, 'utf8') : '', random));
  return { file, secrets };
}

/** Not Redis's own port, which one of the machine may have. */
const redisPort = 16_379;

/** PostgreSQL, Redis, and the control plane with the engine's socket; reachable from this machine only, Redis from containers that processors run too. */
export function composeText({ env, host, port, image, version, bridge = '127.0.0.1' }: Omit<ComposeOptions, 'random'>): string {
  const socket = env.all.DOCKER_HOST?.startsWith('unix://') ? env.all.DOCKER_HOST.slice('unix://'.length) : '/var/run/docker.sock';
  const from = image === undefined
    ? `build:
      dockerfile_inline: |
        FROM node:24-slim
        RUN npm install --global @neb/cli@${version}
        ENTRYPOINT ["neb"]`
    : `image: ${JSON.stringify(image)}`;
  return `# Written by neb serve --docker, again at each start: changes are lost. Secrets are in compose.env.
name: neb
services:
  postgres:
    image: postgres:17-alpine
    environment:
      POSTGRES_USER: neb
      POSTGRES_DB: neb
      POSTGRES_PASSWORD: \${POSTGRES_PASSWORD}
    volumes: [postgres:/var/lib/postgresql/data]
    healthcheck:
      test: [CMD, pg_isready, -U, neb]
      interval: 2s
      retries: 30
    restart: unless-stopped
  redis:
    image: redis:8-alpine
    command: [redis-server, --appendonly, "yes", --appendfsync, always, --requirepass, "\${REDIS_PASSWORD}"]
    volumes: [redis:/data]
    ports: [${JSON.stringify(`${bridge}:${redisPort}:6379`)}]
    restart: unless-stopped
  neb:
    ${from}
    command: [serve, --host, 0.0.0.0, --port, "3000"]
    ports: [${JSON.stringify(`${host}:${port}:3000`)}]
    extra_hosts: ["host.docker.internal:host-gateway"]
    environment:
      DATABASE_URL: postgres://neb:\${POSTGRES_PASSWORD}@postgres:5432/neb
      REDIS_URL: redis://:\${REDIS_PASSWORD}@host.docker.internal:${redisPort}
      NEB_TOKEN: \${NEB_TOKEN}
      NEB_ENCRYPTION_KEY: \${NEB_ENCRYPTION_KEY}
${passedOn.map((name) => `      ${name}:\n`).join('')}    volumes:
      - ${JSON.stringify(`${socket}:/var/run/docker.sock`)}
    depends_on:
      postgres: { condition: service_healthy }
      redis: { condition: service_started }
    restart: unless-stopped
volumes:
  postgres:
  redis:
`;
}

/** What the user set wins; then what is there already, so that old data stays readable; else fresh secrets. */
function secretsText({ env }: ComposeOptions, before: string, random: Random): string {
  const kept = Object.fromEntries(before.split('\n').flatMap((line) => (line.includes('=') ? [[line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]] : [])));
  const token = localFiles(env).token;
  const fresh = (): string => Buffer.from(random(24)).toString('hex');
  const values = {
    POSTGRES_PASSWORD: kept.POSTGRES_PASSWORD ?? fresh(),
    REDIS_PASSWORD: kept.REDIS_PASSWORD ?? fresh(),
    NEB_ENCRYPTION_KEY: env.all.NEB_ENCRYPTION_KEY ?? kept.NEB_ENCRYPTION_KEY ?? fileText(join(env.dataDir, 'encryption.key')) ?? fresh(),
    NEB_TOKEN: env.all.NEB_TOKEN ?? fileText(token) ?? kept.NEB_TOKEN ?? fresh(),
  };
  // The command line finds the token of its own machine there.
  if (!existsSync(token)) writePrivately(token, `${values.NEB_TOKEN}\n`);
  return Object.entries(values).map(([name, value]) => `${name}=${value}\n`).join('');
}

function fileText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}
