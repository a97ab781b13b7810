import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { NebError } from '@neb/core-types';
import type { Session } from '../session.ts';

/** The compose command of this machine: the plugin, or the older program. Throws `unsupported` with how to get one. */
export async function composeCommand(): Promise<readonly string[]> {
  for (const command of [['docker', 'compose'], ['docker-compose']] as const) if (await succeeds([...command, 'version'])) return command;
  const hint = 'Install the compose plugin: apt-get install docker-compose-v2 (Ubuntu), docker-compose-plugin (from docker.com) or docker-compose (Debian). Or run neb up, which needs no compose.';
  if (!(await succeeds(['docker', '--version']))) throw new NebError('unsupported', 'neb serve --docker needs Docker, and there is no docker command', { hint: 'Install Docker (docs.docker.com/engine/install), or run neb up on a machine with it.' });
  throw new NebError('unsupported', 'neb serve --docker needs docker compose, which this machine does not have', { hint });
}

/** Runs compose in the foreground; its exit code. A Ctrl-C reaches it directly, and it stops what it started. */
export async function runCompose(session: Session, words: readonly string[]): Promise<number> {
  const [program = '', ...args] = words;
  const child = spawn(program, args, { stdio: ['inherit', session.out.format.do === 'json' ? 2 : 'inherit', 'inherit'], env: { ...session.world.env.all } });
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? (signal === 'SIGINT' ? 130 : 1);
}

async function succeeds([program = '', ...args]: readonly string[]): Promise<boolean> {
  const child = spawn(program, args, { stdio: 'ignore' });
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
