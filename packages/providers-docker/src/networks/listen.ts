import { type Clock, type Connection, type InsideListener, isNebError, NebError } from '@neb/core-types';
import { connectionOver } from '@neb/ssh';
import type { FarPort, FarPorts, Taker } from '../connection/far-ports.ts';
import type { Transport } from '../connection/transport.ts';
import { unreachable } from '../errors.ts';

/** A host that listens for this machine. */
export interface ListeningHost {
  readonly transport: Pick<Transport, 'at' | 'dial'> & { readonly listen: FarPorts['listen'] };
  readonly clock: Clock;
}

/** For an answer that is hoped for, and for one that is not. */
const proofMs = { bridge: 5_000, loopback: 1_000 };
const hint = 'Its sshd_config needs `GatewayPorts clientspecified`.';

/**
 * Listens at an address of a host's bridge, for the containers there. sshd listens at loopback instead where it is not allowed more, and at every address
 * where it is told to, and says neither: so the host itself connects first. Rejects with `unavailable` where containers would not be heard, or others would.
 */
export async function listenAtBridge({ transport, clock }: ListeningHost, at: FarPort, taken: (connection: Connection, from: string) => void): Promise<InsideListener> {
  const prove: Taker = (stream) => {
    stream.destroy();
    heard.resolve();
  };
  let heard = Promise.withResolvers<void>();
  let taker = prove;
  const listener = await transport.listen(at, (stream, from) => taker(stream, from));
  try {
    if (!(await isHeardAt(at.address, proofMs.bridge))) throw new NebError('unavailable', `${transport.at}: sshd listens at loopback alone, where no container reaches it`, { hint });
    if (await isHeardAt('127.0.0.1', proofMs.loopback)) throw new NebError('unavailable', `${transport.at}: sshd listens at every address, where all are heard and not only containers`, { hint });
    taker = (stream, from) => taken(connectionOver(stream, (error) => unreachable(transport.at, error)), from);
    return listener;
  } catch (error) {
    await listener[Symbol.asyncDispose]();
    throw error;
  }

  /** Whether a connection that the host makes there comes here: something else may listen there, too. */
  async function isHeardAt(address: string, ms: number): Promise<boolean> {
    heard = Promise.withResolvers<void>();
    const patience = new AbortController();
    try {
      const dialled = (await transport.dial(address, at.port)).on('error', () => undefined);
      const isHeard = await Promise.race([heard.promise.then(() => true), clock.sleep(ms, patience.signal).then(() => false)]);
      dialled.destroy();
      return isHeard;
    } catch (error) {
      if (isNebError(error, 'unavailable')) return false;
      throw error;
    } finally {
      patience.abort();
    }
  }
}
