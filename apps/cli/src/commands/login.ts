import { NebError } from '@neb/core-types';
import { createNeb } from '@neb/sdk';
import { examples } from '../help/examples.ts';
import { readAll } from '../manifests/sources.ts';
import { changeContexts, userFile } from '../settings/files.ts';
import { isLoopback, withScheme } from '../settings/settings.ts';
import type { Attach, Run } from '../verb.ts';

interface Flags {
  readonly tokenStdin?: boolean;
  readonly name?: string;
  readonly check: boolean;
}

export const attach: Attach = (command, act) => {
  command
    .argument('[url]', 'server; the one in use if absent')
    .option('--token-stdin', 'read the token from stdin, so that it is in no history and no process list')
    .option('--name <context>', 'name of the context; made of the server\'s if absent')
    .option('--no-check', 'keep it without asking the server')
    .addHelpText('before', examples('Keep a server and its token as a context, in a file that only you can read, and use it from now on.', [
      ['neb login https://neb.acme.dev --token-stdin < token.txt', ''],
      ['neb login', 'the server of this machine, with its own token'],
      ['pass show neb | neb login neb.acme.dev --token-stdin --name prod', ''],
    ]))
    .action(act<Flags>(login));
};

const login: Run<Flags> = async (session, { words, options }) => {
  const settings = await session.settings();
  const server = words[0] === undefined ? settings.server.value : withScheme(words[0]);
  const known = settings.server.value === server ? settings.token?.value : undefined;
  const token = options.tokenStdin ? (await readAll(session.world.stdin)).trim() : (session.flags.token ?? known);
  if (!token) throw new NebError('invalid', 'the token is missing', { hint: `neb login ${server} --token-stdin < FILE` });
  const caller = options.check ? await createNeb({ url: server, token }).whoami(session) : undefined;
  const name = options.name ?? nameOf(server);
  await changeContexts(session.world.env, { do: 'put', name, context: { server, token }, use: true });
  await session.out.value({ kind: 'Context', name, server, user: caller?.id, file: userFile(session.world.env) }, () =>
    `Logged in at ${server}${caller ? ` as ${caller.id}` : ''}; the context ${name} is now in use\n`);
};

/** `neb` of neb.acme.dev; this machine is `local`, and an address stands for itself. */
function nameOf(server: string): string {
  const { hostname } = new URL(server);
  if (isLoopback(server)) return 'local';
  return /^[\d.]+$|:/.test(hostname) ? hostname : hostname.split('.')[0]!;
}
