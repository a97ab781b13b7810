import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A SOCKS5 proxy without a password on loopback, which the original's workers go through; only to loopback itself. */
export async function socks(port: number): Promise<AsyncDisposable> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.on('error', () => undefined).on('close', () => open.delete(client));
    void serve(client).catch(() => client.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      for (const client of open) client.destroy();
      await once(server, 'close');
    },
  };
}

async function serve(client: Socket): Promise<void> {
  const take = async (bytes: number): Promise<Buffer> => {
    for (;;) {
      const got = client.read(bytes) as Buffer | null;
      if (got) return got;
      await once(client, 'readable');
    }
  };
  const [, methods = 0] = await take(2);
  await take(methods);
  client.write(Buffer.from([5, 0]));
  const [, , , kind] = await take(4);
  const host = kind === 1 ? [...(await take(4))].join('.') : (await take((await take(1))[0]!)).toString();
  const port = (await take(2)).readUInt16BE();
  if (host !== '127.0.0.1' && host !== 'localhost') throw new Error(`${host} is not loopback`);
  const target = connect(port, '127.0.0.1');
  target.on('error', () => client.destroy());
  await once(target, 'connect');
  client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
  client.pipe(target).pipe(client);
}
