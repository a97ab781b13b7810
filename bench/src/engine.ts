import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const socketPath = process.env['NEB_BENCH_DOCKER_SOCKET'] ?? '/var/run/docker.sock';

/** One bare call to the Docker Engine: the floor that neb is measured against. */
export function call(method: string, path: string, body?: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
    const sent = request({ socketPath, method, path, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if ((answer.statusCode ?? 500) >= 400) return reject(new Error(`${method} ${path}: ${answer.statusCode} ${text}`));
        resolve(text === '' || !answer.headers['content-type']?.includes('json') ? text : JSON.parse(text));
      });
    });
    sent.on('error', reject);
    sent.end(payload);
  });
}

/** Stays until it is told to go, and then goes at once, so that removing it costs no grace time. */
export const stays = ['sh', '-c', 'trap "exit 0" TERM; sleep 3600 & wait'];

/** The least a running container can cost: create, start, and a look that it runs. Answers with its id. */
export async function launchRaw(image: string, network: string): Promise<string> {
  const made = await call('POST', '/containers/create', {
    Image: image,
    Cmd: stays,
    Labels: { 'neb.bench': 'raw' },
    HostConfig: { NetworkMode: network },
  });
  const id = (made as { Id: string }).Id;
  await call('POST', `/containers/${id}/start`);
  const seen = (await call('GET', `/containers/${id}/json`)) as { State: { Running: boolean } };
  if (!seen.State.Running) throw new Error(`${id} does not run`);
  return id;
}

export const removeRaw = (id: string): Promise<unknown> => call('DELETE', `/containers/${id}?force=true`);

/** When the engine says that it started, in milliseconds since the epoch with their fraction. */
export async function startedAt(id: string): Promise<number> {
  const { State: { StartedAt: at } } = (await call('GET', `/containers/${id}/json`)) as { State: { StartedAt: string } };
  return Date.parse(at) + Number(`0.${/\.\d{3}(\d*)/.exec(at)?.[1] ?? '0'}`);
}

/** Has the image there, made of Debian's busybox-static where nobody made it before. */
export async function ensureImage(image: string): Promise<void> {
  if (await call('GET', `/images/${image}/json`).then(() => true, () => false)) return;
  const root = await mkdtemp(join(tmpdir(), 'neb-bench-image-'));
  await mkdir(join(root, 'bin'));
  await cp('/bin/busybox', join(root, 'bin/busybox'));
  for (const applet of ['sh', 'sleep', 'echo', 'true']) await symlink('busybox', join(root, 'bin', applet));
  const tar = spawn('tar', ['-c', '-C', root, '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const sent = request({ socketPath, method: 'POST', path: `/images/create?fromSrc=-&repo=${image.split(':')[0]}&tag=latest`, headers: { 'content-type': 'application/x-tar' } });
  tar.stdout.pipe(sent);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  await rm(root, { recursive: true });
}

/** Calls `started` with the labels of each container that starts from now on, until it is disposed of. */
export async function followStarts(started: (id: string, labels: Readonly<Record<string, string>>) => void): Promise<Disposable> {
  const filters = encodeURIComponent(JSON.stringify({ type: ['container'], event: ['start'] }));
  const sent = request({ socketPath, method: 'GET', path: `/events?filters=${filters}` });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  // What is cut off at the end is an error of both.
  for (const each of [sent, answer]) each.on('error', () => undefined);
  createInterface({ input: answer }).on('error', () => undefined).on('line', (line) => {
    const { Actor } = JSON.parse(line) as { Actor: { ID: string; Attributes: Record<string, string> } };
    started(Actor.ID, Actor.Attributes);
  });
  return { [Symbol.dispose]: () => void sent.destroy() };
}

/** A bridge of its own, as a namespace of neb has one. */
export async function rawNetwork(subnet = '10.207.255.0/24'): Promise<{ readonly id: string; remove(): Promise<void> }> {
  const made = (await call('POST', '/networks/create', {
    Name: `neb-bench-raw-${process.pid}-${subnet.split('.')[2]}`,
    Driver: 'bridge',
    IPAM: { Config: [{ Subnet: subnet }] },
  })) as { Id: string };
  return { id: made.Id, remove: async () => void (await call('DELETE', `/networks/${made.Id}`)) };
}
