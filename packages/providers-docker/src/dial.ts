import type { Duplex } from 'node:stream';
import { type Connection, type Instance, isNebError, NebError, unlessAborted } from '@neb/core-types';
import type { Engine, Located } from './engine.ts';
import { unreachable } from './errors.ts';
import { writeAll } from './stream-write.ts';

/**
 * Connects to a TCP port inside a container, from the engine's host, or through the port's published twin where the
 * container's own address is out of reach. What an earlier dial learnt of the container counts for 5 seconds. Throws `unavailable` where nothing listens.
 */
export async function dial({ engine, name }: Located, port: number, signal?: AbortSignal): Promise<Connection> {
  return await engine.ways.use(name, async (seen, call) => await dialled(engine, { name, seen, port }, call.signal), { signal });
}

interface Target {
  readonly name: string;
  readonly seen: Instance;
  readonly port: number;
}

async function dialled({ client, transport }: Engine, { name, seen, port }: Target, signal: AbortSignal | undefined): Promise<Connection> {
  const { address, ports = [] } = seen;
  const published = ports.filter((one) => one.port === port && one.protocol === 'tcp');
  const ways = [
    ...(address === undefined ? [] : [{ address, port }]),
    ...published.map(({ hostAddress, hostPort }) => ({ address: hostAddress === '0.0.0.0' ? transport.host : hostAddress, port: hostPort })),
  ];
  let last: unknown;
  for (const way of ways) {
    const opening = transport.dial(way.address, way.port);
    try {
      return connectionOver(await unlessAborted(opening, signal), client.at);
    } catch (error) {
      opening.then((late) => late.destroy(), () => {});
      signal?.throwIfAborted();
      if (!isNebError(error)) throw error;
      last = error;
    }
  }
  throw new NebError('unavailable', `nothing answers at port ${port} of container ${name}`, { cause: last, hint: 'Does it listen on 0.0.0.0, and has it started?' });
}

function connectionOver(stream: Duplex, at: string): Connection {
  stream.on('error', () => {}); // Told to whoever reads or writes next.
  return {
    readable: readingFrom(stream, at),
    write: (data) => writeAll(stream, data),
    closeWrite: async () => void stream.end(),
    async [Symbol.asyncDispose]() {
      stream.destroy();
    },
  };
}

async function* readingFrom(stream: Duplex, at: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
  } catch (error) {
    throw unreachable(at, error as Error);
  }
}
