import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './server.ts';
import { type Figure, percentile } from './statistics.ts';

/** One way to the same replica. `pid` is whose CPU and memory counts. */
interface Way {
  readonly name: string;
  readonly port: number;
  readonly pid: number | undefined;
}

interface Taken {
  readonly perSecond: number;
  readonly perCpuSecond: number;
  readonly latenciesMs: readonly number[];
}

/** (l) requests straight to a replica, and through HAProxy, nginx and our gateway on a core of their own. */
export async function gatewayBench(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'neb-bench-gateway-'));
  const children: ChildProcess[] = [];
  // Proxies have the first core; who asks and who answers share the second.
  const program = async (name: string, core: number, ...args: string[]): Promise<{ readonly child: ChildProcess; readonly told: unknown }> => {
    const child = fork(join(import.meta.dirname, 'gateway', name), args, { execPath: '/usr/bin/taskset', execArgv: ['-c', String(core), process.execPath, '--conditions=neb-built', '--max-semi-space-size=4'] });
    children.push(child);
    return { child, told: name === 'load.ts' ? undefined : ((await once(child, 'message')) as [unknown])[0] };
  };
  try {
    const replica = (await program('replica.ts', 1)).told as number;
    // As its own workers run.
    const { child: door, told: doorPort } = await program('door.ts', 0, `http://127.0.0.1:${replica}`);
    const { child: load } = await program('load.ts', 1);
    const ours: Way = { name: 'ours', port: doorPort as number, pid: door.pid };
    const haproxy = await otherProxy(children, folder, { name: 'HAProxy', command: '/usr/sbin/haproxy', config: haproxyConfig, replica });
    const nginx = await otherProxy(children, folder, { name: 'nginx', command: '/usr/sbin/nginx', config: nginxConfig, replica });
    const ways = [{ name: 'direct', port: replica, pid: undefined }, haproxy, nginx, ours].filter((way) => way !== undefined);
    const ask = async (way: Way, task: { readonly path: string; readonly connections: number; readonly requests: number; readonly rate?: number }): Promise<Taken> => {
      const before = await cpuSeconds(way.pid);
      load.send({ port: way.port, ...task });
      const [{ tookMs, latenciesMs }] = (await once(load, 'message')) as [{ tookMs: number; latenciesMs: number[] }];
      return { perSecond: (task.requests / tookMs) * 1_000, perCpuSecond: task.requests / ((await cpuSeconds(way.pid)) - before), latenciesMs };
    };
    for (const way of ways) await ask(way, { path: '/small', connections: 32, requests: 20_000 });
    const full = new Map<string, Taken>();
    const steady = new Map<string, Taken>();
    const large = new Map<string, Taken>();
    for (const way of ways) full.set(way.name, await ask(way, { path: '/small', connections: 32, requests: 60_000 }));
    for (const way of ways) steady.set(way.name, await ask(way, { path: '/small', connections: 32, requests: 5_000, rate: 500 }));
    for (const way of ways) large.set(way.name, await ask(way, { path: '/large', connections: 8, requests: 2_000 }));
    const streams = await streaming(ours, 1_000);
    const share = haproxy && full.get('ours')!.perCpuSecond / full.get('HAProxy')!.perCpuSecond;
    const added = percentile(steady.get('ours')!.latenciesMs, 0.95) - percentile(steady.get('direct')!.latenciesMs, 0.95);
    return [
      { what: 'small JSON, as many as go', ours: told(full, 'ours', whole), floor: floors(full, whole), target: '≥ 40 % of HAProxy\'s a CPU second', met: share === undefined || share >= 0.4 },
      { what: 'the same at 500 a second, p50/p95/p99', ours: told(steady, 'ours', latencies), floor: floors(steady, latencies), target: 'p95 ≤ 2 ms above direct', met: added <= 2 },
      { what: 'bodies of 1 MiB', ours: told(large, 'ours', whole), floor: floors(large, whole), target: 'told', met: true },
      { what: 'memory with 1,000 streams of events', ours: `${streams.mib} MiB, ${streams.cpuPercent.toFixed(0)} % of a core at an event a second each`, target: '≤ 150 MiB', met: streams.mib <= 150 },
    ];
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
}

const whole = ({ perSecond, perCpuSecond }: Taken): string => `${perSecond.toFixed(0)}/s${Number.isFinite(perCpuSecond) ? `, ${perCpuSecond.toFixed(0)} a CPU second` : ''}`;
const latencies = ({ latenciesMs }: Taken): string => [0.5, 0.95, 0.99].map((share) => percentile(latenciesMs, share).toFixed(2)).join(' / ') + ' ms';
const told = (all: ReadonlyMap<string, Taken>, name: string, how: (taken: Taken) => string): string => how(all.get(name)!);
const floors = (all: ReadonlyMap<string, Taken>, how: (taken: Taken) => string): string => [...all].filter(([name]) => name !== 'ours').map(([name, taken]) => `${name} ${how(taken)}`).join('; ');

async function otherProxy(children: ChildProcess[], folder: string, { name, command, config, replica }: { readonly name: string; readonly command: string; readonly config: (port: number, replica: number, folder: string) => string; readonly replica: number }): Promise<Way | undefined> {
  if (!(await access(command).then(() => true, () => false))) return undefined;
  const port = await freePort();
  const file = join(folder, `${name}.conf`);
  await writeFile(file, config(port, replica, folder));
  const child = spawn('taskset', ['-c', '0', command, ...(name === 'nginx' ? ['-c', file] : ['-f', file])], { stdio: 'ignore' });
  children.push(child);
  for (let n = 0; n < 100; n++) {
    if (await connects(port)) return { name, port, pid: child.pid };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${name} does not listen.`);
}

const haproxyConfig = (port: number, replica: number): string => `global
  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option forwardfor
  http-reuse always
frontend door
  bind 127.0.0.1:${port}
  default_backend replicas
backend replicas
  balance leastconn
  server one 127.0.0.1:${replica}
`;

/** One process, so that whose CPU counts is plain. */
const nginxConfig = (port: number, replica: number, folder: string): string => `daemon off; master_process off; pid ${folder}/nginx.pid; error_log /dev/null;
events { worker_connections 4000; }
http {
  access_log off; proxy_buffering off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  upstream replicas { server 127.0.0.1:${replica}; keepalive 64; }
  server { listen 127.0.0.1:${port}; keepalive_requests 1000000; location / { proxy_pass http://replicas; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host; } }
}
`;

/** What so many streams of events hold in memory, once each has had a few. */
async function streaming(way: Way, count: number): Promise<{ readonly mib: number; readonly cpuPercent: number }> {
  const sockets: Socket[] = [];
  await Promise.all(Array.from({ length: count }, async () => {
    const socket = connect({ port: way.port, host: '127.0.0.1' });
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write('GET /events HTTP/1.1\r\nhost: bench.test\r\n\r\n');
    await once(socket, 'data');
  }));
  for (const socket of sockets) socket.resume();
  const before = await cpuSeconds(way.pid);
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  const cpuPercent = (((await cpuSeconds(way.pid)) - before) / 5) * 100;
  const status = await readFile(`/proc/${way.pid}/status`, 'utf8');
  for (const socket of sockets) socket.destroy();
  return { mib: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1_024), cpuPercent };
}

async function cpuSeconds(pid: number | undefined): Promise<number> {
  if (pid === undefined) return Number.NaN;
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function connects(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isThere = await once(socket, 'connect').then(() => true, () => false);
  socket.destroy();
  return isThere;
}
