import { examples } from '../help/examples.ts';
import type { Attach, Run } from '../verb.ts';
import { version } from '../version.ts';

interface Flags {
  readonly client?: boolean;
}

export const attach: Attach = (command, act) => {
  command
    .option('--client', 'of the client only; asks no server')
    .addHelpText('before', examples('Show the versions of client and server.', [['neb version', ''], ['neb version --client -o json', '']]))
    .action(act<Flags>(show));
};

const show: Run<Flags> = async (session, { options }) => {
  const client = { version, node: process.versions.node, platform: `${process.platform}/${process.arch}` };
  if (options.client) return session.out.value({ client }, () => `client ${version} (node ${client.node}, ${client.platform})\n`);
  const { server: { value: url } } = await session.settings();
  // Who asks for versions should learn the client's, also where no server answers.
  const server = await (await session.neb()).version(session).catch((error: unknown) => {
    session.signal.throwIfAborted();
    return { error: error instanceof Error ? error.message : String(error) };
  });
  await session.out.value({ client, server: { url, ...server } }, () => {
    const theirs = 'error' in server ? server.error : `${server.version} at ${url} (fleet ${server.fleet}, ${server.database})`;
    return `client ${version} (node ${client.node}, ${client.platform})\nserver ${theirs}\n`;
  });
  if (!('error' in server) && server.version !== version) session.warn(`client ${version} and server ${server.version} differ; not everything may work`);
};
