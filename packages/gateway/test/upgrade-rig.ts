import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Gateway } from '../src/index.ts';

/** A replica that agrees to every WebSocket, and lets the test have its connection. */
export async function agreeing(onSocket: (socket: Socket, request: IncomingMessage) => void, answer: (request: IncomingMessage) => string = agreement): Promise<{ readonly origin: string; readonly sockets: Set<Socket> }> {
  const server = createServer();
  const sockets = new Set<Socket>();
  server.on('upgrade', (request, duplex, head) => {
    const socket = duplex as Socket;
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    socket.write(answer(request));
    if (head.length > 0) socket.unshift(head);
    onSocket(socket, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
}

/** What a replica says that agrees. */
export function agreement({ headers }: IncomingMessage, more = ''): string {
  const accept = createHash('sha1').update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ${accept}\r\n${more}\r\n`;
}

/** A connection of HTTP/2 that knows what the gateway serves. */
export async function session2(gateway: Pick<Gateway, 'address'>): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${gateway.address.port}`).on('error', () => undefined);
  onTestFinished(() => session.destroy());
  await once(session, 'remoteSettings');
  return session;
}

/** Asks for a WebSocket on a stream of its own. */
export function ask2(session: ClientHttp2Session, host: string, more: OutgoingHttpHeaders = {}, endStream = false): ClientHttp2Stream {
  const stream = session.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'http', ':path': '/ws', ':authority': host, 'sec-websocket-version': '13', ...more }, { endStream });
  return stream.on('error', () => undefined);
}

/** The answer's header. */
export async function answered(stream: ClientHttp2Stream): Promise<Record<string, unknown>> {
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  return headers;
}

/** A message as a client sends it, masked. */
export function clientFrame(text: string, opcode = 1): Buffer {
  const mask = Buffer.from([1, 2, 3, 4]);
  const body = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | body.length]), mask, body.map((byte, i) => byte ^ mask[i % 4]!)]);
}
