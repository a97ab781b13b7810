import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong on the way to an API: at the so-maniest call whose body matches, before that arrives or after it was acted on. */
export interface Mishap {
  readonly matches?: RegExp;
  readonly atCall: number;
  readonly when: 'before' | 'after';
  /** `cut`: the connection breaks, once. `death`: nothing from here goes out or comes back any more, as from a killed process. */
  readonly how: 'cut' | 'death';
}

/** A way to an API on which one thing goes wrong. */
export interface MortalProxy extends AsyncDisposable {
  readonly url: string;
  readonly happened: Promise<void>;
}

export async function mortalProxy(target: string, { matches = /./, atCall, when, how }: Mishap): Promise<MortalProxy> {
  const happened = Promise.withResolvers<void>();
  let calls = 0;
  let isDead = false;

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (isDead) return;
    const isIt = matches.test(body.toString()) && ++calls === atCall;
    if (isIt && how === 'death') isDead = true;
    if (isIt && when === 'before') return fail(request);
    const headers = Object.entries(request.headers).filter(([name]) => !['host', 'connection', 'content-length'].includes(name)) as [string, string][];
    const answer = await fetch(target, { method: 'POST', headers, body });
    const text = await answer.text();
    if (isIt) return fail(request);
    // What was under way when the process died comes back to nobody.
    if (isDead) return;
    response.writeHead(answer.status, { 'Content-Type': answer.headers.get('content-type') ?? 'text/xml' });
    response.end(text);
  }

  function fail(request: IncomingMessage): void {
    happened.resolve();
    if (how === 'cut') request.socket.destroy();
  }

  const server = createServer((request, response) => void pass(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    happened: happened.promise,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => { server.close(resolve); });
      server.closeAllConnections();
      await closed;
    },
  };
}
