import type { Duplex } from 'node:stream';
import { NebError } from '@neb/core-types';
import { addressOf, channelStream, connectSsh, type SshServer } from '@neb/ssh';
import type { Client, ClientChannel } from 'ssh2';

/** What asks for a channel: a method of ssh2's client. */
export type Ask = (client: Client, done: (error: Error | undefined, channel: ClientChannel) => void) => void;

/** The SSH connections to one host: one, made when first needed and again after it broke, and another for as many channels as one cannot have. */
export interface Lanes {
  /** A channel as a stream, which breaks with ECONNRESET where its connection does. Rejects with `unavailable` where it is not opened in time, and with what `connectSsh` does. */
  open(what: string, ask: Ask): Promise<Duplex>;
  close(): Promise<void>;
}

interface Lane {
  readonly client: Promise<Client>;
  readonly streams: Set<Duplex>;
  /** Asked for, and not there yet. */
  coming: number;
}

/** sshd has a file for each, of which most systems give it 1,024; past that it refuses. */
const channelsAtMost = 500;
const channelMs = 10_000;

export function lanes(server: SshServer): Lanes {
  const at = addressOf(server);
  const all = new Set<Lane>();

  function laneWithRoom(): Lane {
    for (const lane of all) if (lane.streams.size + lane.coming < channelsAtMost) return lane;
    const streams = new Set<Duplex>();
    const lane: Lane = {
      streams, coming: 0,
      client: connectSsh(server, () => {
        all.delete(lane);
        // A channel whose connection broke would otherwise end as one that said all it had to say.
        for (const stream of streams) stream.destroy(Object.assign(new Error(`the SSH connection to ${at} broke`), { code: 'ECONNRESET' }));
      }),
    };
    all.add(lane);
    return lane;
  }

  /** One lane stays, for what comes next. */
  function leave(lane: Lane, stream: Duplex): void {
    lane.streams.delete(stream);
    if (lane.streams.size + lane.coming > 0 || all.size === 1 || !all.delete(lane)) return;
    lane.client.then((client) => client.end(), () => undefined);
  }

  return {
    async open(what, ask) {
      const lane = laneWithRoom();
      lane.coming++;
      try {
        const stream = channelStream(await channelOf(await lane.client, at, { what, ask }));
        lane.streams.add(stream);
        stream.once('close', () => leave(lane, stream));
        return stream;
      } finally {
        lane.coming--;
      }
    },
    async close() {
      for (const { client } of all) (await client.catch(() => undefined))?.end();
    },
  };
}

async function channelOf(client: Client, at: string, { what, ask }: { readonly what: string; readonly ask: Ask }): Promise<ClientChannel> {
  return await new Promise((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      reject(new NebError('unavailable', `${at} did not open ${what} within ${channelMs / 1000} s`));
    }, channelMs);
    const done = (error: Error | undefined, opened: ClientChannel): void => {
      clearTimeout(timer);
      if (error) reject(channelRefused(at, what, error));
      else if (isLate) channelStream(opened).destroy();
      else resolve(opened);
    };
    try {
      ask(client, done);
    } catch (error) {
      done(error as Error, undefined as never); // ssh2 throws where the connection has just gone.
    }
  });
}

function channelRefused(at: string, what: string, error: Error & { reason?: number | string }): NebError {
  const prohibited = error.reason === 1 || /prohibited/i.test(error.message);
  const hint = prohibited ? 'Its sshd must allow forwarding: AllowStreamLocalForwarding and AllowTcpForwarding.' : undefined;
  return new NebError('unavailable', `${at} did not open ${what}: ${error.message}`, { cause: error, hint });
}
