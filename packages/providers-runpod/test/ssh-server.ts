import { connect } from 'node:net';
import { keyring } from '@neb/ssh';
import ssh2 from 'ssh2';
import { door, type Relay } from './relay.ts';

/** What a server does with a channel to a port: connects it to that of this machine, refuses it, or keeps it waiting until it is told. */
export type Answer = { readonly to: number } | 'refused' | 'held';

/** A pod's SSH server in this process, where a test must see or stage what the real ones do not show. It listens on a port of this machine. */
export interface SshServer extends Relay {
  /** How many channels are open. */
  channels(): number;
  /** How many are held. */
  held(): number;
  /** Opens those that are held, to the port. */
  release(to: number): void;
}

/** Knows who may log in, and is known, as the pod of that fleet and key. Without `answer` it forwards nothing. */
export async function sshServer({ secret, fleet, key }: { readonly secret: string; readonly fleet: string; readonly key: string }, answer?: (port: number) => Answer): Promise<SshServer> {
  const keys = keyring(secret);
  const [, user] = keys.user(fleet).publicKey.split(' ');
  const held = new Set<(to: number) => void>();
  let channels = 0;
  const server = new ssh2.Server({ hostKeys: [keys.host({ fleet, key }).privateKey] }, (client) => {
    client.on('error', () => {});
    client.on('authentication', (asked) => {
      if (asked.method === 'publickey' && asked.key.data.toString('base64') === user) asked.accept();
      else asked.reject(['publickey']);
    });
    if (answer) client.on('tcpip', (accept, reject, { destPort }) => {
      const opened = (to: number): void => {
        const inner = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true });
        inner.once('error', () => reject());
        inner.once('connect', () => {
          const channel = accept();
          channels += 1;
          channel.on('error', () => {}).on('close', () => {
            channels -= 1;
            inner.destroy();
          });
          inner.on('close', () => channel.close());
          inner.pipe(channel).pipe(inner);
        });
      };
      const what = answer(destPort);
      if (what === 'refused') reject();
      else if (what === 'held') held.add(opened);
      else opened(what.to);
    });
  });
  const front = await door((socket) => server.injectSocket(socket));
  return {
    ...front,
    channels: () => channels,
    held: () => held.size,
    release(to) {
      for (const opened of held) opened(to);
      held.clear();
    },
  };
}
