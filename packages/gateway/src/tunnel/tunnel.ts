import { type ClientRequest as Outgoing, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps, type RequestOptions } from 'node:https';
import { answerHeaders } from '../answer/onward.ts';
import type { Problem } from '../answer/problem.ts';
import type { Member } from '../balance/member.ts';
import { connectionOver, portOf } from '../pass/dial.ts';
import { breakOff, type ClientResponse, writeHead } from '../pass/client.ts';
import { lateProblem, type LiveRoute, waiting, waitProblem } from '../pass/forward.ts';
import type { Watcher } from '../pass/watcher.ts';
import { type Early, readEarly } from './early.ts';
import { splice } from './splice.ts';
import type { Upgrade } from './upgrade.ts';

/** A WebSocket on its way to a replica. */
export interface Tunnelling {
  readonly live: LiveRoute;
  readonly id: string;
  readonly path: string;
  /** Names and values in turn, without those of the upgrade. */
  readonly headers: readonly string[];
  /** Headers that the client gets in place of the replica's of the same names, lower case. */
  readonly answer: Readonly<Record<string, string>> | undefined;
  readonly client: Upgrade;
  readonly watch: Watcher | undefined;
  readonly now: () => number;
  /** Once one end has said its last, so long may both be still, in milliseconds. */
  readonly stallMs: number;
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
  const early = readEarly(client.stream, client.head);
  let deadlineAt: number | undefined;
  let except: Member | undefined;
  try {
    for (;;) {
      if (client.stream.destroyed) return 'left';
      const member = fleet.take(except) ?? (await waiting(fleet, client.stream, { forMs: arrivedAt + live.route.holdMs - now(), first: except !== undefined, bytes: path.length }));
      if (member === 'left') return 'left';
      if (typeof member === 'string') return { problem: waitProblem(member, live.route) };
      if (live.route.timeoutMs !== undefined) deadlineAt ??= now() + live.route.timeoutMs;
      try {
        const how = await join(tunnelling, { member, early, deadlineMs: deadlineAt === undefined ? undefined : deadlineAt - now() });
        if (typeof how === 'object') return { ...how, replica: member.id };
        if (how === 'left') return 'left';
        // Of what else it answers, it is the client's choice whether that fits.
        fleet.judge(member, { kind: how === 'refused' ? 'refused' : how === 'silent' || how === 'late' ? 'fault' : 'unknown' });
        if (how !== 'refused') return { problem: how === 'late' ? lateProblem(live.route) : { status: 502, title: 'Bad Gateway', detail: faults[how] } };
        except = member;
      } finally {
        fleet.release(member);
      }
    }
  } finally {
    early.take();
  }
}

type Joined = Omit<Tunnelled, 'replica'> | 'refused' | 'late' | 'left' | keyof typeof faults;

const faults = {
  silent: 'The replica ended the connection before it answered.',
  unfit: 'The replica\'s answer cannot be passed on in the version of HTTP that the request came in.',
  other: 'The replica was asked for a WebSocket, and answered as if there were none. Ask for a path where it serves one.',
};

function join(tunnelling: Tunnelling, { member, early, deadlineMs }: { readonly member: Member; readonly early: Early; readonly deadlineMs: number | undefined }): Promise<Joined> {
  const { live, client, headers, path, now, watch } = tunnelling;
  const { promise, resolve } = Promise.withResolvers<Joined>();
  const sentAt = now();
  const origin = new URL(member.origin);
  const port = portOf(origin);
  // An end that has said its last may listen on; Node's types know it of sockets only.
  const options: RequestOptions & { readonly allowHalfOpen: true } = {
    ...(member.open ? { createConnection: connectionOver(member.open, { port }) } : { agent: false }),
    hostname: origin.hostname.replace(/^\[|\]$/g, ''), port, path, method: 'GET', allowHalfOpen: true,
    headers: [...headers, 'connection', 'Upgrade', 'upgrade', 'websocket'],
  };
  const outgoing: Outgoing = (origin.protocol === 'https:' ? requestHttps : requestHttp)(options);
  let isConnected = false;
  const giveUp = (how: Joined): void => {
    client.stream.off('close', onClose);
    clearTimeout(timer);
    outgoing.destroy();
    resolve(how);
  };
  const onClose = (): void => giveUp('left');
  const timer = deadlineMs === undefined ? undefined : setTimeout(() => giveUp('late'), Math.max(0, deadlineMs));
  client.stream.once('close', onClose);
  const began = (status: number, answer: IncomingMessage): void => {
    client.stream.off('close', onClose);
    clearTimeout(timer);
    const tookMs = now() - sentAt;
    live.tally.answered(status, tookMs);
    live.fleet.judge(member, { kind: 'answered', status, tookMs });
    watch?.answer(status, answer.headers);
  };
  const connected = (): void => {
    isConnected = true;
    live.fleet.accepts(member);
  };
  // One that was dialled is connected before the request has it.
  outgoing.on('socket', (socket) => (socket.connecting ? void socket.once('connect', connected) : connected()));
  outgoing.on('error', () => giveUp(isConnected ? 'silent' : 'refused'));
  outgoing.on('upgrade', (answer, upstream, head) => {
    // It is out of the request's hands now.
    upstream.on('error', () => upstream.destroy());
    const refusal = client.isAgreed(101, answer.headers) ? unlessThrown(() => client.agree(answer.headers, tunnelling.id, tunnelling.answer)) : 'other';
    if (refusal) {
      upstream.destroy();
      return giveUp(refusal);
    }
    began(101, answer);
    const joined = splice({ client: client.stream, upstream: upstream, fromClient: early.take(), fromUpstream: head, onIn: watch?.request, onOut: watch?.data, stallMs: tunnelling.stallMs });
    void joined.then((bytes) => resolve({ status: 101, complete: true, ...bytes }));
  });
  outgoing.on('response', (answer) => {
    if (!client.isTellable(answer.statusCode ?? 0)) return giveUp('other');
    const response = client.response();
    const refusal = unlessThrown(() => writeHead(response, answer.statusCode ?? 502, answerHeaders(answer.headers, tunnelling.id, tunnelling.answer)));
    if (refusal) return giveUp(refusal);
    began(answer.statusCode ?? 502, answer);
    early.take();
    void relay(tunnelling, { answer, response }).then(resolve);
  });
  outgoing.end();
  return promise;
}

/** HTTP/2 takes fewer statuses, and fewer headers twice, than HTTP/1.1. */
function unlessThrown(write: () => void): 'unfit' | undefined {
  try {
    write();
    return undefined;
  } catch {
    return 'unfit';
  }
}

/** The replica would not: its answer goes to the client as it is. */
function relay({ watch }: Tunnelling, { answer, response }: { readonly answer: IncomingMessage; readonly response: ClientResponse }): Promise<Joined> {
  const status = answer.statusCode ?? 502;
  const { promise, resolve } = Promise.withResolvers<Joined>();
  let bytesOut = 0;
  const over = (complete: boolean): void => resolve({ status, complete, bytesIn: 0, bytesOut });
  answer.on('data', (chunk: Buffer) => {
    bytesOut += chunk.length;
    watch?.data?.(chunk);
  });
  answer.once('end', () => response.end(() => over(true)));
  // One that broke off has closed without an end.
  answer.on('error', () => undefined).once('close', () => {
    if (!answer.readableEnded) breakOff(response);
  });
  response.once('close', () => {
    answer.destroy();
    over(false);
  });
  answer.pipe(response, { end: false });
  return promise;
}
