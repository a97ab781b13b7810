import type { Duplex } from 'node:stream';
import { isNebError, NebError } from '@neb/core-types';
import { addressOf, channelStream, connectSsh, type SshServer } from '@neb/ssh';
import type { Client, ClientChannel } from 'ssh2';
import type { Transport } from './transport.ts';

/** A host reached over SSH whose Docker Engine is used. One that is not known by `hostKeys` or `knownHosts` is refused. */
export interface SshTarget extends SshServer {
  /** `root` by default; needs permission to use the engine's socket, and no Docker command. */
  readonly username?: string | undefined;
  /** The engine's socket on the host; `/var/run/docker.sock` by default. */
  readonly socketPath?: string | undefined;
}

const channelMs = 10_000;

/** An engine behind SSH: one connection, made when first needed and again after it broke, carries every request. */
export function sshTransport(target: SshTarget): Transport {
  const { host, socketPath = '/var/run/docker.sock' } = target;
  const at = addressOf(target);
  let live: Promise<Client> | undefined;

  function connection(): Promise<Client> {
    if (live) return live;
    const next = connectSsh(target, () => {
      if (live === next) live = undefined;
    });
    live = next;
    return next;
  }

  async function channel(what: string, ask: (client: Client, done: (error: Error | undefined, channel: ClientChannel) => void) => void): Promise<ClientChannel> {
    const client = await connection();
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new NebError('unavailable', `${at} did not open ${what} within ${channelMs / 1000} s`)), channelMs);
      const done = (error: Error | undefined, opened: ClientChannel): void => {
        clearTimeout(timer);
        if (error) reject(channelRefused(at, what, error));
        else resolve(opened);
      };
      try {
        ask(client, done);
      } catch (error) {
        done(error as Error, undefined as never); // ssh2 throws where the connection has just gone.
      }
    });
  }

  return {
    at: `${at} over SSH`,
    host,
    sharesFiles: false,
    async open() {
      return channelStream(await channel(`the engine's socket ${socketPath}`, (client, done) => client.openssh_forwardOutStreamLocal(socketPath, done)));
    },
    async dial(address, to): Promise<Duplex> {
      return channelStream(await channel(`a connection to ${address}:${to}`, (client, done) => client.forwardOut('127.0.0.1', 0, address, to, done)));
    },
    async routes() {
      try {
        const output = await channel('a command', (client, done) => client.exec('cat /proc/net/route', done));
        const chunks: Buffer[] = [];
        for await (const chunk of channelStream(output)) chunks.push(chunk as Buffer);
        return Buffer.concat(chunks).toString();
      } catch (error) {
        if (isNebError(error, 'unavailable')) return undefined; // A host may allow forwarding and no commands.
        throw error;
      }
    },
    async close() {
      const client = await live?.catch(() => undefined);
      client?.end();
    },
  };
}

function channelRefused(at: string, what: string, error: Error & { reason?: number | string }): NebError {
  const prohibited = error.reason === 1 || /prohibited/i.test(error.message);
  const hint = prohibited ? 'Its sshd must allow forwarding: AllowStreamLocalForwarding and AllowTcpForwarding.' : undefined;
  return new NebError('unavailable', `${at} did not open ${what}: ${error.message}`, { cause: error, hint });
}
