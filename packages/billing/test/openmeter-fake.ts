import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Clock } from '@neb/core-types';
import type { UsageEvent } from '../src/openmeter/index.ts';
import type { Meter } from '../src/openmeter/meters.ts';
import { plainSum } from './exactly.ts';
import { bodyProblems, breaches } from './openmeter-description.ts';

/** What goes wrong with a call: no connection, an answer that is lost on its way (`lost`: after the work was done), one that never comes, or a status. */
export type Fault = 'down' | 'lost' | 'silent' | { readonly status: number; readonly retryAfter?: string; readonly body?: string };

export interface FakeOptions {
  readonly clock: Clock;
  readonly apiKey?: string;
  /** Asked with each call. */
  readonly fault?: (call: { readonly path: string; readonly nth: number }) => Fault | undefined;
  /** Events that it refuses, and with each the whole batch, as it does with one that is no CloudEvent. */
  readonly refuses?: (event: UsageEvent) => boolean;
  /** How long after an event was taken it is counted: OpenMeter does that in its own time. 0 by default. */
  readonly lagMs?: number;
}

/** OpenMeter's API, as far as neb uses it: what it says is checked against the published description, both ways. */
export interface OpenmeterFake {
  readonly fetch: typeof fetch;
  /** The same on a good day. */
  readonly calmly: typeof fetch;
  /** What was taken, each once, by source and id. */
  readonly events: ReadonlyMap<string, UsageEvent>;
  readonly meters: Map<string, Meter>;
  readonly subjects: Set<string>;
  /** How many events came again, and how many calls came. */
  readonly repeats: () => number;
  readonly calls: () => number;
  /** Where calls or answers broke the description. */
  readonly breaches: readonly string[];
  /** The same over a socket. */
  listen(): Promise<AsyncDisposable & { readonly url: string }>;
}

const exactNumber = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

