import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a port of this machine that can stall, as links do. */
export interface Link extends AsyncDisposable {
  readonly port: number;
  /** Takes nothing more from who calls, until `go`. */
  stall(): void;
  go(): void;
}

export async function linkTo(port: number): Promise<Link> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    near.on('data', (chunk) => far.write(chunk));
    far.pipe(near);
    open.add(near);
    for (const [one, other] of [[near, far], [far, near]] as const) one.on('error', () => {}).on('close', () => other.destroy());
    near.on('close', () => open.delete(near));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stall: () => open.forEach((near) => near.pause()),
    go: () => open.forEach((near) => near.resume()),
    async [Symbol.asyncDispose]() {
      for (const near of open) near.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
