import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createNeb } from '@neb/sdk';
import { expect, test, vi } from 'vitest';
import { freePort } from '@neb/core-types/testing';
import { busyboxImage } from './busybox.ts';
import { dataFolder } from './data-folder.ts';

const rounds = Number(process.env['NEB_TEST_ROUNDS'] ?? 200);
const inFlight = 2 * rounds;
const kills = Math.max(2, Math.ceil(rounds / 20));
const inTime = { timeout: 120_000, interval: 200 };

/** Says what it was asked, after a second; so that some are in flight at any time. */
const replica = `busybox mkdir -p /tmp/www/cgi-bin
printf '#!/bin/sh\\nsleep 1\\nprintf "Content-Type: text/plain\\\\r\\\\n\\\\r\\\\n$REQUEST_METHOD $QUERY_STRING "\\nbusybox cat\\n' > /tmp/www/cgi-bin/echo
busybox chmod +x /tmp/www/cgi-bin/echo
exec busybox httpd -f -p 8000 -h /tmp/www # --port 8000`;

test(`${inFlight} requests in flight do not notice that the control plane is killed ${kills} times`, async () => {
  const folder = await dataFolder();
  const busybox = await busyboxImage('kills');
  const port = await freePort('0.0.0.0');
  const env = { ...process.env, NEB_DATA_DIR: folder.path, NEB_PORT: '0', NEB_GATEWAY_PORT: String(port), NEB_PLATFORMS: 'docker', NEB_LOG_LEVEL: 'warn' };
  const start = async (): Promise<{ readonly process: ChildProcess; readonly url: string }> => {
    const child = fork(new URL('./serve.ts', import.meta.url), { env, execArgv: [] });
    const [url] = (await once(child, 'message')) as [string];
    return { process: child, url };
  };
  let server = await start();
  const token = readFileSync(`${folder.path}/token`, 'utf8').trim();
  const neb = () => createNeb({ url: server.url, token });
  const service = async () => (await neb().services.get({ namespace: 'storm', name: 'echo' })).status;
  try {
    await neb().services.create({
      metadata: { name: 'echo', namespace: 'storm' }, platform: 'docker', min_containers: 2, max_containers: 2,
      container: { image: busybox.image, command: replica },
    });
    await vi.waitFor(async () => expect((await service()).replicas.ready).toBe(2), inTime);

    let next = 0;
    let isOver = false;
    const wrong: string[] = [];
    const lane = async (): Promise<void> => {
      while (!isOver) {
        const id = `r${next++}`;
        const method = next % 2 === 0 ? 'GET' : 'POST';
        const body = method === 'POST' ? id : '';
        const got = await ask({ port, token, method, id, body });
        if (got !== `200 ${method} ${id} ${body}`) wrong.push(`${method} ${id}: ${got}`);
      }
    };
    const lanes = Promise.all(Array.from({ length: inFlight }, lane));
    for (let n = 0; n < kills; n += 1) {
      await pause(1_000 + 1_000 * Math.random());
      server.process.kill('SIGKILL');
      await once(server.process, 'exit');
      const before = next;
      await pause(1_500);
      // There is no control plane, and requests go on.
      expect(next).toBeGreaterThan(before);
      server = await start();
    }
    await pause(1_500);
    isOver = true;
    await lanes;
    expect(wrong.slice(0, 5)).toEqual([]);
    await vi.waitFor(async () => expect((await service()).traffic).toMatchObject({ in_flight: 0, waiting: 0 }), inTime);
    console.log(`${next} requests, ${inFlight} at once, ${kills} kills of the control plane; ${wrong.length} went wrong`);
  } finally {
    await neb().services.delete({ namespace: 'storm', name: 'echo' }).catch(() => undefined);
    await vi.waitFor(async () => expect((await neb().containers.list({ namespace: 'storm' }).all()).filter(({ metadata }) => metadata.deleted_at === undefined)).toEqual([]), inTime).catch(() => undefined);
    server.process.kill('SIGTERM');
    await once(server.process, 'exit');
    await busybox.remove();
    await folder.remove();
  }
}, 600_000);

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Asked {
  readonly port: number;
  readonly token: string;
  readonly method: string;
  readonly id: string;
  readonly body: string;
}

/** The answer's status and body, or the error. */
function ask({ port, token, method, id, body }: Asked): Promise<string> {
  return new Promise((resolve) => {
    const headers = { host: 'echo.storm.localhost', authorization: `Bearer ${token}`, ...(method === 'POST' ? { 'content-length': body.length } : {}) };
    request({ host: '127.0.0.1', port, method, path: `/cgi-bin/echo?${id}`, agent: false, headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += String(chunk))).once('end', () => resolve(`${answer.statusCode} ${text}`)).once('error', (error) => resolve(error.message));
    }).once('error', (error) => resolve(error.message)).end(body);
  });
}
