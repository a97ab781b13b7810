import { badRequest, noSuchRoute, type Problem, problemAnswer } from './answer/problem.ts';
import type { Later } from './later/later.ts';
import type { Doors } from './listen/http.ts';
import type { GatewayLimits, GatewayOptions } from './options.ts';
import type { AdmissionVerdict, Arrival } from './passage.ts';
import { type ClientRequest, type ClientResponse, connectionOf, isHttp2, takesHints } from './pass/client.ts';
import { forward, type LiveRoute } from './pass/forward.ts';
import { ClientLeft, onwardBody, wholeBody } from './pass/request-body.ts';
import { watcher } from './pass/watcher.ts';
import { checkHead, type RequestHead, type SoundRequest } from './request/check.ts';
import { onwardHeaders } from './request/onward.ts';
import { resourceOf } from './request/resource.ts';
import type { RouteTable } from './routes/table.ts';
import { tunnel } from './tunnel/tunnel.ts';
import type { Upgrade } from './tunnel/upgrade.ts';

export interface Serving {
  readonly options: GatewayOptions;
  readonly limits: GatewayLimits;
  readonly table: RouteTable<LiveRoute>;
  /** Absent where every client waits for its answer. */
  readonly later: Later | undefined;
  readonly now: () => number;
  readonly nextId: () => string;
  /** Nothing is known as long as the feed has not told all. */
  readonly isSynced: () => boolean;
  readonly isDraining: () => boolean;
  /** Something began. */
  readonly began: () => void;
  /** Once for each that began. */
  readonly ended: () => void;
}

/** Takes each request from the door to a replica, or says why not. */
export function serve(serving: Serving): Doors {
  return {
    request: (request, response) => void answer(serving, request, response),
    upgrade: (client) => void connect(serving, client),
  };
}

async function answer(serving: Serving, request: ClientRequest, client: ClientResponse): Promise<void> {
  const { now, later } = serving;
  let response = client;
  const id = serving.nextId();
  const startedAt = now();
  serving.began();
  // A client that leaves is noticed where its request is.
  request.on('error', nothing);
  response.on('error', nothing);
  let live: LiveRoute | undefined;
  try {
    const goOn = (): void => {
      if (request.headers.expect !== undefined && !response.headersSent && takesHints(response)) response.writeContinue();
    };
    const entered = enter(serving, { request, id, upgrade: undefined, goOn });
    if ('problem' in entered) return refuse(serving, { request, response, problem: entered.problem, id });
    ({ live } = entered);
    const { sound, arrival, peer } = entered;
    const kept = later?.answer({ request, response, id, route: live.route.id, path: sound.path });
    if (kept) {
      const told = await kept;
      if (told !== 'answered') refuse(serving, { request, response, problem: told, id });
      return;
    }
    const decision = admitted(serving, arrival);
    const verdict = decision instanceof Promise ? await decision : decision;
    if (verdict.do !== 'pass') return refuse(serving, { request, response, problem: problemOf(verdict), id });
    const aside = request.headers['prefer'] === undefined ? undefined : await later?.begin({ request, response, id, route: live.route.id, hasBody: sound.hasBody, body: arrival.body });
    if (aside) (response = aside.response).on('error', nothing);
    const watch = watcher(serving.options.observer, arrival, verdict.caller);
    const held = entered.held();
    let begun = false;
    let body: ReturnType<typeof onwardBody> | undefined;
    const begin = (): void => {
      begun = true;
      goOn();
    };
    if (held) watch?.request?.(held);
    let status = 0;
    let complete = false;
    let bytesOut = 0;
    let replica: string | undefined;
    try {
      const forwarded = await forward({
        live, response, watch, now,
        request: { id, method: request.method ?? 'GET', path: sound.path, headers: onward({ request, id, sound, peer, verdict: aside ? { ...verdict, strip: [...(verdict.strip ?? []), 'prefer'] } : verdict, length: held?.length }) },
        body: held ?? (sound.hasBody ? () => (body = onwardBody(request, { begin, seen: watch?.request })).stream : undefined),
        hasBegun: () => begun,
        closing: serving.isDraining, answer: verdict.answer,
      });
      if (forwarded === 'left') return;
      if ('problem' in forwarded) {
        status = forwarded.problem.status;
        replica = forwarded.replica;
        live.tally.answered(status);
        refuse(serving, { request, response, problem: withAnswer(forwarded.problem, verdict), id });
        complete = true;
        return;
      }
      ({ status, complete, bytesOut } = forwarded.ended);
      replica = forwarded.replica;
      // What the client still sends is not wanted any more.
      if (!request.complete && !isHttp2(response)) request.resume();
    } finally {
      aside?.over();
      watch?.end({ status, complete, bytesIn: held?.length ?? body?.bytes ?? 0, bytesOut, durationMs: now() - startedAt, replica });
    }
  } catch (error) {
    if (error instanceof ClientLeft) return;
    serving.options.onTrouble?.(error instanceof Error ? error : new Error(String(error)));
    live?.tally.answered(500);
    refuse(serving, { request, response, problem: { status: 500, title: 'Internal Server Error', detail: 'The gateway failed; that is a fault of its own.', close: true }, id });
  } finally {
    serving.ended();
  }
}

