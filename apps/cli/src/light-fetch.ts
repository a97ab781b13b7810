import type { ClientRequest, IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { Socket } from 'node:net';

/** What the client reads of an answer. */
type Answer = Pick<Response, 'ok' | 'status' | 'url' | 'text' | 'json'> & { readonly body: AsyncIterable<Uint8Array> };

/**
 * As much of `fetch` as the client of a neb server uses, over Node's own HTTP: loading the real one takes longer than most
 * commands do. Follows no redirects and asks for no compression.
 */
export const lightFetch = (async (input: string | URL | Request, init: RequestInit = {}): Promise<Answer> => {
  const url = new URL(input instanceof URL || typeof input === 'string' ? input : input.url);
  // Not by `import`, which reads all that the module exports: of node:http that loads undici, and takes ten times as long.
  const { request } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
  const call = request(url, { method: init.method ?? 'GET', headers: init.headers as Readonly<Record<string, string>> | undefined, ...(init.signal && { signal: init.signal }) });
  call.once('socket', survive);
  const answered = new Promise<IncomingMessage>((resolve, reject) => call.once('response', resolve).once('error', reject));
  // Sent beside the answer: a server may refuse a body before it has read it.
  void send(call, init.body).catch((error: unknown) => void call.destroy(error as Error));
  return answerOf(await answered, url.href);
}) as unknown as typeof fetch;

const heard = new WeakSet<Socket>();

/** Node ends the socket of a call that is given up after its answer has come, with an error that nobody is left to hear and that would end the process. A call that goes on hears of it by itself. */
function survive(socket: Socket): void {
  if (heard.has(socket)) return;
  heard.add(socket);
  socket.on('error', () => undefined);
}

async function send(call: ClientRequest, body: RequestInit['body']): Promise<void> {
  if (body === undefined || body === null || typeof body === 'string') return void call.end(body ?? '');
  for await (const chunk of body as AsyncIterable<Uint8Array>) if (!call.write(chunk)) await once(call, 'drain');
  call.end();
}

function answerOf(response: IncomingMessage, url: string): Answer {
  const text = async (): Promise<string> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of bytesOf(response)) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  };
  const status = response.statusCode ?? 0;
  return { ok: status >= 200 && status < 300, status, url, body: bytesOf(response), text, json: async () => JSON.parse(await text()) as unknown };
}

/** The bytes of a body. Throws a TypeError where it breaks off, as fetch does. */
async function* bytesOf(response: IncomingMessage): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) yield chunk;
  } catch (cause) {
    throw new TypeError('terminated', { cause });
  }
}
