import { type ChildProcess, fork } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AskTask, StreamTask, Told } from './load.ts';
import { haproxy, nginx, type OtherProxy, otherProxy } from './others.ts';

/** One way to the same replica. `pid` is whose CPU and memory counts; there is none on the direct one. */
export interface Way {
  readonly name: string;
  readonly port: number;
  readonly pid: number | undefined;
}

/** All ways that there are on this machine, and somebody who goes them. */
export interface Ways extends AsyncDisposable {
  readonly all: readonly Way[];
  ask(way: Way, task: Omit<AskTask, 'kind' | 'port' | 'token'>): Promise<Told>;
  /** `open` is called once all streams have had an event; they stay until the next task. */
  stream(way: Way, task: Omit<StreamTask, 'kind' | 'port' | 'token'>, open: () => Promise<void>): Promise<Told>;
}

/** Proxies have the first core; who asks and who answers share the second. */
export async function openWays(): Promise<Ways> {
  const folder = await mkdtemp(join(tmpdir(), 'neb-bench-gateway-'));
  const children: ChildProcess[] = [];
  const secret = randomBytes(32).toString('hex');
  const token = tokenOf(secret);
  const program = (name: string, core: number, ...args: string[]): ChildProcess => {
    const child = fork(join(import.meta.dirname, name), args, { execPath: '/usr/bin/taskset', execArgv: ['-c', String(core), process.execPath, '--conditions=neb-built', ...smallNursery] });
    children.push(child);
    return child;
  };
  const told = async <T>(child: ChildProcess): Promise<T> => {
    const over = new AbortController();
    const ended = once(child, 'exit', { signal: over.signal }).then(() => Promise.reject(new Error(`${child.spawnargs.join(' ')} ended.`)));
    try {
      return ((await Promise.race([once(child, 'message', { signal: over.signal }), ended])) as [T])[0];
    } finally {
      over.abort();
      ended.catch(() => undefined);
    }
  };
  const close = async (): Promise<void> => {
    for (const child of children) child.kill('SIGKILL');
    // A worker whose first process is gone may write a last fact meanwhile.
    await rm(folder, { recursive: true, maxRetries: 10, retryDelay: 200 });
  };
  try {
    const replica = await told<number>(program('replica.ts', 1));
    const origin = `http://127.0.0.1:${replica}`;
    const load = program('load.ts', 1);
    const other = async (proxy: OtherProxy): Promise<Way[]> => {
      const started = await otherProxy(proxy, replica, folder);
      if (!started) return [];
      children.push(started.child);
      return [{ name: proxy.name, port: started.port, pid: started.child.pid }];
    };
    const bare = program('bare.ts', 0, origin);
    const all: Way[] = [
      { name: 'direct', port: replica, pid: undefined }, ...(await other(haproxy)), ...(await other(nginx)),
      { name: 'bare node:http + undici', port: await told<number>(bare), pid: bare.pid },
      { name: 'ours', ...(await told<{ port: number; pid: number }>(program('door.ts', 0, origin))) },
      { name: 'ours with auth + meters', ...(await told<{ port: number; pid: number }>(program('door.ts', 0, origin, secret, join(folder, 'facts')))) },
    ];
    return {
      all,
      ask(way, task) {
        load.send({ kind: 'ask', port: way.port, token, ...task });
        return told(load);
      },
      async stream(way, task, open) {
        load.send({ kind: 'streams', port: way.port, token, ...task });
        await told<'open'>(load);
        const [result] = await Promise.all([told<Told>(load), open()]);
        return result;
      },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** As the gateway's own workers run. */
const smallNursery = ['--max-semi-space-size=4'];

/** Of the user and of the system, over all threads: what `utime` and `stime` tell, before it is rounded to hundredths. */
export async function cpuSeconds({ pid }: Way): Promise<number> {
  if (pid === undefined) return Number.NaN;
  const threads = await readdir(`/proc/${pid}/task`);
  const each = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')));
  return each.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / 1e9;
}

export async function memoryMiB({ pid }: Way): Promise<number> {
  if (pid === undefined) return Number.NaN;
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))![1]) / 1_024;
}

/** A member's token, as whoever runs a service signs it. */
function tokenOf(secret: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: 'ann', email: 'ann@bench.test', org_name: 'bench', org_role: 'member', exp: Math.floor(Date.now() / 1_000) + 86_400 })}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}
