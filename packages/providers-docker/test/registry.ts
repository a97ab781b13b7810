import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RegistryCredentials } from '@neb/core-types';
import { freePort } from '@neb/core-types/testing';
import { path } from '../src/connection/client.ts';
import { jsonLines } from '../src/json-lines.ts';
import { engineApi } from './real-engine.ts';
import { listening } from './sshd.ts';

export interface Registry {
  /** As it stands before an image's name. */
  readonly address: string;
  readonly credentials: RegistryCredentials;
  /** Puts a local image there under `name`, and takes that name away from the engine, so that it must be pulled. */
  push(image: string, name: string): Promise<string>;
  stop(): Promise<void>;
}

/** Debian's docker-registry on loopback, which wants a password. */
export async function registry(): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'neb-registry-'));
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const credentials = { username: 'reader', password: 'correct-horse-battery' };
  const { stdout: htpasswd } = await promisify(execFile)('htpasswd', ['-Bbn', credentials.username, credentials.password]);
  await writeFile(join(folder, 'htpasswd'), htpasswd);
  await writeFile(join(folder, 'config.yml'), [
    'version: 0.1', 'log: { level: error, accesslog: { disabled: true } }', `storage: { filesystem: { rootdirectory: ${folder}/data } }`,
    `http: { addr: "${address}" }`, `auth: { htpasswd: { realm: test, path: ${folder}/htpasswd } }`,
  ].join('\n'));
  const server = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
  const ended = new Promise((resolve, reject) => server.once('exit', resolve).once('error', reject));
  await Promise.race([listening(port), ended.then(() => Promise.reject(new Error('docker-registry did not start')))]);

  return {
    address,
    credentials,
    async push(image, name) {
      const [repo, tag] = [`${address}/${name}`, 'v1'];
      await engineApi.done({ method: 'POST', path: path`/images/${image}/tag`, query: { repo, tag } });
      const auth = Buffer.from(JSON.stringify({ ...credentials, serveraddress: address })).toString('base64url');
      const body = await engineApi.stream({ method: 'POST', path: `/images/${repo}/push`, query: { tag }, headers: { 'X-Registry-Auth': auth } });
      for await (const line of jsonLines(body)) if (typeof line === 'object' && line && 'error' in line) throw new Error(String(line.error));
      await engineApi.done({ method: 'DELETE', path: path`/images/${`${repo}:${tag}`}` });
      return `${repo}:${tag}`;
    },
    async stop() {
      server.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}
