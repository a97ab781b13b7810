import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { Listen } from '../options.ts';
import type { HttpServers } from './http.ts';

/** Hands a connection to the server that speaks its language. */
export function acceptor({ http1, http2 }: HttpServers, tls: Listen['tls'], helloMs: number): (socket: Socket) => void {
  if (!tls) return (socket) => void sniff(socket, { helloMs, choose: (isHttp2) => (isHttp2 ? http2 : http1) });
  const secure = createTlsServer({ ...tls, ALPNProtocols: ['h2', 'http/1.1'], handshakeTimeout: helloMs, minVersion: 'TLSv1.2' });
  secure.on('secureConnection', (socket: TLSSocket) => (socket.alpnProtocol === 'h2' ? http2 : http1).emit('connection', socket));
  secure.on('tlsClientError', (_, socket) => socket.destroy());
  return (socket) => {
    socket.on('error', () => undefined);
    secure.emit('connection', socket);
  };
}

/** How HTTP/2 begins where both sides know that it is spoken; no method of HTTP/1 begins so. */
const preface = Buffer.from('PRI');

function sniff(socket: Socket, { helloMs, choose }: { readonly helloMs: number; readonly choose: (isHttp2: boolean) => { emit(event: 'connection', socket: Socket): boolean } }): void {
  let seen: Buffer = Buffer.alloc(0);
  let isOpen = false;
  // What came while this process was busy with others is read first.
  const timer = setTimeout(() => setImmediate(() => isOpen || socket.destroy()), helloMs);
  const onError = (): void => void socket.destroy();
  const onClose = (): void => clearTimeout(timer);
  const onEnd = (): void => void socket.destroy();
  const onData = (chunk: Buffer): void => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const isHttp2 = seen.subarray(0, preface.length).equals(preface);
    if (seen.length < preface.length && preface.subarray(0, seen.length).equals(seen)) return;
    isOpen = true;
    clearTimeout(timer);
    socket.off('data', onData).off('error', onError).off('close', onClose).off('end', onEnd);
    socket.pause();
    socket.unshift(seen);
    choose(isHttp2).emit('connection', socket);
    process.nextTick(() => socket.resume());
  };
  socket.on('data', onData).on('error', onError).on('close', onClose).on('end', onEnd);
}

/**
 * What is read from a socket at once at most. Twice as much may wait to be written: where it is as much, each full piece
 * stops whoever reads the next one, though it is already gone.
 */
export const pieceBytes = 64 * 1_024;

/** A socket that listens at a port. `shared`: other processes listen on the same port, and the system deals connections out among them. */
export async function listenOn(host: string, port: number, shared = false): Promise<Server> {
  return await listenAt({ host, port, reusePort: shared });
}

/** A listening socket, wherever Node can have one. */
export async function listenAt(where: ListenOptions): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: pieceBytes * 2 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...where, backlog: 4_096 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return server;
}
