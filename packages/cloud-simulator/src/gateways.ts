import { connect, createServer, type Server } from 'node:net';

/** Doors to this machine's loopback for containers, which have a loopback of their own. */
export interface Gateways extends AsyncDisposable {
  /** `text` with the addresses of this machine's loopback as they are reached from inside. */
  reached(text: string): Promise<string>;
}

/** A door for each port that is asked for, at the address that `gateway` tells. */
export function gateways(gateway: () => Promise<string>): Gateways {
  const doors = new Map<number, Promise<Server>>();
  let address: Promise<string> | undefined;

  return {
    async reached(text) {
      const ports = [...text.matchAll(/\bhttp:\/\/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
      if (ports.length === 0) return text;
      const host = await (address ??= gateway());
      for (const port of ports) if (!doors.has(port)) doors.set(port, door(host, port));
      await Promise.all(ports.flatMap((port) => doors.get(port) ?? []));
      return text.replaceAll(/\bhttp:\/\/127\.0\.0\.1:/g, `http://${host}:`);
    },
    async [Symbol.asyncDispose]() {
      for (const opened of doors.values()) (await opened).close();
    },
  };
}

async function door(host: string, port: number): Promise<Server> {
  const server = createServer((outer) => {
    const inner = connect(port, '127.0.0.1');
    outer.on('error', () => inner.destroy()).on('close', () => inner.destroy());
    inner.on('error', () => outer.destroy()).on('close', () => outer.destroy());
    outer.pipe(inner).pipe(outer);
  });
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(port, host, resolve); });
  return server.unref();
}
