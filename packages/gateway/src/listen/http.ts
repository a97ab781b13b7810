import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { createServer as createServer2, type Http2Server, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Session } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { badRequest, type Problem, problemAnswer, problemBytes } from '../answer/problem.ts';
import type { GatewayLimits } from '../options.ts';
import type { ClientRequest, ClientResponse } from '../pass/client.ts';
import { endWhenStalled, isFlowing } from './stalled.ts';
import { overHttp1 } from '../tunnel/over-http1.ts';
import { overHttp2 } from '../tunnel/over-http2.ts';
import { isWebSocket, type Upgrade } from '../tunnel/upgrade.ts';

/** Who answers. */
export interface Doors {
  request(request: ClientRequest, response: ClientResponse): void;
  /** A WebSocket. */
  upgrade(client: Upgrade): void;
}

/** The two servers connections are handed to; neither listens by itself. */
export interface HttpServers {
  readonly http1: Server;
  readonly http2: Http2Server;
  /** Connections without a request end now, others with their answers. */
  wind(): void;
  close(): void;
}

export function httpServers(doors: Doors, limits: GatewayLimits): HttpServers {
  const http1 = createServer({
    maxHeaderSize: limits.headerBytes, headersTimeout: limits.headerMs, requestTimeout: 0, keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headerMs), requireHostHeader: false, insecureHTTPParser: false, noDelay: true,
    // A request that says it has no body is not a stream that has to end.
    optimizeEmptyRequests: true,
  });
  // One more than is allowed is read, so that it is refused and not left out.
  http1.maxHeadersCount = limits.headers + 1;
  http1.timeout = limits.stallMs;
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const socket: Served = request.socket;
    // What follows a request that was the connection's last is not one, whatever it looks like.
    const before = socket[latest]?.response;
    if (before?.shouldKeepAlive === false) return;
    socket[latest] = { request, response, isFirst: before?.writableFinished !== false };
    doors.request(request, response);
  };
  http1.on('request', onRequest).on('checkContinue', onRequest);
  http1.on('checkExpectation', (_, response) => answerRaw(response.socket, { status: 417, title: 'Expectation Failed', detail: 'Only "100-continue" may be expected.' }));
  http1.on('connect', (_, socket) => answerRaw(socket, notAProxy));
  http1.on('upgrade', (request, socket, head) => {
    if (isWebSocket(request.headers)) return doors.upgrade(overHttp1(request, { socket: socket as Socket, head, stallMs: limits.stallMs }));
    // What else a client would rather speak may be passed over, as RFC 9110 7.8 says; its body, though, was not read.
    if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined) {
      return answerRaw(socket, { status: 501, title: 'Not Implemented', detail: 'Only upgrades to WebSocket are served. Send the request without the header upgrade.' });
    }
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket as Socket);
    response.on('finish', () => socket.end());
    request.push(null);
    onRequest(request, response);
  });
  http1.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const open = (socket as Served)[latest];
    if (!open || open.response.writableFinished) return answerRaw(socket, parseProblem(error));
    // An answer sent now would be taken for that of a request before; those who asked well get theirs first, and no more.
    if (open.request.complete) {
      open.response.shouldKeepAlive = false;
      open.response.once('finish', () => (socket as Socket).destroySoon());
    } else if (open.isFirst) answerRaw(socket, parseProblem(error));
    else socket.destroy();
  });
  http1.on('timeout', (socket: Served) => {
    const open = socket[latest];
    // Nobody has asked anything for long, or somebody stands still.
    if (!open || open.response.writableFinished || isStalled(open.request, socket)) socket.destroy();
    // Node tells it once; what is owed may be asked for only later.
    else socket.setTimeout(limits.stallMs);
  });
  // Node looks for connections whose header takes too long only where it listens itself.
  http1.emit('listening');

  const sessions = new Map<ServerHttp2Session, Set<Http2ServerRequest>>();
  const http2 = createServer2({
    maxHeaderListPairs: limits.headers + 8, maxSessionMemory: 32, unknownProtocolTimeout: limits.headerMs,
    settings: { maxConcurrentStreams: limits.streams, maxHeaderListSize: limits.headerBytes, initialWindowSize: 256 * 1_024, enablePush: false, enableConnectProtocol: true },
  });
  http2.on('session', (session) => {
    const requests = new Set<Http2ServerRequest>();
    sessions.set(session, requests);
    session.on('error', () => session.destroy()).on('close', () => sessions.delete(session));
    // Listeners leave it to each end when it ends, as HTTP/1.1 wants; here who says no more cannot take an answer either.
    session.socket.once('end', () => session.destroy());
    session.setTimeout(limits.keepAliveMs, () => requests.size === 0 && session.close());
  });
  const onStream = (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    const { session } = request.stream;
    const requests = session && sessions.get(session as ServerHttp2Session);
    requests?.add(request);
    request.stream.once('close', () => requests?.delete(request)).on('error', () => undefined);
    const wanted = request.method === 'CONNECT' ? request.headers[':protocol'] : undefined;
    if (wanted === 'websocket') return doors.upgrade(overHttp2(request, response, limits.stallMs));
    endWhenStalled(request, response, limits.stallMs);
    if (request.method !== 'CONNECT') return doors.request(request, response);
    const problem = wanted === undefined ? notAProxy : notSpoken;
    const { body, headers } = problemAnswer(problem);
    response.writeHead(problem.status, headers).end(body);
  };
  http2.on('request', onStream).on('checkContinue', onStream).on('connect', onStream);
  http2.on('sessionError', () => undefined);

  return {
    http1,
    http2,
    wind() {
      http1.closeIdleConnections();
      for (const session of sessions.keys()) session.close();
    },
    close() {
      http1.close();
      http1.closeAllConnections();
      for (const session of sessions.keys()) session.destroy();
    },
  };
}

const notAProxy: Problem = { status: 405, title: 'Method Not Allowed', detail: 'CONNECT is not served: this is a gateway, not a proxy.' };
const notSpoken: Problem = { status: 501, title: 'Not Implemented', detail: 'Of protocols on a stream of HTTP/2 only "websocket" is served.' };

/** The last request of a connection. It is a property since looking it up in a map that forgets costs more with each connection. */
const latest = Symbol('latest request');
type Served = Socket & { [latest]?: { readonly request: IncomingMessage; readonly response: ServerResponse; readonly isFirst: boolean } };

/** Its sender owes the rest of a body that is waited for, or its reader takes nothing of the answer. */
function isStalled(request: IncomingMessage, socket: Socket): boolean {
  return isFlowing(request) || socket.writableLength > 0;
}

function parseProblem(error: NodeJS.ErrnoException): Problem {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW': return { status: 431, title: 'Request Header Fields Too Large', detail: 'The request\'s header is too large.' };
    case 'ERR_HTTP_REQUEST_TIMEOUT': return { status: 408, title: 'Request Timeout', detail: 'The request\'s header took too long to arrive.' };
    default: return badRequest('This is not HTTP as RFC 9112 has it.');
  }
}

function answerRaw(socket: Duplex | null, problem: Problem): void {
  if (!socket || socket.destroyed) return;
  // An answer that began cannot be followed by another one.
  const begun = (socket as Socket & { readonly _httpMessage?: ServerResponse | null })._httpMessage?.headersSent === true;
  if (!socket.writable || begun) return void socket.destroy();
  socket.end(problemBytes(problem), () => socket.destroy());
}
