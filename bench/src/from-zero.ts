import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureImage } from './engine.ts';
import { freePort, startServer } from './server.ts';
import { type Figure, median } from './statistics.ts';

const image = 'neb/bench:latest';

/** Takes half a second to come up, writes down when it is about to listen, and answers with that. */
const replica = `busybox mkdir -p /tmp/www
sleep 0.5
busybox touch /tmp/www/mark
busybox stat -c '%Y %y' /tmp/www/mark > /tmp/www/ready
exec busybox httpd -f -p 8000 -h /tmp/www`;

interface Answered {
  readonly status: number;
  /** From the replica's readiness to its answer at whoever asked, in milliseconds. */
  readonly lateMs: number;
  /** From the request on. */
  readonly tookMs: number;
}

/** (n) requests to services that are all at zero: how long after its replica was ready is each answered? */
export async function fromZero(counts: readonly number[] = [1, 5, 25, 100]): Promise<readonly Figure[]> {
  await ensureImage(image);
  const port = await freePort();
  await using server = await startServer({ NEB_PLATFORMS: 'docker', NEB_GATEWAY_PORT: String(port), NEB_RATE_LIMIT: 'off' });
  const { neb, token } = server;
  const figures: Figure[] = [];
  // The first that starts brings the namespace's network; it is not measured.
  for (const [at, count] of [1, ...counts].entries()) {
    const namespace = 'zero';
    const names = Array.from({ length: count }, (_, n) => `s${at}-${n}`);
    for (const name of names) {
      await neb.services.create({
        metadata: { name, namespace }, platform: 'docker', min_containers: 0, max_containers: 1, hold: '10m',
        container: { image, command: `${replica} # --port 8000` },
      });
    }
    await untilTrue(async () => (await Promise.all(names.map((name) => neb.services.get({ namespace, name })))).every(({ status }) => status.address !== undefined));
    // The gateway hears of the last of them.
    await sleep(1_000);
    const answers = await Promise.all(names.map((name) => ask({ port, token, host: `${name}.${namespace}.localhost` })));
    await Promise.all(names.map((name) => neb.services.delete({ namespace, name })));
    await untilTrue(async () => (await neb.containers.list({ namespace, limit: 1_000 }).all()).every(({ metadata }) => metadata.deleted_at !== undefined));
    if (at === 0) continue;
    const late = answers.map(({ lateMs }) => lateMs);
    const failed = answers.filter(({ status }) => status !== 200).length;
    const [most, target] = [Math.max(...late), count <= 25 ? 20 : 200];
    figures.push({
      what: `${count} at once: from readiness to the answer`,
      ours: `${median(late).toFixed(0)} ms, at most ${most.toFixed(0)} ms; ${failed} failed (from the request on ${median(answers.map(({ tookMs }) => tookMs)).toFixed(0)} ms)`,
      target: `≤ ${target} ms, none failed`, met: failed === 0 && most <= target,
    });
  }
  return figures;
}

const now = (): number => performance.timeOrigin + performance.now();

function ask({ port, token, host }: { readonly port: number; readonly token: string; readonly host: string }): Promise<Answered> {
  const from = now();
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/ready', agent: false, headers: { host, authorization: `Bearer ${token}` } }, (answer) => {
      let text = '';
      const at = now();
      answer.on('data', (chunk) => (text += String(chunk))).once('error', reject).once('end', () => {
        // Seconds since the epoch, then the same as a date with its nanoseconds.
        const [, seconds, fraction] = /^(\d+) \S+ \S+(\.\d+)/.exec(text) ?? [];
        resolve({ status: answer.statusCode ?? 0, lateMs: at - (Number(seconds) + Number(fraction)) * 1_000, tookMs: at - from });
      });
    }).once('error', reject).end();
  });
}

async function untilTrue(look: () => Promise<boolean>): Promise<void> {
  while (!(await look())) await sleep(100);
}
