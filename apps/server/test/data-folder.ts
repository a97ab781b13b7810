import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, loadConfig } from '../src/config.ts';
import { stopAbandonedGateway } from '../src/gateway/settings.ts';
import { stopAbandonedRedis } from '../src/redis/own-home.ts';

export interface DataFolder {
  /** The configuration of a server on a free port with everything in this folder, and no platform of its own unless `more` names one. */
  config(more?: Readonly<Record<string, string>>): Config;
  readonly path: string;
  remove(): Promise<void>;
}

/** A folder for the private PostgreSQL, which under root belongs to another account: it has to be let in. */
export async function dataFolder(): Promise<DataFolder> {
  const parent = await mkdtemp(join(tmpdir(), 'neb-server-'));
  await chmod(parent, 0o755);
  const path = join(parent, 'data');
  return {
    path,
    config: (more = {}) => loadConfig({ NEB_DATA_DIR: path, NEB_PORT: '0', NEB_GATEWAY_PORT: '0', NEB_PLATFORMS: 'memory', NEB_LOG_LEVEL: 'silent', ...more }, { HOME: parent, PATH: process.env.PATH }),
    async remove() {
      // A server that was killed leaves its database, its Redis and its gateway running, for the next one to find.
      await stopAbandonedRedis({ dataDir: path });
      await stopAbandonedGateway({ dataDir: path });
      for (const cluster of [`${path}-postgres`, join(path, 'postgres')]) {
        const pid = await readFile(join(cluster, 'data/postmaster.pid'), 'utf8').then((text) => Number(text.split('\n')[0]), () => undefined);
        if (pid !== undefined) process.kill(pid, 'SIGINT');
      }
      await rm(parent, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}
