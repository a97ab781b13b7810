import { NebError } from '@neb/core-types';
import { examples } from '../help/examples.ts';
import { find, refTo } from '../objects.ts';
import { oneTarget } from '../targets.ts';
import type { Attach, Run } from '../verb.ts';
import { interruption } from '../waiting.ts';

interface Flags {
  readonly address?: string;
}

export const attach: Attach = (command, act) => {
  command
    .argument('<name>', 'container, or service/NAME: a ready replica of it')
    .argument('<ports...>', 'LOCAL:CONTAINER, or one number for both; 0:80 takes any free local port')
    .option('--address <address>', 'local address to listen on; 127.0.0.1 if absent')
    .addHelpText('before', examples('Reach ports of a container, or of a service\'s replicas, from this machine, until Ctrl-C.', [
      ['neb port-forward web 8080:80', 'then http://127.0.0.1:8080'],
      ['neb port-forward web 8080:80 5432', 'several ports'],
      ['neb port-forward service/vllm-qwen 8000', 'each connection to another ready replica'],
    ]))
    .action(act<Flags>(portForward));
};

const portForward: Run<Flags> = async (session, { words, options }) => {
  const [nameWord = '', ...ports] = words;
  const pairs = ports.map(pairOf);
  const { kind, name } = oneTarget([nameWord]);
  if (kind !== 'Container' && kind !== 'Service') throw new NebError('invalid', `${nameWord} is neither a container nor a service`);
  const object = await find(session, kind, name);
  const neb = await session.neb();
  const client = kind === 'Service' ? neb.services : neb.containers;
  const { signal } = session;
  for (const { local, inside } of pairs) {
    const listener = await client.portForward(refTo(object), inside, {
      localPort: local, host: options.address, signal,
      onError: (error) => session.warn(`port ${inside}: ${error instanceof Error ? error.message : String(error)}`),
    });
    const { host, port } = listener;
    await session.out.entry({ kind: 'PortForward', [kind.toLowerCase()]: name, host, port, container_port: inside }, () => `Forwarding ${host}:${port} -> ${name}:${inside}\n`);
  }
  session.note('Ctrl-C ends it.');
  return interruption(session);
};

function pairOf(text: string): { readonly local: number; readonly inside: number } {
  const [, local, inside = local] = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(text) ?? [];
  const pair = { local: Number(local), inside: Number(inside) };
  if (local !== undefined && pair.local <= 65_535 && pair.inside >= 1 && pair.inside <= 65_535) return pair;
  throw new NebError('invalid', `"${text}" is not LOCAL:CONTAINER`, { hint: 'Write 8080:80, or 8080 for both.' });
}