export function openmeterFake({ clock, apiKey, fault, refuses, lagMs = 0 }: FakeOptions): OpenmeterFake {
  const events = new Map<string, UsageEvent>();
  const takenAt = new Map<string, number>();
  const meters = new Map<string, Meter>();
  const subjects = new Set<string>();
  const broken: string[] = [];
  let [calls, repeats] = [0, 0];

  async function answer(request: Request, isCalm = false): Promise<Response> {
    const url = new URL(request.url);
    const nth = calls++;
    const wrong = isCalm ? undefined : fault?.({ path: url.pathname, nth });
    if (wrong === 'down') throw new TypeError('fetch failed', { cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }) });
    if (wrong === 'silent') return await new Promise((_, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason as Error)));
    if (typeof wrong === 'object') return new Response(wrong.body ?? JSON.stringify(problem(wrong.status, 'it is not my day')), { status: wrong.status, headers: wrong.retryAfter === undefined ? {} : { 'Retry-After': wrong.retryAfter } });
    const contentType = request.headers.get('content-type') ?? '';
    const text = await request.text();
    const sent: unknown = text === '' ? undefined : JSON.parse(text);
    const { status, body } = apiKey !== undefined && request.headers.get('authorization') !== `Bearer ${apiKey}`
      ? { status: 401, body: problem(401, `${request.headers.get('authorization')} is no key`) }
      : handle(request.method, url, { contentType, sent });
    const written = body === undefined ? undefined : JSON.stringify(body);
    broken.push(...breaches({ method: request.method, url, contentType, sent, status, answered: written === undefined ? undefined : JSON.parse(written) as unknown }).filter(() => status < 400));
    if (wrong === 'lost') throw new TypeError('fetch failed', { cause: Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }) });
    return new Response(written ?? null, { status, headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' } });
  }

  function handle(method: string, url: URL, { contentType, sent }: { readonly contentType: string; readonly sent: unknown }): { readonly status: number; readonly body?: unknown } {
    const [, , , place, slug, verb] = url.pathname.split('/');
    if (method === 'POST') {
      const wrong = place === 'events' && contentType !== 'application/cloudevents-batch+json' ? ['not a batch'] : bodyProblems(url.pathname, contentType, sent);
      if (wrong.length > 0) return { status: 400, body: problem(400, wrong.join('; ')) };
    }
    if (method === 'POST' && place === 'events') return ingest(sent as readonly UsageEvent[]);
    if (method === 'POST' && place === 'meters') return create(sent as Meter);
    if (method === 'GET' && place === 'meters' && slug === undefined) return { status: 200, body: page([...meters.values()], url) };
    if (method === 'GET' && place === 'meters' && verb === 'query') return query(meters.get(slug!), url);
    if (method === 'POST' && place === 'subjects') return { status: 200, body: (sent as readonly { readonly key: string }[]).map(({ key }) => (subjects.add(key), { ...made(), key })) };
    return { status: 404, body: problem(404, 'there is no such place') };
  }

  function ingest(batch: readonly UsageEvent[]): { readonly status: number; readonly body?: unknown } {
    const bad = batch.find((event) => refuses?.(event));
    if (bad) return { status: 400, body: problem(400, `invalid event: ${bad.id}`) };
    for (const event of batch) {
      const key = `${event.source} ${event.id}`;
      if (events.has(key)) {
        repeats++;
        continue;
      }
      takenAt.set(key, clock.now());
      events.set(key, event);
    }
    return { status: 204 };
  }

  function create(meter: Meter): { readonly status: number; readonly body?: unknown } {
    if (meters.has(meter.slug)) return { status: 409, body: problem(409, `meter ${meter.slug} already exists`) };
    meters.set(meter.slug, { ...meter, ...made() });
    return { status: 201, body: meters.get(meter.slug) };
  }

  /** Sums exactly, as with decimal precision; a value that is not there, or no number, counts nothing. */
  function query(meter: Meter | undefined, url: URL): { readonly status: number; readonly body?: unknown } {
    if (!meter) return { status: 404, body: problem(404, 'meter not found') };
    const groups = url.searchParams.getAll('groupBy');
    const sums = new Map<string, { readonly by: readonly (readonly [string, string])[]; readonly values: string[] }>();
    for (const [key, event] of events) {
      if (event.type !== meter.eventType || takenAt.get(key)! + lagMs > clock.now()) continue;
      const data = (event.data ?? {}) as Readonly<Record<string, string | number>>;
      const at = (path: string): string => String(data[path.slice(2)] ?? '');
      const value = at(meter.valueProperty ?? '$.');
      if (!/^-?\d+(\.\d+)?$/.test(value)) continue;
      const by = groups.map((group) => [group, group === 'subject' ? event.subject : at(meter.groupBy?.[group] ?? '$.')] as const);
      const sum = sums.get(JSON.stringify(by)) ?? { by, values: [] };
      sums.set(JSON.stringify(by), sum);
      sum.values.push(value);
    }
    const data = [...sums.values()].map(({ by, values }) => ({
      value: exactNumber(plainSum(values)), windowStart: '2026-11-01T00:00:00Z', windowEnd: '2026-12-01T00:00:00Z',
      subject: Object.fromEntries(by)['subject'] ?? null, groupBy: Object.fromEntries(by.filter(([group]) => group !== 'subject')),
    }));
    return { status: 200, body: { data } };
  }

  function made() {
    const at = new Date(clock.now()).toISOString();
    return { id: `01G65Z755AFWAKHE12NY0C${String(1_000 + meters.size + subjects.size)}`, createdAt: at, updatedAt: at };
  }

  return {
    fetch: async (input, init) => await answer(new Request(input, init)),
    calmly: async (input, init) => await answer(new Request(input, init), true),
    events, meters, subjects, breaches: broken, calls: () => calls, repeats: () => repeats,
    async listen() {
      const server = createServer((incoming, outgoing) => void (async () => {
        const parts: Buffer[] = [];
        for await (const part of incoming) parts.push(part as Buffer);
        const body = incoming.method === 'GET' ? null : Buffer.concat(parts);
        const response = await answer(new Request(`http://openmeter${incoming.url}`, { method: incoming.method!, headers: incoming.headers as Record<string, string>, body }));
        outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(Buffer.from(await response.arrayBuffer()));
      })().catch(() => outgoing.destroy()));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        async [Symbol.asyncDispose]() {
          server.closeAllConnections();
          server.close();
        },
      };
    },
  };
}

const problem = (status: number, detail: string) => ({ type: 'about:blank', title: `Status ${status}`, status, detail, instance: 'urn:request:fake' });

function page(meters: readonly Meter[], url: URL): readonly Meter[] {
  const [number, size] = [Number(url.searchParams.get('page') ?? 1), Number(url.searchParams.get('pageSize') ?? 100)];
  return meters.slice((number - 1) * size, number * size);
}
