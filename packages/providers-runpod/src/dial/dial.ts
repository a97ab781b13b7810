import type { Duplex } from 'node:stream';
import { type Call, type Clock, type Connection, type InstanceRef, isNebError, NebError, sightings } from '@neb/core-types';
import { connectionOver, type Keyring } from '@neb/ssh';
import { connectTo } from './connect-to.ts';
import type { Pod } from '../replies.ts';
import { lines as linesOf } from './lines.ts';
import { orPublic, type Way, wayTo } from './way.ts';

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
  readonly look: (ref: InstanceRef, signal: AbortSignal | undefined) => Promise<Pod | undefined>;
  /** What pods are entered with; without it their public ports alone are reached. */
  readonly keys: Keyring | undefined;
  readonly clock: Clock;
}

/** For how long what is known of a pod counts. Its ways in change only where it starts again, and the old ones then lead nowhere. */
const countsMs = 10_000;
/** Who does not get in by what is known asks anew, and shares the answer with all who did not either: RunPod allows about a call a second. */
const freshMs = 1_000;
/** Over what is known: whoever is not in by then is not let in there any more. */
const trialMs = 15_000;

export function dialling({ look, keys, clock }: DiallingOptions): Dialling {
  const answers = sightings({ clock, countsMs: freshMs, look: async (ref, { signal }) => await look(ref as InstanceRef, signal) });
  const pods = sightings({ clock, countsMs, trialMs, look: async (ref, call) => await answers.use(ref, async (pod) => pod, call) });
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

  return {
    async dial(ref, port, call) {
      const stream = await pods.use(ref, async (pod, { signal }) => await follow(wayTo(pod, { ref, port, enters: keys !== undefined }), { ref, port, signal }), call);
      if (!stream) throw nothingAnswers({ ref, port });
      return connectionOver(stream, (cause) => (isNebError(cause) ? cause : new NebError('unavailable', `the connection to port ${port} of pod ${ref} broke: ${cause.message}`, { cause })));
    },
    forget(ref) {
      answers.forget(ref);
      pods.forget(ref);
    },
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