function nothing(): void {}

async function connect(serving: Serving, client: Upgrade): Promise<void> {
  const { now, limits } = serving;
  const id = serving.nextId();
  const startedAt = now();
  serving.began();
  try {
    const entered = enter(serving, { request: client.request, id, upgrade: client });
    if ('problem' in entered) return client.tell(entered.problem, id);
    const { live, sound, arrival, peer } = entered;
    const verdict = await admitted(serving, arrival);
    if (verdict.do !== 'pass') return client.tell(problemOf(verdict), id);
    const watch = watcher(serving.options.observer, arrival, verdict.caller);
    const headers = onward({ request: client.request, id, sound, peer, verdict: { ...verdict, add: { ...verdict.add, ...client.asks } }, length: undefined });
    const how = await tunnel({ live, id, path: sound.path, headers, answer: verdict.answer, client, watch, now, stallMs: limits.stallMs });
    const durationMs = now() - startedAt;
    if (how === 'left') return watch?.end({ status: 0, complete: false, bytesIn: 0, bytesOut: 0, durationMs, replica: undefined });
    if (!('problem' in how)) return watch?.end({ ...how, durationMs });
    live.tally.answered(how.problem.status);
    client.tell(withAnswer(how.problem, verdict), id);
    watch?.end({ status: how.problem.status, complete: true, bytesIn: 0, bytesOut: 0, durationMs, replica: undefined });
  } catch (error) {
    serving.options.onTrouble?.(error instanceof Error ? error : new Error(String(error)));
    client.stream.destroy();
  } finally {
    serving.ended();
  }
}

interface Entered {
  readonly live: LiveRoute;
  readonly sound: SoundRequest;
  readonly arrival: Arrival;
  readonly peer: Peer;
  /** The body, if it was read whole to decide whether it may pass. */
  readonly held: () => Buffer | undefined;
}

/** Who is at the other end of the connection. */
interface Peer {
  readonly address: string;
  readonly secure: boolean;
  readonly trusted: boolean;
}

