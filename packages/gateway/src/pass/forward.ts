import type { Duplex, Readable } from 'node:stream';
import type { Route } from '@neb/core-types';
import type { Problem } from '../answer/problem.ts';
import { badRequest, noSuchRoute } from '../answer/problem.ts';
import type { Fleet } from '../balance/fleet.ts';
import type { Member } from '../balance/member.ts';
import type { WaitEnd } from '../balance/queue.ts';
import type { Tally } from '../tally.ts';
import { type Ended, exchange, type Onward } from './exchange.ts';
import { type ClientResponse, isGone } from './client.ts';
import type { Watcher } from './watcher.ts';

/** A route with its replicas and what is counted of it. */
export interface LiveRoute {
  route: Route;
  readonly fleet: Fleet;
  readonly tally: Tally;
}

export interface Forwarding {
  readonly live: LiveRoute;
  readonly request: Omit<Onward, 'body'>;
  /** The body for one try; a stream that was begun cannot be sent again. */
  readonly body: Buffer | undefined | (() => Readable);
  readonly hasBegun: () => boolean;
  readonly response: ClientResponse;
  readonly watch: Watcher | undefined;
  readonly closing: () => boolean;
  /** Headers that the answer gets, whoever gives it. */
  readonly answer: Readonly<Record<string, string>> | undefined;
  readonly now: () => number;
}

/** What became of a request: an answer that went to the client, or what to tell it instead. */
export type Forwarded = { readonly ended: Ended & { readonly kind: 'done' }; readonly replica: string } | { readonly problem: Problem; readonly replica?: string | undefined } | 'left';

/** So many times a request is sent at most. */
const mostSends = 3;

/** Has a replica answer: waits for one, and asks another where that is safe. */
export async function forward(forwarding: Forwarding): Promise<Forwarded> {
  const { live, request, response, now } = forwarding;
  const { fleet } = live;
  const arrivedAt = now();
  let deadlineAt: number | undefined;
  let sends = 0;
  /** What is sent now was sent before, and counts as such until it is over. */
  let isAgain = false;
  const over = (): void => {
    if (isAgain) fleet.budget.over(1);
    isAgain = false;
  };
  let except: Member | undefined;
  fleet.budget.earn();
  for (;;) {
    if (isGone(response)) {
      over();
      return 'left';
    }
    const member = fleet.take(except) ?? (await waitFor(forwarding, { forMs: arrivedAt + live.route.holdMs - now(), first: except !== undefined }));
    if (typeof member === 'string') {
      over();
      return member === 'left' ? 'left' : { problem: waitProblem(member, live.route) };
    }
    const sentAt = now();
    if (deadlineAt === undefined && live.route.timeoutMs !== undefined) deadlineAt = sentAt + live.route.timeoutMs;
    let how: Ended;
    try {
      how = await exchange(
        { ...request, body: typeof forwarding.body === 'function' ? forwarding.body() : forwarding.body },
        {
          response, member, watch: forwarding.watch, closing: forwarding.closing, answer: forwarding.answer,
          deadlineMs: deadlineAt === undefined ? undefined : deadlineAt - sentAt,
          onSent: () => fleet.accepts(member),
          onAnswer: (status) => {
            const tookMs = now() - sentAt;
            live.tally.answered(status, tookMs);
            fleet.judge(member, { kind: 'answered', status, tookMs });
          },
        },
      );
      if (how.kind === 'unsent' && !isOurFault(how.error)) fleet.judge(member, { kind: 'refused' });
      if (how.kind === 'silent' || how.kind === 'late') fleet.judge(member, { kind: 'fault' });
    } finally {
      fleet.release(member);
      over();
    }
    switch (how.kind) {
      case 'done': return { ended: how, replica: member.id };
      case 'left': return 'left';
      case 'unfit': return { problem: unfitProblem(how.error), replica: member.id };
      case 'late': return { problem: lateProblem(live.route), replica: member.id };
      case 'unsent':
        if (isOurFault(how.error)) return { problem: badRequest('The request has a header that cannot be passed on.') };
        except = member;
        break;
      case 'silent':
        sends += 1;
        if (isGone(response)) return 'left';
        if (sends >= mostSends || !isSafeAgain(forwarding) || !fleet.budget.spend(fleet.inFlight)) return { problem: silentProblem(request.method), replica: member.id };
        isAgain = true;
        except = member;
        break;
    }
  }
}

/** Nothing that is not yet sent is lost, and what is the same twice as once may be sent twice. */
function isSafeAgain({ request, hasBegun }: Forwarding): boolean {
  return idempotent.has(request.method) && !hasBegun();
}

/** RFC 9110 9.2.2. */
const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

function isOurFault(error: Error & { readonly code?: string }): boolean {
  return error.code === 'UND_ERR_INVALID_ARG' || error.code === 'UND_ERR_NOT_SUPPORTED';
}

function waitFor({ live, request, response }: Forwarding, { forMs, first }: { readonly forMs: number; readonly first: boolean }): Promise<Member | WaitEnd> {
  return waiting(live.fleet, response, { forMs, first, bytes: request.headers.reduce((sum, text) => sum + text.length, request.path.length) });
}

/** Waits for a replica as long as whoever asked is there. */
export async function waiting(fleet: Fleet, asker: ClientResponse | Duplex, wait: { readonly forMs: number; readonly first: boolean; readonly bytes: number }): Promise<Member | WaitEnd> {
  if (asker.destroyed) return 'left';
  const left = new AbortController();
  const onClose = (): void => left.abort();
  asker.once('close', onClose);
  try {
    const found = await fleet.wait({ ...wait, signal: left.signal });
    if (typeof found === 'string' || !left.signal.aborted) return found;
    fleet.release(found);
    return 'left';
  } finally {
    asker.off('close', onClose);
  }
}

export function waitProblem(why: Exclude<WaitEnd, 'left'>, { holdMs, startMs, replicas }: Route): Problem {
  const isUp = replicas.some(({ draining, check }) => draining !== true && check === undefined);
  const shared = { status: 503, title: 'Service Unavailable' };
  switch (why) {
    case 'gone': return noSuchRoute;
    case 'full': return { ...shared, detail: 'More requests wait here than can be held. Send it again later.', retryAfterMs: 1_000 };
    case 'late': return isUp
      ? { ...shared, detail: `No replica was free within ${holdMs} ms. Send it again later, or raise max_containers.`, retryAfterMs: 1_000 }
      : { ...shared, detail: `No replica was ready within ${holdMs} ms; one is being started. Send it again later, or raise hold.`, retryAfterMs: startMs ?? 5_000 };
  }
}

export function lateProblem({ timeoutMs }: Route): Problem {
  return { status: 504, title: 'Gateway Timeout', detail: `No answer began within ${timeoutMs} ms. What was asked for may have been done.` };
}

function unfitProblem({ message }: Error): Problem {
  return { status: 502, title: 'Bad Gateway', detail: `The replica's answer cannot be passed on in the version of HTTP that the request came in: ${message}. What was asked for may have been done.` };
}

function silentProblem(method: string): Problem {
  return {
    status: 502, title: 'Bad Gateway',
    detail: idempotent.has(method)
      ? 'The replica ended the connection before it answered, and so did others or there was no room to ask again.'
      : `The replica ended the connection before it answered. ${method} is not sent twice: what was asked for may have been done.`,
  };
}
