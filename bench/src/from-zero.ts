import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@neb/core-types/testing';
import { ensureImage } from './engine.ts';
import { startServer } from './server.ts';
import { type Figure, median } from './statistics.ts';

const image = 'neb/bench:latest';

/**
 * Takes so many seconds to come up and has two marks made without starting a process, the last thing before the program that
 * listens is started and the first after it listens, so that its readiness lies between them. A file's time is that of
 * the kernel's last tick, so a mark is up to 4 ms before what it marks.
 */
const replica = (seconds: number): string => `busybox mkdir -p /tmp/www; cd /tmp; echo here > www/index.html
sleep ${seconds}
: > before
busybox httpd -p 8000 -h /tmp/www
: > after
busybox stat -c '%Y %y' before after > www/marks
trap 'exit 0' TERM; sleep 3600 & wait`;

interface Answered {
  readonly status: number;
  /** In milliseconds since the epoch. */
  readonly at: number;
  readonly tookMs: number;
  readonly text: string;
}

/** So many services, whose replicas take so many seconds to come up. */
interface Trial {
  readonly count: number;
  readonly seconds: number;
}

/** No server of models comes up at once. One that does is answered as soon as the engine has said that it started, which is later than it listens. */
const trials: readonly Trial[] = [...[1, 5, 25, 100].map((count) => ({ count, seconds: 0.5 })), ...[1, 25].map((count) => ({ count, seconds: 0 }))];

/** (n) requests to services that are all at zero: how long after its replica was ready is each answered? */
export async function fromZero(wanted: readonly Trial[] = trials): Promise<readonly Figure[]> {
  await ensureImage(image);
  const port = await freePort();
  await using server = await startServer({ NEB_PLATFORMS: 'docker', NEB_GATEWAY_PORT: String(port), NEB_RATE_LIMIT: 'off' });
  const { neb, token } = server;
  const figures: Figure[] = [];
  // The first that starts brings the namespace's network; it is not measured.
  for (const [at, { count, seconds }] of [wanted[0]!, ...wanted].entries()) {
    const namespace = 'zero';
    const names = Array.from({ length: count }, (_, n) => `s${at}-${n}`);
    for (const name of names) {
      await neb.services.create({
        metadata: { name, namespace }, platform: 'docker', min_containers: 0, max_containers: 1, hold: '10m',
        container: { image, command: `${replica(seconds)} # --port 8000` },
      });
    }
    await untilTrue(async () => (await Promise.all(names.map((name) => neb.services.get({ namespace, name })))).every(({ status }) => status.address !== undefined));
    // The gateway hears of the last of them.
    await sleep(1_000);
    const doors = names.map((name) => ({ port, token, host: `${name}.${namespace}.localhost` }));
    const answers = await Promise.all(doors.map((door) => ask({ ...door, path: '/' })));
    const marks = await Promise.all(doors.map(async (door) => await marksOf(async () => (await ask({ ...door, path: '/marks' })).text)));
    await Promise.all(names.map((name) => neb.services.delete({ namespace, name })));
    await untilTrue(async () => (await neb.containers.list({ namespace, limit: 1_000 }).all()).length === 0);
    if (at === 0) continue;
    const failed = answers.filter(({ status }) => status !== 200).length;
    const [since, late] = [0, 1].map((mark) => answers.map(({ at: answered }, nth) => answered - marks[nth]![mark]!)) as [number[], number[]];
    const [most, target] = [Math.max(...late), count <= 25 ? 20 : 200];
    figures.push({
      what: `${count} at once, ${seconds === 0 ? 'up at once' : `up in ${seconds} s`}: from readiness to the answer`,
      ours: `${told(late)} (since just before its program started ${told(since)}); ${failed} failed (from the request on ${median(answers.map(({ tookMs }) => tookMs)).toFixed(0)} ms)`,
      target: `≤ ${target} ms, none failed`, met: failed === 0 && most <= target,
    });
  }
  return figures;
}

const told = (all: readonly number[]): string => `${median(all).toFixed(0)} ms, at most ${Math.max(...all).toFixed(0)}`;

/** When its two marks were made, in milliseconds since the epoch; it may not have told yet. */
async function marksOf(read: () => Promise<string>): Promise<readonly number[]> {
  for (;;) {
    // Each is a line of seconds since the epoch, and the same as a date with its nanoseconds.
    const marks = [...(await read()).matchAll(/^(\d+) \S+ \S+(\.\d+)/gm)].map(([, seconds, fraction]) => (Number(seconds) + Number(fraction)) * 1_000);
    if (marks.length === 2) return marks;
    await sleep(100);
  }
}

const now = (): number => performance.timeOrigin + performance.now();

function ask({ port, token, host, path }: { readonly port: number; readonly token: string; readonly host: string; readonly path: string }): Promise<Answered> {
  const from = now();
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, agent: false, headers: { host, authorization: `Bearer ${token}` } }, (answer) => {
      let text = '';
      const at = now();
      answer.on('data', (chunk) => (text += String(chunk))).once('error', reject).once('end', () => resolve({ status: answer.statusCode ?? 0, at, tookMs: at - from, text }));
    }).once('error', reject).end();
  });
}

async function untilTrue(look: () => Promise<boolean>): Promise<void> {
  while (!(await look())) await sleep(100);
}
