import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

const engine = '/var/run/docker.sock';

/** An image of Debian's busybox-static under a tag that nobody else uses. */
export async function busyboxImage(tag: string): Promise<{ readonly image: string; remove(): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), 'neb-image-'));
  await mkdir(join(root, 'bin'));
  await mkdir(join(root, 'tmp'));
  await cp('/bin/busybox', join(root, 'bin/busybox'));
  for (const applet of ['sh', 'echo', 'sleep', 'cat', 'seq', 'true', 'false', 'trap']) await symlink('busybox', join(root, 'bin', applet));
  const tar = spawn('tar', ['-c', '-C', root, '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await ask('POST', `/images/create?fromSrc=-&repo=neb-server-test&tag=${tag}`, tar.stdout);
  await rm(root, { recursive: true });
  const image = `neb-server-test:${tag}`;
  return { image, remove: async () => void (await ask('DELETE', `/images/${image}?force=true`)) };
}

/** Names of the containers of a fleet, whatever their state. */
export async function containersOf(fleet: string): Promise<readonly string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`neb.fleet=${fleet}`] }));
  const found = JSON.parse(await ask('GET', `/containers/json?all=true&filters=${filters}`)) as readonly { readonly Names: readonly string[] }[];
  return found.flatMap(({ Names }) => Names);
}

async function ask(method: string, path: string, body?: Readable): Promise<string> {
  const call = request({ socketPath: engine, method, path, headers: body ? { 'content-type': 'application/x-tar' } : {} });
  if (body) body.pipe(call);
  else call.end();
  const [response] = (await once(call, 'response')) as [Readable & { readonly statusCode: number }];
  let text = '';
  for await (const chunk of response as AsyncIterable<Buffer>) text += chunk.toString();
  if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${text}`);
  return text;
}
