import { systemRandom } from '@neb/core-types';
import { examples } from '../help/examples.ts';
import type { Session } from '../session.ts';
import type { Attach, Run } from '../verb.ts';
import { version } from '../version.ts';

interface Flags {
  readonly host?: string;
  readonly port?: string;
  readonly docker?: boolean;
  readonly image?: string;
  readonly print?: boolean;
}

export const attach: Attach = (command, act) => {
  command
    .option('--host <address>', 'address to listen on; 127.0.0.1 if absent')
    .option('--port <port>', 'port to listen on; 3000 if absent')
    .option('--docker', 'run it in containers, with PostgreSQL and Redis, by docker compose')
    .option('--image <image>', 'with --docker: image of the control plane; built if absent')
    .option('--print', 'with --docker: only write the compose file, and say where')
    .addHelpText('before', examples('Run the control plane in the foreground, until Ctrl-C. Without configuration it brings a private PostgreSQL.', [
      ['neb serve', 'on 127.0.0.1:3000'],
      ['DATABASE_URL=postgres://... neb serve --host 0.0.0.0', 'several may share one PostgreSQL'],
      ['neb serve --docker', 'in containers; keys of clouds are passed on'],
      ['neb up', 'the same in the background'],
    ]))
    .action(act<Flags>(serve));
};

const serve: Run<Flags> = async (session, { options }) => {
  if (options.docker) return serveInDocker(session, options);
  const { loadConfig, startServer } = await import('@neb/server');
  const config = loadConfig({
    ...session.world.env.all,
    ...(options.host !== undefined && { NEB_HOST: options.host }),
    ...(options.port !== undefined && { NEB_PORT: options.port }),
    ...(session.out.format.do === 'json' && { NEB_LOG_FORMAT: 'json' }),
  });
  const stopped = stopSignal(session.signal);
  const server = await startServer(config);
  // neb down asks for it, and again where it is repeated: without a listener that would end the process.
  process.on('SIGUSR2', () => server.wind());
  await stopped;
  await server.close();
  return 0;
};

/** Resolves at the first SIGINT or SIGTERM; the second SIGTERM ends the process at once, as the second SIGINT does. */
function stopSignal(interrupted: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (interrupted.aborted) resolve();
    interrupted.addEventListener('abort', () => resolve(), { once: true });
    process.once('SIGTERM', () => {
      process.once('SIGTERM', () => process.exit(143));
      resolve();
    });
  });
}

async function serveInDocker(session: Session, options: Flags): Promise<number> {
  const [{ writeCompose }, { composeCommand, runCompose }, { bridgeAddress }] = await Promise.all([import('../local/compose.ts'), import('../local/run-compose.ts'), import('@neb/server')]);
  const { env } = session.world;
  const host = options.host ?? '127.0.0.1';
  const port = Number(options.port ?? 3_000);
  const { file, secrets } = writeCompose({ env, host, port, image: options.image, bridge: await bridgeAddress(), version, random: systemRandom });
  if (options.print) {
    await session.out.value({ kind: 'Compose', file, secrets }, () => `${file}\n`);
    return 0;
  }
  const compose = await composeCommand();
  session.note(`Starting PostgreSQL, Redis and the control plane of ${file}; neb answers at http://${host}:${port}. Ctrl-C stops them.`);
  return runCompose(session, [...compose, '--env-file', secrets, '--file', file, 'up', '--build']);
}
