import { type Connection, isNebError, NebError, unlessAborted } from '@neb/core-types';
import { connectionOver } from '@neb/ssh';
import { findContainer } from './containers.ts';
import type { Located } from './engine.ts';
import { unreachable } from './errors.ts';
import { instanceOf } from './translate.ts';

/**
 * Connects to a TCP port inside a container, from the engine's host, or through the port's published twin where the
 * container's own address is out of reach. Throws `unavailable` where nothing listens.
 */
export async function dial({ engine, name }: Located, port: number, signal?: AbortSignal): Promise<Connection> {
  const { client, transport, host } = engine;
  const seen = await findContainer(client, name, signal);
  if (!seen) throw new NebError('not_found', `there is no container ${name} at ${client.at}`);
  const { state, address, ports = [] } = instanceOf(host, seen);
  if (state !== 'running') throw new NebError('conflict', `container ${name} is not running, so nothing can listen in it`);

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
