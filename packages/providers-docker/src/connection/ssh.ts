import { text } from 'node:stream/consumers';
import { isNebError } from '@neb/core-types';
import { addressOf, type SshServer } from '@neb/ssh';
import { farPorts } from './far-ports.ts';
import { lanes } from './lanes.ts';
import type { Transport } from './transport.ts';

/** A host reached over SSH whose Docker Engine is used. One that is not known by `hostKeys` or `knownHosts` is refused. */
export interface SshTarget extends SshServer {
  /** `root` by default; needs permission to use the engine's socket, and no Docker command. */
  readonly username?: string | undefined;
  /** The engine's socket on the host; `/var/run/docker.sock` by default. */
  readonly socketPath?: string | undefined;
}

/** An engine behind SSH: one connection, made when first needed and again after it broke, carries every request, and more carry what is too much for one. */
export function sshTransport(target: SshTarget): Transport {
  const { host, socketPath = '/var/run/docker.sock' } = target;
  const { open, close } = lanes(target);
  const ports = farPorts(target);

  return {
    at: `${addressOf(target)} over SSH`,
    host,
    sharesFiles: false,
    open: () => open(`the engine's socket ${socketPath}`, (client, done) => client.openssh_forwardOutStreamLocal(socketPath, done)),
    dial: (address, port) => open(`a connection to ${address}:${port}`, (client, done) => client.forwardOut('127.0.0.1', 0, address, port, done)),
    listen: ports.listen,
    async routes() {
      try {
        return await text(await open('a command', (client, done) => client.exec('cat /proc/net/route', done)));
      } catch (error) {
        // A host may allow forwarding and no commands, and the connection may break meanwhile.
        if (isNebError(error, 'unavailable') || (error as NodeJS.ErrnoException).code === 'ECONNRESET') return undefined;
        throw error;
      }
    },
    async close() {
      await Promise.all([close(), ports.close()]);
    },
  };
}
