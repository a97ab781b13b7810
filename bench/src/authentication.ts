import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { resolve } from 'node:path';
import { startDatabase } from './database.ts';
import { type Figure, median } from './statistics.ts';

const program = resolve(import.meta.dirname, '../../apps/server/test/two-doors.ts');
const requestsARound = 2_000;
const concurrency = 8;

/** (g) what asking who it is adds to a `get`, and 100,000 keys to that: CPU time of the server's process, by turns. */
export async function authentication(rounds = 15): Promise<readonly Figure[]> {
  await using database = await startDatabase();
  const child = fork(program, { env: { ...process.env, DATABASE_URL: database.url } });
  const said = async <T>(): Promise<T> => ((await once(child, 'message')) as [T])[0];
  const { asking, unasked, token } = await said<{ asking: number; unasked: number; token: string }>();
  const tell = async (message: 'cpu' | 'fill'): Promise<number> => {
    child.send(message);
    const { user, system } = await said<NodeJS.CpuUsage>();
    return user + system;
  };
  const cost = async (port: number): Promise<number> => {
    const before = await tell('cpu');
    await load(port, token);
    return ((await tell('cpu')) - before) / requestsARound;
  };
  const pairs = async (): Promise<{ readonly ours: number; readonly floor: number; readonly ratio: number }> => {
    const both: { readonly ours: number; readonly floor: number }[] = [];
    for (let n = 0; n < rounds; n++) {
      // Each goes first as often as the other.
      const first = await cost(n % 2 === 0 ? asking : unasked);
      const second = await cost(n % 2 === 0 ? unasked : asking);
      both.push(n % 2 === 0 ? { ours: first, floor: second } : { ours: second, floor: first });
    }
    return { ours: median(both.map(({ ours }) => ours)), floor: median(both.map(({ floor }) => floor)), ratio: median(both.map(({ ours, floor }) => ours / floor)) };
  };
  for (let n = 0; n < 4; n++) await load(n % 2 === 0 ? asking : unasked, token);
  const few = await pairs();
  await tell('fill');
  const many = await pairs();
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  const microseconds = (cpu: number): string => `${cpu.toFixed(0)} µs`;
  const growth = many.ratio / few.ratio;
  return [
    { what: 'CPU of an authenticated `get`, one key', ours: `${microseconds(few.ours)} = ${few.ratio.toFixed(3)} × floor`, floor: microseconds(few.floor), target: '≤ 1.15 × floor', met: few.ratio <= 1.15 },
    { what: 'the same, 100,000 keys in the table', ours: `${microseconds(many.ours)} = ${many.ratio.toFixed(3)} × floor, ${growth.toFixed(3)} × one key`, floor: microseconds(many.floor), target: '≤ 1.15 × floor, ≤ 1.05 × one key', met: many.ratio <= 1.15 && growth <= 1.05 },
  ];
}

/** So many requests for one container, a few at a time over connections that stay. */
async function load(port: number, token: string): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  let sent = 0;
  await Promise.all(Array.from({ length: concurrency }, async () => {
    while (sent++ < requestsARound) await get(port, token, agent);
  }));
  agent.destroy();
}

function get(port: number, token: string, agent: Agent): Promise<void> {
  return new Promise((done, fail) => {
    request({ agent, host: '127.0.0.1', port, path: '/v1/containers/bench/web', headers: { authorization: `Bearer ${token}` } }, (answer) => {
      answer.resume();
      answer.once('end', () => (answer.statusCode === 200 ? done() : fail(new Error(`the server answered ${answer.statusCode}`))));
    }).once('error', fail).end();
  });
}
