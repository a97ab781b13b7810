import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { createNeb, type Neb } from '@neb/sdk';
import { type Deps, loadConfig, startServer } from '@neb/server';

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly neb: Neb;
  readonly dataDir: string;
  /** Stops it, and leaves its data. */
  stop(): Promise<void>;
}

/** A real server in this process, on a free port, with a database of its own. */
export async function testServer(env: Readonly<Record<string, string>> = {}, deps: Deps = {}): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'neb-cli-server-'));
  const config = loadConfig({ NEB_DATA_DIR: dataDir, NEB_PORT: '0', NEB_GATEWAY_PORT: '0', NEB_PLATFORMS: 'memory', NEB_LOG_LEVEL: 'error', ...env }, { PATH: process.env['PATH'], HOME: dataDir });
  const server = await startServer(config, deps);
  const token = readFileSync(join(dataDir, 'token'), 'utf8').trim();
  return {
    url: server.url, token, dataDir,
    stop: () => server.close(),
    neb: createNeb({ url: server.url, token }),
    async [Symbol.asyncDispose]() {
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
