import { existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { formatBytes, isNebError, messageOf } from '@neb/core-types';
import type { Session } from '../session.ts';
import { userFile } from '../settings/files.ts';
import { isLoopback } from '../settings/settings.ts';
import { isServer, localFiles, readState } from './server-state.ts';

/** What was found of one thing neb needs. */
export interface Check {
  readonly name: string;
  /** `warn`: neb works without it, but not as well. */
  readonly result: 'good' | 'warn' | 'bad';
  readonly message: string;
  readonly fix?: string | undefined;
}

/** Everything `neb doctor` looks at, in its order. None throws. */
export const checks: readonly ((session: Session) => Promise<Check>)[] = [node, docker, disk, files, port, server, token, platforms, suspend];

const oldestNode = [22, 18] as const;
const leastBytes = 2 * 2 ** 30;

async function node(): Promise<Check> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const good = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return { name: 'node', result: good ? 'good' : 'bad', message: `Node.js ${process.versions.node}`, fix: good ? undefined : `neb needs Node.js ${oldestNode.join('.')} or newer: nodejs.org` };
}

async function docker({ world }: Session): Promise<Check> {
  const host = world.env.all.DOCKER_HOST ?? 'unix:///var/run/docker.sock';
  const socket = host.startsWith('unix://') ? host.slice('unix://'.length) : undefined;
  const common = { name: 'docker', result: 'warn' } as const;
  if (socket !== undefined && !existsSync(socket)) {
    return { ...common, message: `there is no engine at ${socket}`, fix: 'Install Docker (docs.docker.com/engine/install) and start it: systemctl start docker. Without it only remote platforms run containers.' };
  }
  const answer = await ping(host, socket);
  if (answer.do === 'answered') return { name: 'docker', result: 'good', message: `Docker Engine${answer.version ? `, API ${answer.version}` : ''} at ${host}` };
  const denied = answer.code === 'EACCES';
  return { ...common, message: denied ? `${host} may not be used by this user` : `the engine at ${host} does not answer (${answer.code})`, fix: denied ? 'Add yourself to its group: sudo usermod -aG docker $USER, then log in anew.' : 'Start it: systemctl start docker; or name another in DOCKER_HOST.' };
}

type Answer = { readonly do: 'answered'; readonly version: string | undefined } | { readonly do: 'failed'; readonly code: string };

