import type { Duplex } from 'node:stream';
import { type Call, type Clock, type Connection, type InstanceRef, isNebError, NebError } from '@neb/core-types';
import { connectionOver, type Keyring } from '@neb/ssh';
import { connectTo } from './connect-to.ts';
import { knownPods } from './known-pods.ts';
import { lines as linesOf } from './lines.ts';
import { isSame, orPublic, type Way, wayTo } from './way.ts';

/** The way to what listens in pods. */
export interface Dialling {
  /**
   * Connects to a port of the pod: to its public twin where it has one, else by the pod's own SSH server. Rejects with `not_found`
   * where there is no such pod, `conflict` where it does not run, `unsupported` where no way leads in, in words that say what to do,
   * and `unavailable` where nothing listens or the pod cannot be reached now.
   */
  dial(ref: InstanceRef, port: number, call?: Call): Promise<Connection>;
  /** What is known of the pod no longer holds, since something was done to it. */
  forget(ref: InstanceRef): void;
  /** Ends all connections by SSH; no more are made. */
  close(): void;
}

export interface DiallingOptions {
  readonly look: Parameters<typeof knownPods>[0];
  /** What pods are entered with; without it their public ports alone are reached. */
  readonly keys: Keyring | undefined;
  readonly clock: Clock;
}

/** For how long what is known of a pod counts. Its ways in change only where it starts again, and the old ones then lead nowhere. */
const knownMs = 10_000;
/** Who does not get in by what is known asks anew, and shares the answer with all who did not either. */
const freshMs = 1_000;

export function dialling({ look, keys, clock }: DiallingOptions): Dialling {
  const pods = knownPods(look, clock);
  const lines = keys && linesOf({ keys, clock });

  /** `undefined` where the pod is there and nothing listens in it. */
  async function follow(way: Way, { ref, port, signal }: Wish): Promise<Duplex | undefined> {
    switch (way.do) {
      case 'refuse': throw way.error;
      case 'enter': return await lines!.open(way, port, signal).catch((error: unknown) => { throw orPublic(error, port); });
      case 'connect': return await connectTo(way, { clock, signal }).catch((error: unknown) => {
        signal?.throwIfAborted();
        throw nothingAnswers({ ref, port }, error);
      });
    }
  }

  async function find(wish: Wish): Promise<Duplex | undefined> {
    const { ref, port, signal } = wish;
    const wayKnown = async (withinMs: number): Promise<Way> => wayTo(await pods.learnt(ref, withinMs, signal), { ref, port, enters: keys !== undefined });
    const way = await wayKnown(knownMs);
    try {
      return await follow(way, wish);
    } catch (error) {
      signal?.throwIfAborted();
      // Where RunPod does not answer, what went wrong before says more.
      const newer = await wayKnown(freshMs).catch(() => way);
      signal?.throwIfAborted();
      if (isSame(way, newer)) throw error;
      return await follow(newer, wish);
    }
  }

  return {
    async dial(ref, port, call) {
      call?.signal?.throwIfAborted();
      const stream = await find({ ref, port, signal: call?.signal });
      if (!stream) throw nothingAnswers({ ref, port });
      return connectionOver(stream, (cause) => (isNebError(cause) ? cause : new NebError('unavailable', `the connection to port ${port} of pod ${ref} broke: ${cause.message}`, { cause })));
    },
    forget: (ref) => pods.forget(ref),
    close: () => lines?.close(),
  };
}

/** A port that somebody waits for. */
interface Wish {
  readonly ref: InstanceRef;
  readonly port: number;
  readonly signal: AbortSignal | undefined;
}

function nothingAnswers({ ref, port }: Pick<Wish, 'ref' | 'port'>, cause?: unknown): NebError {
  return new NebError('unavailable', `nothing answers at port ${port} of pod ${ref}`, { cause, hint: 'Does it listen on 0.0.0.0, and has it started?' });
}
