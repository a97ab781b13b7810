import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createNeb, type Neb } from '@neb/sdk';
import { type Clock, type Container, NebError, parseDuration } from '@neb/core-types';
import { examples } from '../help/examples.ts';
import { dropState, isAlive, isServer, localFiles, readState, type ServerState } from '../local/server-state.ts';
import { startLocal } from '../local/start.ts';
import { readToken } from '../settings/files.ts';
import type { Session } from '../session.ts';
import type { Attach, Run } from '../verb.ts';

interface Flags {
  readonly keepContainers?: boolean;
  readonly timeout: string;
}

export const attach: Attach = (command, act) => {
  command
    .option('--keep-containers', 'let containers go on without a server; neb up finds them again')
    .option('--timeout <duration>', 'how long containers may take to end', '60s')
    .addHelpText('before', examples('Stop the local server, its database, and the containers it runs. Services, processors, secrets, history and named volumes stay.', [
      ['neb down', 'nothing is left running'],
      ['neb down --keep-containers', 'only the server'],
    ]))
    .action(act<Flags>(down));
};

const down: Run<Flags> = async (session, { options }) => {
  const { env, clock } = session.world;
  const timeoutMs = parseDuration(options.timeout);
  if (timeoutMs === undefined) throw new NebError('invalid', `--timeout ${options.timeout} is not a duration`);
  const before = await readState(env);
  if (!before) return say(session, { was: 'not running', containers: 0 });
  if (options.keepContainers && !(await isServer(before.pid))) return stopDatabase(session);
  const state = (await isServer(before.pid)) ? before : await revived(session, before);
  const containers = options.keepContainers ? 0 : await removeContainers(session, state, timeoutMs);
  process.kill(state.pid, 'SIGTERM');
  const deadline = clock.now() + stopMs;
  while (isAlive(state.pid)) {
    if (clock.now() > deadline) throw new NebError('timeout', `the server (process ${state.pid}) did not stop within ${stopMs / 1_000} s`, { hint: `Its log is ${localFiles(env).log}.` });
    await clock.sleep(50);
  }
  // A Redis or a gateway that one before it left, and it did not need.
  await (await import('@neb/server')).stopAbandonedGateway({ dataDir: env.dataDir });
  if (existsSync(join(env.dataDir, 'redis', 'port'))) await (await import('@neb/server')).stopAbandonedRedis({ dataDir: env.dataDir });
  await dropState(env);
  return say(session, { was: 'stopped', containers });
};

/** All that a server that was killed has left, where its containers are to stay. */
async function stopDatabase(session: Session): Promise<void> {
  const { env, clock } = session.world;
  const { stopAbandoned, stopAbandonedGateway, stopAbandonedRedis } = await import('@neb/server');
  await stopAbandonedGateway({ dataDir: env.dataDir });
  await stopAbandonedRedis({ dataDir: env.dataDir });
  await stopAbandoned({ dataDir: env.dataDir, searchPath: env.all['PATH'] ?? '', clock });
  await dropState(env);
  return say(session, { was: 'not running', containers: 0 });
}

/** Less than the 15 s for which a server heeds it. */
const windsEveryMs = 5_000;
/** The server lets requests finish for 10 s and then stops its database. */
const stopMs = 30_000;

/** A server that died has left its containers running, of which only a server can find all. */
async function revived(session: Session, { url }: ServerState): Promise<ServerState> {
  session.note('The server had ended by itself; it is started once more to clean up after it.');
  const { hostname, port } = new URL(url);
  return (await startLocal(session, { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port), deadlineMs: 60_000 })).state;
}

async function removeContainers(session: Session, state: ServerState, timeoutMs: number): Promise<number> {
  const { env, clock } = session.world;
  const token = env.token?.value ?? readToken(localFiles(env).token, env);
  const neb = createNeb({ url: state.url, token });
  const deadline = clock.now() + timeoutMs;
  const over = new AbortController();
  const winding = wind(state, clock, over.signal);
  let removed = 0;
  try {
    // What was under way for services and processors may be there a moment later.
    for (let running = await runningAt(neb, session); running.length > 0; running = await runningAt(neb, session)) {
      await remove(neb, running, { session, deadline, timeoutMs });
      removed += running.length;
    }
    return removed;
  } finally {
    over.abort();
    await winding;
  }
}

/** Services and processors would replace what is removed. A server that is not asked again goes back to them. */
async function wind({ pid }: ServerState, clock: Clock, over: AbortSignal): Promise<void> {
  while (!over.aborted && isAlive(pid)) {
    process.kill(pid, 'SIGUSR2');
    await clock.sleep(windsEveryMs, over);
  }
}

async function runningAt(neb: Neb, session: Session): Promise<readonly Container[]> {
  const all = await neb.containers.list({ limit: 1_000 }, session).all();
  return all.filter(({ metadata, status }) => metadata.deleted_at === undefined && !['completed', 'failed', 'stopped', 'deleted'].includes(status.status));
}

async function remove(neb: Neb, running: readonly Container[], { session, ...limit }: GoneOptions): Promise<void> {
  session.note(`Removing ${running.length} container${running.length === 1 ? '' : 's'}: ${running.slice(0, 5).map(({ metadata }) => metadata.name).join(', ')}${running.length > 5 ? ', ...' : ''}`);
  await Promise.all(running.map(({ metadata: { id } }) => neb.containers.delete({ id }, session)));
  await Promise.all(running.map(({ metadata }) => gone(neb, metadata, { session, ...limit })));
}

interface GoneOptions {
  readonly session: Session;
  /** Of all containers together. */
  readonly deadline: number;
  readonly timeoutMs: number;
}

async function gone(neb: Neb, { id, name }: { readonly id: string; readonly name: string }, { session, deadline, timeoutMs }: GoneOptions): Promise<void> {
  try {
    await neb.containers.wait({ id }, { for: 'deleted', timeoutMs: Math.max(0, deadline - session.world.clock.now()), signal: session.signal });
  } catch (cause) {
    session.signal.throwIfAborted();
    throw new NebError('timeout', `container ${name} did not end within ${timeoutMs / 1_000} s; the server goes on, and with it services and processors`, { cause, hint: 'Repeat neb down with a longer --timeout, or leave it running with --keep-containers.' });
  }
}

async function say(session: Session, { was, containers }: { readonly was: 'stopped' | 'not running'; readonly containers: number }): Promise<void> {
  const with_ = containers > 0 ? `, and ${containers} container${containers === 1 ? '' : 's'} with it` : '';
  await session.out.value({ kind: 'Server', was, containers }, () => (was === 'stopped' ? `The server has stopped${with_}\n` : 'No server that neb up started runs\n'));
}
