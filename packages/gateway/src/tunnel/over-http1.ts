import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answerHeaders } from '../answer/onward.ts';
import { problemBytes } from '../answer/problem.ts';
import { whenStill } from '../listen/when-still.ts';
import { isWebSocket, type Upgrade } from './upgrade.ts';

/** A WebSocket as RFC 6455 begins it: the connection becomes one. */
export function overHttp1(request: IncomingMessage, { socket, head, stallMs }: { readonly socket: Socket; readonly head: Buffer; readonly stallMs: number }): Upgrade {
  const { method, headers } = request;
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  // It may wait for a replica, and be quiet after.
  socket.setTimeout(0);
  socket.on('error', () => socket.destroy());
  return {
    request, stream: socket, head,
    fault: method !== 'GET' || hasBody ? 'A WebSocket begins with a GET without a body.' : undefined,
    // The client sent a key, and looks at what is made of it.
    asks: {},
    isAgreed: (status, answered) => status === 101 && isWebSocket(answered),
    isTellable: () => true,
    agree(answered, id, added) {
      const lines = answerHeaders(answered, id, added).map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`));
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n${lines.join('')}\r\n`);
    },
    response() {
      const response = new ServerResponse(request);
      response.shouldKeepAlive = false;
      response.assignSocket(socket);
      // It is an answer like any other now.
      whenStill(socket, stallMs, () => socket.writableLength > 0 && socket.destroy());
      response.once('finish', () => socket.end());
      return response;
    },
    tell(problem, id) {
      if (socket.writable) socket.end(problemBytes(problem, id), () => socket.destroy());
    },
  };
}
