import { createServer } from 'node:net';

/** The first and the last of the ports that services get one of each. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/**
 * A port for the service `id` that none of `taken` is; `undefined` where all are. Where it may, the same id gets the same
 * port, so that a service that is made again soon after has not moved. Pure.
 */
export function portFor(id: string, { first, last }: PortRange, taken: ReadonlySet<number>): number | undefined {
  const count = last - first + 1;
  const start = hash(id) % count;
  for (let step = 0; step < count; step++) {
    const port = first + ((start + step) % count);
    if (!taken.has(port)) return port;
  }
  return undefined;
}

/** The port in `host:port` or `[host]:port`. */
export function portIn(address: string | undefined): number | undefined {
  const found = /:(\d+)$/.exec(address ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Whether nobody on this machine listens there. */
export async function isFree(host: string, port: number): Promise<boolean> {
  const probe = createServer();
  return await new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (const byte of Buffer.from(text)) sum = Math.imul(sum ^ byte, 0x01000193) >>> 0;
  return sum;
}
