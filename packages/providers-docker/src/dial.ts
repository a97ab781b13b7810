import { type Connection, type Instance, isNebError, NebError, unlessAborted } from '@neb/core-types';
import { connectionOver } from '@neb/ssh';
import type { Engine, Located } from './engine.ts';
import { unreachable } from './errors.ts';

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
      return connectionOver(await unlessAborted(opening, signal), (error) => unreachable(client.at, error));
    } catch (error) {
      opening.then((late) => late.destroy(), () => {});
      signal?.throwIfAborted();
      if (!isNebError(error)) throw error;
      last = error;
    }
  }
  throw new NebError('unavailable', `nothing answers at port ${port} of container ${name}`, { cause: last, hint: 'Does it listen on 0.0.0.0, and has it started?' });
}
