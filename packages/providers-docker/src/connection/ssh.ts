import type { Duplex } from 'node:stream';
import { isNebError, NebError } from '@neb/core-types';
import type { Client, ClientChannel, ConnectConfig, ServerHostKeyAlgorithm } from 'ssh2';
import { channelStream } from './channel.ts';
import { fingerprint, type HostTrust, judgeHostKey, knownKeyTypes, type Verdict } from './known-hosts.ts';
import type { Transport } from './transport.ts';

/** A host reached over SSH whose Docker Engine is used. One that is not known by `hostKeys` or `knownHosts` is refused. */
export interface SshTarget extends HostTrust {
  readonly host: string;
  /** 22 by default. */
  readonly port?: number | undefined;
  /** `root` by default; needs permission to use the engine's socket, and no Docker command. */
  readonly username?: string | undefined;
  /** In PEM or OpenSSH form. */
  readonly privateKey?: string | undefined;
  readonly passphrase?: string | undefined;
  /** The path of an ssh-agent's socket, used where no `privateKey` is given or accepted. */
  readonly agent?: string | undefined;
  /** The engine's socket on the host; `/var/run/docker.sock` by default. */
  readonly socketPath?: string | undefined;
}

const readyMs = 10_000;
const channelMs = 10_000;

/** An engine behind SSH: one connection, made when first needed and again after it broke, carries every request. */
export function sshTransport(target: SshTarget): Transport {
  const { host, port = 22, username = 'root', socketPath = '/var/run/docker.sock' } = target;
  const at = `${username}@${host}${port === 22 ? '' : `:${port}`}`;
  let live: Promise<Client> | undefined;

  function connection(): Promise<Client> {
    if (live) return live;
    const next = connect(target, at, () => {
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

async function connect(target: SshTarget, at: string, gone: () => void): Promise<Client> {
  const { Client } = await import('ssh2');
  const client = new Client();
  let shown: { readonly verdict: Verdict; readonly key: Buffer } | undefined;
  const config = configFor(target, (key, verdict) => { shown = { key, verdict }; });

  return await new Promise((resolve, reject) => {
    client.on('ready', () => {
      client.setNoDelay(true); // A new channel otherwise waits 40 ms for Nagle.
      resolve(client);
    });
    client.on('close', () => {
      gone();
      reject(new NebError('unavailable', `${at} closed the SSH connection`));
    });
    client.on('error', (error) => {
      gone();
      reject(connectionFailed(at, shown, error));
    });
    try {
      client.connect(config);
    } catch (error) {
      gone();
      reject(new NebError('invalid', `the SSH settings for ${at} are not usable: ${(error as Error).message}`, { cause: error }));
    }
  });
}

function configFor(target: SshTarget, judged: (key: Buffer, verdict: Verdict) => void): ConnectConfig {
  const { host, port = 22, username = 'root', privateKey, passphrase, agent } = target;
  const types = knownKeyTypes(target, { host, port });
  return {
    host, port, username,
    readyTimeout: readyMs,
    keepaliveInterval: 5_000,
    keepaliveCountMax: 2,
    hostVerifier: (key: Buffer) => {
      const verdict = judgeHostKey(target, { host, port }, key);
      judged(key, verdict);
      return verdict === 'trusted';
    },
    ...(privateKey !== undefined && { privateKey }),
    ...(passphrase !== undefined && { passphrase }),
    ...(agent !== undefined && { agent }),
    ...(types.length > 0 && { algorithms: { serverHostKey: types as ServerHostKeyAlgorithm[] } }),
  };
}

function connectionFailed(at: string, shown: { readonly verdict: Verdict; readonly key: Buffer } | undefined, error: Error & { level?: string }): NebError {
  if (shown && shown.verdict !== 'trusted') return keyRefused(at, shown.verdict, shown.key);
  if (error.level === 'client-authentication') {
    return new NebError('unauthorized', `${at} refuses the SSH key`, { cause: error, hint: 'Add its public half to ~/.ssh/authorized_keys there.' });
  }
  return new NebError('unavailable', `${at} cannot be reached over SSH: ${error.message}`, { cause: error });
}

function keyRefused(at: string, verdict: Verdict, key: Buffer): NebError {
  const shown = fingerprint(key);
  if (verdict === 'unknown') {
    return new NebError('unavailable', `the SSH host key of ${at} is not known`, { hint: `If ${shown} is right, add it to known_hosts or to the host's hostKeys.` });
  }
  const what = verdict === 'revoked' ? 'is revoked' : 'is not the one known';
  return new NebError('unavailable', `the SSH host key of ${at} ${what}; it showed ${shown}`, { hint: 'Somebody may be listening in. Replace the known key only if you know why it changed.' });
}

function channelRefused(at: string, what: string, error: Error & { reason?: number | string }): NebError {
  const prohibited = error.reason === 1 || /prohibited/i.test(error.message);
  const hint = prohibited ? 'Its sshd must allow forwarding: AllowStreamLocalForwarding and AllowTcpForwarding.' : undefined;
  return new NebError('unavailable', `${at} did not open ${what}: ${error.message}`, { cause: error, hint });
}
