import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { streamHeaders, streamLog } from './log-stream.ts';
import { reply, type Responder } from './reply.ts';

/** An API that listens. */
export interface Listening {
  readonly url: string;
  /** Breaks every connection. */
  cut(): void;
  close(): Promise<void>;
}

/** The API on a free port of 127.0.0.1. */
export async function listen(responder: Responder): Promise<Listening> {
  const server = createServer((request, response) => {
    serve(responder, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => server.closeAllConnections(),
    close: () => close(server),
  };
}

async function serve(responder: Responder, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', url = '/', headers } = request;
  const back = await reply(responder, { method, path: url, headers, text: await textOf(request) });
  switch (back.kind) {
    case 'cut': return void request.socket.destroy();
    case 'whole':
      response.writeHead(back.status, { ...back.headers, Date: new Date(responder.clock.now()).toUTCString() });
      return void response.end(back.body);
    case 'stream':
      response.writeHead(200, streamHeaders);
      response.flushHeaders();
      response.on('close', streamLog(back.pod, back.asked, { send: (text) => void response.write(text), end: () => void response.end() }));
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => { server.close(resolve); });
  server.closeAllConnections();
  await closed;
}
