import { NebError } from '@neb/core-types';
import { createNeb } from '@neb/sdk';
import { examples } from '../help/examples.ts';
import { readAll } from '../manifests/sources.ts';
import { changeContexts, userFile } from '../settings/files.ts';
import { isLoopback, type Settings, withScheme } from '../settings/settings.ts';
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
    .addHelpText('before', examples('Log in to a server, and use it from now on. A login or a token is kept as a context, in a file that only you can read.', [
      ['neb login https://neb.acme.dev', 'with a code that you confirm in a browser'],
      ['neb login https://neb.acme.dev --token-stdin < token.txt', ''],
      ['neb login', 'the server of this machine, with its own token'],
      ['pass show neb | neb login neb.acme.dev --token-stdin --name prod', ''],
    ]))
    .action(act<Flags>(login));
};

const login: Run<Flags> = async (session, { words, options }) => {
  const settings = await session.settings();
  const server = words[0] === undefined ? settings.server.value : withScheme(words[0]);
  const given = options.tokenStdin ? (await readAll(session.world.stdin)).trim() : session.flags.token;
  if (given === '') throw new NebError('invalid', 'the token is missing', { hint: `neb login ${server} --token-stdin < FILE` });
  const token = given ?? knownFor(settings, server) ?? (await (await import('./login-device.ts')).loginByDevice(session, server));
  const caller = options.check ? await createNeb({ url: server, token }).whoami(session) : undefined;
  const name = options.name ?? nameOf(server);
  await changeContexts(session.world.env, { do: 'put', name, context: { server, token }, use: true });
  await session.out.value({ kind: 'Context', name, server, user: caller?.id, file: userFile(session.world.env) }, () =>
    `Logged in at ${server}${caller ? ` as ${caller.id}` : ''}; the context ${name} is now in use\n`);
};

/** A token that this machine or its user has been given for the server. That of an earlier login is replaced, not kept. */
function knownFor({ server: inUse, token }: Settings, server: string): string | undefined {
  return inUse.value === server && token && !token.value.startsWith('nebs_') ? token.value : undefined;
}

/** `neb` of neb.acme.dev; this machine is `local`, and an address stands for itself. */
function nameOf(server: string): string {
  const { hostname } = new URL(server);
  if (isLoopback(server)) return 'local';
  return /^[\d.]+$|:/.test(hostname) ? hostname : hostname.split('.')[0]!;
}
