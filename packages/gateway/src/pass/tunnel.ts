import { type ClientRequest as Outgoing, type IncomingMessage, request as requestHttp, ServerResponse } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { type AnswerHeaders, answerHeaders } from '../answer/onward.ts';
import type { Member } from '../balance/member.ts';
import type { LiveRoute } from './forward.ts';
import { waiting, waitProblem } from './forward.ts';
import { writeHead } from './client.ts';
import type { Problem } from '../answer/problem.ts';
import type { Watcher } from './watcher.ts';

/** A WebSocket on its way to a replica. */
export interface Tunnelling {
  readonly live: LiveRoute;
  readonly id: string;
  readonly path: string;
  /** Names and values in turn, without those of the upgrade. */
  readonly headers: readonly string[];
  readonly client: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer };
  readonly watch: Watcher | undefined;
  readonly now: () => number;
}

export interface Tunnelled {
  readonly status: number;
  readonly complete: boolean;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly replica: string;
}

/** Joins a client with a replica until either leaves. Resolves when it is over, or with what to tell the client instead. */
export async function tunnel(tunnelling: Tunnelling): Promise<Tunnelled | { readonly problem: Problem } | 'left'> {
  const { live, client, path, now } = tunnelling;
  const { fleet } = live;
  const arrivedAt = now();
  let except: Member | undefined;
  for (;;) {
    const member = fleet.take(except) ?? (await waiting(fleet, client.socket, { forMs: arrivedAt + live.route.holdMs - now(), first: except !== undefined, bytes: path.length }));
    if (member === 'left') return 'left';
    if (typeof member === 'string') return { problem: waitProblem(member, live.route) };
    try {
      const how = await join(tunnelling, member, () => fleet.accepts(member));
      if (how === 'refused') {
        fleet.judge(member, { kind: 'refused' });
        except = member;
        continue;
      }
      if (how === 'fault') {
        fleet.judge(member, { kind: 'fault' });
        return { problem: { status: 502, title: 'Bad Gateway', detail: 'The replica ended the connection before it answered.' } };
      }
      return how === 'left' ? 'left' : { ...how, replica: member.id };
    } finally {
      fleet.release(member);
    }
  }
}

type Joined = Omit<Tunnelled, 'replica'> | 'refused' | 'fault' | 'left';

function join(tunnelling: Tunnelling, member: Member, onSent: () => void): Promise<Joined> {
  const { live, client, headers, path, now } = tunnelling;
  const { promise, resolve } = Promise.withResolvers<Joined>();
  const sentAt = now();
  const { protocol, hostname, port } = new URL(member.origin);
  const outgoing: Outgoing = (protocol === 'https:' ? requestHttps : requestHttp)({
    hostname: hostname.replace(/^\[|\]$/g, ''), port, path, method: 'GET', agent: false,
    headers: [...headers, 'connection', 'Upgrade', 'upgrade', 'websocket'],
    ...(live.route.timeoutMs === undefined ? {} : { timeout: live.route.timeoutMs }),
  });
  let isConnected = false;
  const left = (): void => {
    outgoing.destroy();
    resolve('left');
  };
  client.socket.once('close', left).on('error', () => client.socket.destroy());
  const began = (status: number, answer: AnswerHeaders): void => {
    client.socket.off('close', left);
    const tookMs = now() - sentAt;
    live.tally.answered(status, tookMs);
    live.fleet.judge(member, { kind: 'answered', status, tookMs });
    tunnelling.watch?.answer(status, answer);
  };
  outgoing.on('socket', (socket) => socket.once('connect', () => {
    isConnected = true;
    onSent();
  }));
  outgoing.on('timeout', () => outgoing.destroy());
  outgoing.on('error', () => {
    client.socket.off('close', left);
    resolve(isConnected ? 'fault' : 'refused');
  });
  outgoing.on('upgrade', (answer, upstream, head) => {
    began(101, answer.headers);
    void splice(tunnelling, { answer, upstream, head }).then(resolve);
  });
  outgoing.on('response', (answer) => {
    began(answer.statusCode ?? 502, answer.headers);
    void relay(tunnelling, answer).then(resolve);
  });
  outgoing.end();
  return promise;
}

/** Both ways at the pace of whoever is slower; either end takes the other along. */
function splice({ client, id }: Tunnelling, { answer, upstream, head }: { readonly answer: IncomingMessage; readonly upstream: Duplex; readonly head: Buffer }): Promise<Joined> {
  const { promise, resolve } = Promise.withResolvers<Joined>();
  const { socket } = client;
  const lines = answerHeaders(answer.headers, id).map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`));
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n${lines.join('')}\r\n`);
  (socket as Socket).setTimeout(0);
  (upstream as Socket).setTimeout(0);
  let bytesIn = client.head.length;
  let bytesOut = head.length;
  if (head.length > 0) socket.write(head);
  if (client.head.length > 0) upstream.write(client.head);
  socket.on('data', (chunk: Buffer) => void (bytesIn += chunk.length));
  upstream.on('data', (chunk: Buffer) => void (bytesOut += chunk.length));
  let open = 2;
  const closed = (other: Duplex, complete: boolean): void => {
    // What was said last still goes out.
    if (!other.destroyed) (other as Socket).destroySoon();
    open -= 1;
    if (open === 0) resolve({ status: 101, complete, bytesIn, bytesOut });
  };
  socket.once('close', () => closed(upstream, true));
  upstream.on('error', () => socket.destroy()).once('close', () => closed(socket, true));
  socket.pipe(upstream);
  upstream.pipe(socket);
  return promise;
}

/** The replica would not: its answer goes to the client as it is. */
function relay({ client, id }: Tunnelling, answer: IncomingMessage): Promise<Joined> {
  const response = new ServerResponse(client.request);
  response.shouldKeepAlive = false;
  response.assignSocket(client.socket as Socket);
  writeHead(response, answer.statusCode ?? 502, answerHeaders(answer.headers, id));
  const { promise, resolve } = Promise.withResolvers<Joined>();
  let bytesOut = 0;
  answer.on('data', (chunk: Buffer) => void (bytesOut += chunk.length));
  pipeline(answer, response, (error) => {
    if (error) client.socket.destroy();
    else client.socket.end();
    resolve({ status: answer.statusCode ?? 502, complete: !error, bytesIn: 0, bytesOut });
  });
  return promise;
}
