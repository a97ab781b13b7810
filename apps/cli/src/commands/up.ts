import { existsSync } from 'node:fs';
import { NebError, parseDuration } from '@neb/core-types';
import { examples } from '../help/examples.ts';
import { startLocal } from '../local/start.ts';
import { localFiles } from '../local/server-state.ts';
import { changeContexts } from '../settings/files.ts';
import type { Attach, Run } from '../verb.ts';

interface Flags {
  readonly host?: string;
  readonly port?: string;
  readonly timeout: string;
}

export const attach: Attach = (command, act) => {
  command
    .option('--host <address>', 'address to listen on; 127.0.0.1 if absent')
    .option('--port <port>', 'port to listen on; 3000 if absent')
    .option('--timeout <duration>', 'how long to wait until it is ready', '60s')
    .addHelpText('before', examples('Start a local server in the background, and use it from now on. Repeating it finds the one that runs.', [
      ['neb up', ''],
      ['neb up --port 3001', 'where 3000 is taken'],
      ['NEB_DATA_DIR=/data/neb neb up', 'keep its state elsewhere'],
    ]))
    .action(act<Flags>(up));
};

const up: Run<Flags> = async (session, { options }) => {
  const { env } = session.world;
  const wanted = options.port ?? (env.all['NEB_PORT'] || '3000');
  const port = Number(wanted);
  if (!(Number.isInteger(port) && port > 0 && port < 65_536)) throw new NebError('invalid', `${options.port === undefined ? 'NEB_PORT' : '--port'} ${wanted} is not a port`);
  const deadlineMs = parseDuration(options.timeout);
  if (deadlineMs === undefined) throw new NebError('invalid', `--timeout ${options.timeout} is not a duration`);
  const { state, fresh } = await startLocal(session, { host: options.host ?? (env.all['NEB_HOST'] || '127.0.0.1'), port, deadlineMs });
  const { token, log } = localFiles(env);
  await changeContexts(env, { do: 'put', name: 'local', context: { server: state.url, ...(existsSync(token) && { tokenFile: token }) }, use: true });
  const { green, bold } = session.out.style;
  await session.out.value({ kind: 'Server', ...state, fresh, context: 'local', data_dir: env.dataDir, log }, () =>
    `${green(fresh ? 'The server is ready' : 'The server runs already')} at ${bold(state.url)} (process ${state.pid})\n`);
  if (fresh) session.note(session.style.dim('Next: neb create container hello --image busybox --cmd "echo hello"; neb get containers; neb down'));
};
