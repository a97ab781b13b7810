import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { messageOf, newId, type Random, systemClock, systemRandom, timestamp } from '@neb/core-types';
import { gateways } from './gateways.ts';
import type { Machinery, Published, Tell, Workload } from './machinery.ts';

/** Machines that are containers of this machine's Docker. Disposing of it removes them. */
export interface DockerMachines extends Machinery, AsyncDisposable {}

/** Runs what is bought in real containers on a network of their own. Images are those that are there; none is pulled. What listens on this machine's loopback and is named in their environment, they reach at the network's gateway. */
export function dockerMachines(random: Random = systemRandom): DockerMachines {
  const network = `neb-cloud-simulator-${newId(random)}`;
  let networked: Promise<string> | undefined;
  const runs = new Map<string, AbortController>();
  const made = new Map<string, Promise<unknown>>();
  const removals = new Set<Promise<void>>();
  const inside = gateways(async () => {
    await (networked ??= docker('network', 'create', network));
    return await docker('network', 'inspect', network, '--format', '{{(index .IPAM.Config 0).Gateway}}');
  });

  async function create(id: string, { image, args, env, ports = [] }: Workload): Promise<void> {
    const variables = await Promise.all(Object.entries(env).map(async ([name, value]) => ['-e', `${name}=${await inside.reached(value)}`]));
    await (networked ??= docker('network', 'create', network));
    await docker('create', '--network', network, '--pull', 'never', '--name', nameOf(id), '--label', 'neb.cloud-simulator=', ...ports.flatMap((port) => ['--publish', `127.0.0.1::${port}/tcp`]), ...variables.flat(), image, ...wordsOf(args));
  }

  async function run(id: string, workload: Workload, { tell, signal }: { readonly tell: Tell; readonly signal: AbortSignal }): Promise<void> {
    tell({ kind: 'line', source: 'system', text: `create container ${workload.image}` });
    try {
      if (!made.has(id)) made.set(id, create(id, workload));
      await made.get(id);
    } catch (error) {
      made.delete(id);
      tell({ kind: 'line', source: 'system', text: `error pulling image: ${messageOf(error)}` });
      return tell({ kind: 'failed', message: messageOf(error) });
    }
    if (signal.aborted) return;
    // Docker itself says later when it started, and has lines from before.
    const since = timestamp(systemClock.now());
    try {
      await docker('start', nameOf(id));
    } catch (error) {
      tell({ kind: 'line', source: 'system', text: `error starting container: ${messageOf(error)}` });
      return tell({ kind: 'failed', message: messageOf(error) });
    }
    const address = await docker('inspect', nameOf(id), '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}');
    tell({ kind: 'running', address, published: await publishedBy(id) });
    await follow(id, { since, tell, signal });
    if (!signal.aborted) tell({ kind: 'exited', exitCode: Number(await docker('wait', nameOf(id))) });
  }

  const end = (id: string): void => {
    runs.get(id)?.abort();
    runs.delete(id);
  };

  async function remove(id: string): Promise<void> {
    const removing = dropped(id);
    removals.add(removing);
    await removing.finally(() => removals.delete(removing));
  }

  async function dropped(id: string): Promise<void> {
    end(id);
    await made.get(id)?.catch(() => undefined);
    made.delete(id);
    await docker('rm', '--force', '--volumes', nameOf(id)).catch(ignoreAbsent);
  }

  return {
    start(id, workload, tell) {
      end(id);
      const stop = new AbortController();
      runs.set(id, stop);
      const { signal } = stop;
      const told: Tell = (event) => { if (!signal.aborted) tell(event); };
      void run(id, workload, { tell: told, signal }).catch((error: unknown) => told({ kind: 'failed', message: messageOf(error) }));
    },
    async stop(id) {
      end(id);
      await made.get(id)?.catch(() => undefined);
      await docker('stop', nameOf(id)).catch(ignoreAbsent);
    },
    remove,
    async [Symbol.asyncDispose]() {
      await Promise.all([...removals, ...[...made.keys()].map(remove)]);
      await inside[Symbol.asyncDispose]();
      if (networked) await docker('network', 'rm', network);
    },
  };
}

const nameOf = (id: string): string => `neb-cloud-simulator-${id}`;

/** Where this machine's Docker has published its ports. */
async function publishedBy(id: string): Promise<Published> {
  const told = JSON.parse(await docker('inspect', nameOf(id), '--format', '{{json .NetworkSettings.Ports}}')) as Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>>;
  return new Map(Object.entries(told).flatMap(([port, at]) => (at?.[0] ? [[parseInt(port, 10), { ip: at[0].HostIp, port: Number(at[0].HostPort) }] as const] : [])));
}

/** Tells each line that the container writes, until it ends. */
async function follow(id: string, { since, tell, signal }: { readonly since: string; readonly tell: Tell; readonly signal: AbortSignal }): Promise<void> {
  const child = spawn('docker', ['logs', '--follow', '--since', since, nameOf(id)], { stdio: ['ignore', 'pipe', 'pipe'] });
  signal.addEventListener('abort', () => void child.kill(), { once: true });
  const closed = new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', (text) => tell({ kind: 'line', source: 'container', text }));
  await closed;
}

async function docker(...words: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)('docker', words)).stdout.trim();
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new Error(stderr.trim() || messageOf(error), { cause: error });
  }
}

function ignoreAbsent(error: Error): void {
  if (!/no such container/i.test(error.message)) throw error;
}

/** Words of a line as a shell splits it, without variables and the like. */
function wordsOf(line: string): readonly string[] {
  const words = line.match(/(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+/gs) ?? [];
  return words.map((word) => word.replaceAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs, (_, ...[single, double, escaped]: readonly (string | undefined)[]) => single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? ''));
}