/** Whether a request is sound, and for which route. */
function enter(serving: Serving, { request, id, upgrade, goOn }: { readonly request: ClientRequest; readonly id: string; readonly upgrade: Upgrade | undefined; readonly goOn?: () => void }): Entered | { readonly problem: Problem } {
  const { secure, address, serverName, port } = connectionOf(request);
  const head: RequestHead = { method: request.method ?? '', target: request.url ?? '', version: request.httpVersion, rawHeaders: request.rawHeaders, serverName, bodyFollows: 'stream' in request ? !upgrade && !request.stream.endAfterHeaders : undefined };
  const sound = checkHead(head, serving.limits);
  if ('problem' in sound) return sound;
  if (upgrade?.fault !== undefined) return { problem: badRequest(upgrade.fault) };
  if (sound.path === '*') return { problem: { status: 404, title: 'Not Found', detail: 'The gateway itself has no options to tell. Ask for a path.' } };
  const live = routeOf(serving.table, sound, port);
  if (!live) return { problem: serving.isSynced() ? noSuchRoute : { status: 503, title: 'Service Unavailable', detail: 'The gateway is starting and does not know its routes yet.', retryAfterMs: 1_000 } };
  let held: Buffer | undefined;
  const trusted = serving.options.trusts?.(address) === true;
  const spokenFor = trusted ? String(request.headers['x-forwarded-for'] ?? '').split(',').pop()?.trim() : undefined;
  return {
    live, sound, peer: { address, secure, trusted },
    held: () => held,
    arrival: {
      id, route: live.route, method: upgrade ? 'GET' : (request.method ?? ''), target: sound.path, headers: request.headers, address: spokenFor || address, secure, upgrade: upgrade !== undefined,
      async body(limitBytes) {
        if (held || !sound.hasBody) return held ?? Buffer.alloc(0);
        goOn?.();
        held = await wholeBody(request, limitBytes);
        return held;
      },
    },
  };
}

/** A port of its own, the host, or `x-resource`; those that are told must mean the same route. */
function routeOf(table: RouteTable<LiveRoute>, { host, resource }: SoundRequest, port: number | undefined): LiveRoute | undefined {
  const here = (port === undefined ? undefined : table.byPort(port)) ?? (host === undefined ? undefined : table.byHost(host));
  if (resource === undefined) return here;
  const name = resourceOf(resource);
  const named = name && table.byResource(name);
  return here === undefined || here === named ? named : undefined;
}

/** Nothing passes where whoever decides cannot tell. */
function admitted({ options }: Serving, arrival: Arrival): AdmissionVerdict | Promise<AdmissionVerdict> {
  const unknown = (error: unknown): AdmissionVerdict => {
    if (error instanceof ClientLeft) throw error;
    options.onTrouble?.(error instanceof Error ? error : new Error(String(error)));
    return { do: 'refuse', status: 503, title: 'Service Unavailable', detail: 'Who may pass cannot be told at the moment. Send it again later.', retryAfterMs: 1_000 };
  };
  try {
    const verdict = options.admission.admit(arrival);
    return 'then' in verdict ? Promise.resolve(verdict).catch(unknown) : verdict;
  } catch (error) {
    return unknown(error);
  }
}

/** The gateway's own answer to one who may pass has the headers that the replica's would have. */
function withAnswer(problem: Problem, { answer }: AdmissionVerdict & { readonly do: 'pass' }): Problem {
  return { ...problem, headers: { ...answer, ...problem.headers } };
}

function problemOf(verdict: Exclude<AdmissionVerdict, { do: 'pass' }>): Problem {
  return verdict.do === 'hide' ? noSuchRoute : verdict;
}

function onward({ request, id, sound, peer, verdict, length }: { readonly request: ClientRequest; readonly id: string; readonly sound: SoundRequest; readonly peer: Peer; readonly verdict: AdmissionVerdict & { readonly do: 'pass' }; readonly length: number | undefined }): string[] {
  const { address, secure, trusted } = peer;
  return onwardHeaders(request.rawHeaders, {
    id, address, scheme: secure ? 'https' : 'http', version: request.httpVersion, authority: sound.authority,
    trusted, strip: verdict.strip, add: verdict.add, length,
  });
}

function refuse(serving: Serving, { request, response, problem, id }: { readonly request: ClientRequest; readonly response: ClientResponse; readonly problem: Problem; readonly id: string }): void {
  if (response.headersSent || response.writableEnded) return;
  const { body, headers } = problemAnswer(problem, id);
  if (isHttp2(response)) {
    response.writeHead(problem.status, headers);
  } else {
    // Its body would have to be read to find the next request. It is not asked how much of it has come: how long the
    // gateway took would show, and so whether there is such a route.
    const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
    const closes = problem.close === true || serving.isDraining() || hasBody;
    if (closes) response.shouldKeepAlive = false;
    response.writeHead(problem.status, problem.title, closes ? { ...headers, connection: 'close' } : headers);
  }
  response.end(request.method === 'HEAD' ? '' : body);
}
