import { spawn } from 'node:child_process';
import { command, startServer } from './server.ts';
import { type Figure, median, spread } from './statistics.ts';

/** (e) what a person waits for: help, and a long list. The floor is Node starting and doing nothing. */
export async function commandLine(rows = 5_000, rounds = 15): Promise<readonly Figure[]> {
  await using server = await startServer({ NEB_PLATFORMS: 'memory' });
  for (let at = 0; at < rows; at += 100) {
    const manifests = Array.from({ length: Math.min(100, rows - at) }, (_, n) => ({
      kind: 'Container', metadata: { name: `row-${at + n}`, namespace: 'bench' }, image: 'busybox', platform: 'memory',
    }));
    await server.neb.apply(manifests, { mode: 'create' });
  }
  await new Promise((done) => setTimeout(done, 20_000));
  const env = { ...process.env, NEB_SERVER: server.url, NEB_TOKEN: server.token };
  const floor: number[] = [];
  const help: number[] = [];
  const list: number[] = [];
  for (let n = 0; n <= rounds; n++) {
    const [f, h, l] = [await wall(['-e', '0'], env), await wall([command, '--help'], env), await wall([command, 'get', 'containers', '-n', 'bench'], env)];
    if (n === 0) continue;
    floor.push(f);
    help.push(h);
    list.push(l);
  }
  return [
    { what: '`neb --help`', ours: spread(help), floor: spread(floor), target: '≤ 150 ms', met: median(help) <= 150 },
    { what: `\`neb get containers\`, ${rows} rows`, ours: spread(list), floor: spread(floor), target: '≤ 400 ms', met: median(list) <= 400 },
  ];
}

function wall(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.resume();
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(performance.now() - start) : reject(new Error(`${args.join(' ')}: exit ${code}`))));
  });
}
