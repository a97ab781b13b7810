import type { Duplex } from 'node:stream';
import { type InsideListener, messageOf, NebError } from '@neb/core-types';
import { addressOf, channelStream, connectSsh, type SshServer } from '@neb/ssh';
import type { Client } from 'ssh2';

/** Gets each connection that comes to a port, and the address that it comes from. */
export type Taker = (stream: Duplex, from: string) => void;

/** An address of a host, and a port there. */
export interface FarPort {
  readonly address: string;
  readonly port: number;
}

/** Listens at ports of a host over one SSH connection of its own, which is there as long as it listens at any. */
export interface FarPorts {
  /** Rejects with `unavailable` where sshd does not listen there. */
  listen(at: FarPort, taker: Taker): Promise<InsideListener>;
  close(): Promise<void>;
}

interface Line {
  readonly client: Promise<Client>;
  readonly takers: Map<string, Taker>;
  readonly over: Promise<void>;
}

export function farPorts(server: SshServer): FarPorts {
  const at = addressOf(server);
  let line: Line | undefined;

  function lineUp(): Line {
    if (line) return line;
    const over = Promise.withResolvers<void>();
    const takers = new Map<string, Taker>();
    const made: Line = {
      takers, over: over.promise,
      client: connectSsh(server, () => {
        if (line === made) line = undefined;
        over.resolve();
      }),
    };
    line = made;
    made.client.then((client) => client.on('tcp connection', ({ destIP, destPort, srcIP }, accept, reject) => {
      const taker = takers.get(keyOf({ address: destIP, port: destPort }));
      if (taker) taker(channelStream(accept()), srcIP);
      else reject();
    }), () => undefined);
    return made;
  }

  return {
    async listen(where, taker) {
      const mine = lineUp();
      const client = await mine.client;
      const key = keyOf(where);
      if (mine.takers.has(key)) throw new NebError('conflict', `port ${where.port} of ${where.address} at ${at} is listened at already`);
      mine.takers.set(key, taker);
      const stop = async (): Promise<void> => {
        mine.takers.delete(key);
        if (mine.takers.size > 0) return;
        if (line === mine) line = undefined;
        client.end();
        await mine.over;
      };
      try {
        await asked((done) => client.forwardIn(where.address, where.port, done));
      } catch (cause) {
        await stop();
        throw new NebError('unavailable', `sshd of ${at} does not listen at port ${where.port} of ${where.address}, which another may have, or which takes a login as root: ${messageOf(cause)}`, { cause });
      }
      return {
        over: mine.over,
        async [Symbol.asyncDispose]() {
          await asked((done) => client.unforwardIn(where.address, where.port, done)).catch(() => undefined);
          await stop();
        },
      };
    },
    async close() {
      (await line?.client.catch(() => undefined))?.end();
    },
  };
}

const keyOf = ({ address, port }: FarPort): string => `${address}:${port}`;

async function asked(ask: (done: (error?: Error | null) => void) => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    ask((error) => (error ? reject(error) : resolve())); // Throws where the connection has just gone, which rejects too.
  });
}