function ping(host: string, socketPath: string | undefined): Promise<Answer> {
  return new Promise((resolve) => {
    const url = socketPath === undefined && URL.canParse(host) ? new URL(host) : undefined;
    const call = request({ ...(socketPath === undefined ? { host: url?.hostname, port: url?.port } : { socketPath }), path: '/_ping', timeout: 3_000 }, (answer) => {
      answer.resume();
      resolve({ do: 'answered', version: answer.headers['api-version']?.toString() });
    });
    call.on('timeout', () => call.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
    call.on('error', (error: NodeJS.ErrnoException) => resolve({ do: 'failed', code: error.code ?? error.message }));
    call.end();
  });
}

async function disk({ world }: Session): Promise<Check> {
  const folder = existsSync(world.env.dataDir) ? world.env.dataDir : world.env.home;
  try {
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const enough = free >= leastBytes;
    return { name: 'disk', result: enough ? 'good' : 'warn', message: `${formatBytes(free)} free at ${folder}`, fix: enough ? undefined : 'Images and the database need room: docker system prune frees some, NEB_DATA_DIR moves the database.' };
  } catch (error) {
    return { name: 'disk', result: 'warn', message: messageOf(error) };
  }
}

async function files({ world }: Session): Promise<Check> {
  const open = [userFile(world.env), localFiles(world.env).token].filter((file) => existsSync(file) && (statSync(file).mode & 0o077) !== 0);
  return { name: 'files', result: open.length > 0 ? 'warn' : 'good', message: open.length > 0 ? `${open.join(', ')} can be read by others` : 'settings and token are readable by you only', fix: open.length > 0 ? `chmod 600 ${open.join(' ')}` : undefined };
}

async function port(session: Session): Promise<Check> {
  const { server: { value } } = await session.settings();
  const url = new URL(value);
  if (!isLoopback(value)) return { name: 'port', result: 'good', message: `the server in use is ${value}, not this machine` };
  const number = Number(url.port || 80);
  const state = await readState(session.world.env);
  if (state && (await isServer(state.pid))) return { name: 'port', result: 'good', message: `neb's own server listens at ${state.url}` };
  if (await isFree(number)) return { name: 'port', result: 'good', message: `port ${number} is free for neb up` };
  return { name: 'port', result: 'warn', message: `something that neb up did not start listens on port ${number}`, fix: 'If it is no neb server, choose another: neb up --port 3001' };
}

function isFree(number: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(number, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

async function server(session: Session): Promise<Check> {
  const { server: { value, origin } } = await session.settings();
  try {
    const { version, database } = await (await session.neb()).version({ signal: AbortSignal.any([session.signal, AbortSignal.timeout(5_000)]) });
    return { name: 'server', result: 'good', message: `neb ${version} at ${value} (${database})` };
  } catch (error) {
    return { name: 'server', result: 'bad', message: `${messageOf(error)} (named by ${origin})`, fix: isLoopback(value) ? 'Start one: neb up' : 'Check --server, NEB_SERVER, or neb config view --origin.' };
  }
}

async function token(session: Session): Promise<Check> {
  const { token: setting } = await session.settings();
  const fix = 'neb up writes one for this machine; neb login URL --token-stdin keeps one for a server.';
  if (!setting) return { name: 'token', result: 'bad', message: 'there is no token for the server in use', fix };
  try {
    const { id } = await (await session.neb()).whoami({ signal: AbortSignal.any([session.signal, AbortSignal.timeout(5_000)]) });
    return { name: 'token', result: 'good', message: `known as ${id} (token from ${setting.origin})` };
  } catch (error) {
    const refused = isNebError(error, 'unauthenticated');
    return { name: 'token', result: refused ? 'bad' : 'warn', message: refused ? `the server refuses the token from ${setting.origin}` : `not checked: ${messageOf(error)}`, fix: refused ? fix : undefined };
  }
}

/** Which platforms could suspend with memory and lack something for it. */
async function suspend(session: Session): Promise<Check> {
  const name = 'suspend';
  try {
    const ready = (await allPlatforms(session)).filter((platform) => platform.ready);
    const able = ready.filter(({ capabilities }) => capabilities.some((one) => one.startsWith('suspend:'))).map((one) => one.name);
    const lacks = ready.flatMap((one) => (one.lacks ?? []).filter(({ capability }) => capability.startsWith('suspend')).map(({ why }) => `${one.name}: ${why}`));
    const message = able.length > 0 ? `containers can be suspended at ${able.join(', ')}` : 'no platform that is ready can suspend containers';
    return { name, result: lacks.length === 0 && able.length > 0 ? 'good' : 'warn', message, fix: lacks.length > 0 ? lacks.join('; ') : undefined };
  } catch (error) {
    return { name, result: 'warn', message: `not checked: ${messageOf(error)}` };
  }
}

async function allPlatforms(session: Session) {
  return await (await session.neb()).platforms({ signal: AbortSignal.any([session.signal, AbortSignal.timeout(5_000)]) });
}

async function platforms(session: Session): Promise<Check> {
  try {
    const all = await allPlatforms(session);
    const ready = all.filter((platform) => platform.ready).map(({ name }) => name);
    if (ready.length > 0) return { name: 'platforms', result: 'good', message: `ready: ${ready.join(', ')}; neb get platforms tells what others need` };
    return { name: 'platforms', result: 'bad', message: 'none is ready, so nothing can run', fix: all.map(({ name, message }) => `${name}: ${message ?? 'unknown'}`).slice(0, 2).join('; ') };
  } catch (error) {
    return { name: 'platforms', result: 'warn', message: `not checked: ${messageOf(error)}` };
  }
}
