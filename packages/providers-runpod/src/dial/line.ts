import type { Duplex } from 'node:stream';
import { NebError, unlessAborted } from '@neb/core-types';
import { channelStream } from '@neb/ssh';
import type { Client, ClientChannel } from 'ssh2';
import { type Door, enter } from '../exec/door.ts';
import type { Pod } from '../replies.ts';
import { inTime } from './in-time.ts';

/** One SSH connection to a pod, for whoever needs it. It ends a minute after the last of them has gone, or as soon as nobody waits for it to be made. */
export interface Line {
  /** Whether the pod was entered, and nothing has broken since. */
  isUp(): boolean;
  /** A stream to the port at the pod's loopback; `undefined` where nothing listens there. Rejects as `enter` does, and with `unsupported` where the server forwards nothing. */
  open(port: number, signal: AbortSignal | undefined): Promise<Duplex | undefined>;
  /** Ends it, with all that goes through it. */
  end(): void;
}

const idleMs = 60_000;
const channelMs = 10_000;

/** Begins to enter the pod. `gone` is called once the line is of no more use. */
export function line(pod: Pod, door: Door, gone: () => void): Line {
  const { clock } = door;
  const stop = new AbortController();
  const streams = new Set<Duplex>();
  let state: 'entering' | 'up' | 'over' = 'entering';
  let users = 0;
  let rest: AbortController | undefined;

  const entered = enter(pod, door, stop.signal).then((client) => {
    client.once('close', over);
    if (state === 'over') client.end();
    else state = 'up';
    return client;
  });
  entered.catch(over);

  function over(): void {
    state = 'over';
    gone();
    rest?.abort();
    // A reader must not take this for the end of what it reads.
    for (const stream of streams) stream.destroy(broken(pod));
  }

  function end(): void {
    over();
    stop.abort(broken(pod));
    entered.then((client) => client.end(), () => {});
  }

  function leave(): void {
    users -= 1;
    if (users > 0 || state === 'over') return;
    if (state === 'entering') return end();
    const { signal } = (rest = new AbortController());
    void clock.sleep(idleMs, signal).then(() => { if (!signal.aborted) end(); });
  }

  return {
    isUp: () => state === 'up',
    end,
    async open(port, signal) {
      users += 1;
      rest?.abort();
      const client = await unlessAborted(entered, signal).catch((error: unknown) => {
        leave();
        throw error;
      });
      const opening = streamTo(client, { pod, port });
      opening.then((stream) => {
        if (!stream) return leave();
        streams.add(stream);
        stream.once('close', () => {
          streams.delete(stream);
          leave();
        });
      }, leave);
      try {
        return await inTime(opening, { clock, ms: channelMs, signal, late: () => new NebError('unavailable', `the SSH server of pod ${pod.id} did not connect to port ${port} within ${channelMs / 1_000} s`) });
      } catch (error) {
        opening.then((late) => late?.destroy(), () => {});
        throw error;
      }
    },
  };
}

function streamTo(client: Client, { pod, port }: { readonly pod: Pod; readonly port: number }): Promise<Duplex | undefined> {
  return new Promise((resolve, reject) => {
    const done = (error: (Error & { readonly reason?: number | string }) | undefined, channel?: ClientChannel): void => {
      if (channel) return resolve(channelStream(channel));
      switch (error?.reason) {
        case reasons.connectFailed: return resolve(undefined);
        case reasons.prohibited: return reject(forwardsNothing(pod, error));
        default: reject(broken(pod, error));
      }
    };
    try {
      client.forwardOut('127.0.0.1', 0, '127.0.0.1', port, done);
    } catch (error) {
      done(error as Error); // ssh2 throws where the connection has just gone.
    }
  });
}

/** Why a server opens no channel (RFC 4254, 5.1). */
const reasons = { prohibited: 1, connectFailed: 2 };

function forwardsNothing({ id }: Pod, cause: unknown): NebError {
  return new NebError('unsupported', `the SSH server in pod ${id} forwards nothing, as those of older versions of neb`, { cause, hint: 'Create the container anew.' });
}

function broken({ id }: Pod, cause?: unknown): NebError {
  return new NebError('unavailable', `the SSH connection to pod ${id} broke`, { cause });
}
