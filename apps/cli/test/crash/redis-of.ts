import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { bridgeAddress } from '@neb/server';
import { freePort } from '@neb/core-types/testing';

const run = promisify(execFile);

/** A Redis as the test itself sees it, beside the server that uses it. */
export interface SeenRedis {
  hash(key: string): Promise<ReadonlyMap<string, string>>;
  members(key: string): Promise<ReadonlySet<string>>;
  list(key: string): Promise<readonly string[]>;
  /** SIGKILL, and nothing else. */
  kill(): Promise<void>;
}

/** The private Redis of a server. */
export function redisOf(dataDir: string): SeenRedis {
  return seen(async () => {
    const [port, password] = await Promise.all(['port', 'password'].map((name) => readFile(join(dataDir, 'redis', name), 'utf8')));
    return ['-p', port!.trim(), '-a', password!.trim()];
  });
}

/** A Redis that somebody else runs, which knows its users no more when it is started anew. */
export interface OwnRedis extends SeenRedis, AsyncDisposable {
  readonly url: string;
  /** Again, with what its files say. */
  start(): void;
}

export async function ownRedis(): Promise<OwnRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'neb-own-redis-'));
  const port = String(await freePort());
  const password = 'a-password-of-a-test';
  // Of a bridge that Docker has just made, Docker does not tell it.
  const bridge = await bridgeAddress();
  let child: ReturnType<typeof spawn> | undefined;
  const all = seen(async () => ['-p', port, '-a', password]);
  const start = (): void => {
    child = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', ...(bridge === undefined ? [] : [`-${bridge}`]), '--requirepass', password, '--dir', folder, '--save', '', '--appendonly', 'yes', '--appendfsync', 'always'], { stdio: 'ignore' });
  };
  start();
  return {
    ...all, start,
    url: `redis://:${password}@127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      if (child && child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function seen(login: () => Promise<readonly string[]>): SeenRedis {
  /** Its reply, a line each; asked again while it is away. */
  async function ask(...command: readonly string[]): Promise<readonly string[]> {
    for (let tries = 0; ; tries++) {
      try {
        const { stdout } = await run('redis-cli', ['--no-auth-warning', '-e', ...(await login()), ...command], { maxBuffer: 2 ** 26 });
        return stdout.split('\n').filter(Boolean);
      } catch (error) {
        if (tries > 100) throw error;
        await sleep(100);
      }
    }
  }

  return {
    async hash(key) {
      const lines = await ask('HGETALL', key);
      return new Map(Array.from({ length: lines.length / 2 }, (_, n) => [lines[2 * n]!, lines[2 * n + 1]!]));
    },
    members: async (key) => new Set(await ask('SMEMBERS', key)),
    list: (key) => ask('LRANGE', key, '0', '-1'),
    async kill() {
      const pid = Number((await ask('INFO', 'server')).find((line) => line.startsWith('process_id:'))!.slice('process_id:'.length));
      process.kill(pid, 'SIGKILL');
    },
  };
}
