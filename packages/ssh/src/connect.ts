import { type Call, NebError, unlessAborted } from '@neb/core-types';
import type { Client, ConnectConfig, ServerHostKeyAlgorithm } from 'ssh2';
import { fingerprint, type HostTrust, judgeHostKey, knownKeyTypes, type Verdict } from './known-hosts.ts';

/** An SSH server, and who logs in. One that is not known by `hostKeys` or `knownHosts` is refused. */
export interface SshServer extends HostTrust {
  readonly host: string;
  /** 22 by default. */
  readonly port?: number | undefined;
  /** `root` by default. */
  readonly username?: string | undefined;
  /** In PEM or OpenSSH form. */
  readonly privateKey?: string | undefined;
  readonly passphrase?: string | undefined;
  /** The path of an ssh-agent's socket, used where no `privateKey` is given or accepted. */
  readonly agent?: string | undefined;
}

/** The server as its user knows it: `user@host`, and the port where it is another. */
export function addressOf({ host, port = 22, username = 'root' }: SshServer): string {
  return `${username}@${host}${port === 22 ? '' : `:${port}`}`;
}

/**
 * A connection whose host has shown a known key. `gone` is called once it is of no more use, and `end()` ends it. Rejects with
 * `unauthorized` where the key is refused, `invalid` where the settings cannot be used, else `unavailable`, whose cause is what ssh2 said.
 * Where the call is aborted nothing is left open.
 */
export async function connectSsh(server: SshServer, gone: () => void = () => {}, call?: Call): Promise<Client> {
  const { Client } = await import('ssh2');
  call?.signal?.throwIfAborted();
  const at = addressOf(server);
  const client = new Client();
  let shown: { readonly verdict: Verdict; readonly key: Buffer } | undefined;
  const config = configFor(server, (key, verdict) => { shown = { key, verdict }; });

  const connected = new Promise<Client>((resolve, reject) => {
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
  try {
    return await unlessAborted(connected, call?.signal);
  } catch (error) {
    client.destroy();
    throw error;
  }
}

const readyMs = 10_000;

function configFor(server: SshServer, judged: (key: Buffer, verdict: Verdict) => void): ConnectConfig {
  const { host, port = 22, username = 'root', privateKey, passphrase, agent } = server;
  const types = knownKeyTypes(server, { host, port });
  return {
    host, port, username,
    readyTimeout: readyMs,
    keepaliveInterval: 5_000,
    keepaliveCountMax: 2,
    hostVerifier: (key: Buffer) => {
      const verdict = judgeHostKey(server, { host, port }, key);
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
