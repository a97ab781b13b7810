import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const applets = ['sh', 'cat', 'echo', 'sleep', 'nc', 'true', 'env', 'kill', 'ps'];

/** An image made of Debian's busybox-static, under a tag of its own, at the engine of this machine; `remove` takes it and what is left of a fleet away. */
export async function busyboxImage(): Promise<{ readonly image: string; remove(fleets: readonly string[]): Promise<void> }> {
  const tag = randomBytes(6).toString('hex');
  const root = await mkdtemp(join(tmpdir(), 'neb-image-'));
  await mkdir(join(root, 'bin'));
  await mkdir(join(root, 'tmp'));
  await cp('/bin/busybox', join(root, 'bin/busybox'));
  await Promise.all(applets.map((name) => symlink('busybox', join(root, 'bin', name))));
  const tar = spawn('tar', ['-c', '-C', root, '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await ask('POST', `/images/create?fromSrc=-&repo=neb-test&tag=${tag}`, tar.stdout);
  await rm(root, { recursive: true });
  const image = `neb-test:${tag}`;
  return {
    image,
    async remove(fleets) {
      for (const fleet of fleets) await sweep(fleet);
      await ask('DELETE', `/images/${image}?force=true`);
    },
  };
}

async function sweep(fleet: string): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`neb.fleet=${fleet}`] }));
  for (const { Id } of JSON.parse(await ask('GET', `/containers/json?all=true&filters=${filters}`)) as { Id: string }[]) await ask('DELETE', `/containers/${Id}?force=true&v=true`);
  for (const { Id } of JSON.parse(await ask('GET', `/networks?filters=${filters}`)) as { Id: string }[]) await ask('DELETE', `/networks/${Id}`);
}

async function ask(method: string, path: string, body?: Readable): Promise<string> {
  const asked = request({ socketPath: '/var/run/docker.sock', method, path, headers: body ? { 'Content-Type': 'application/x-tar' } : {} });
  const answered = new Promise<string>((resolve, reject) => {
    asked.on('error', reject).on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; }).on('end', () => resolve(text)).on('error', reject);
    });
  });
  if (body) await pipeline(body, asked);
  else asked.end();
  return await answered;
}
