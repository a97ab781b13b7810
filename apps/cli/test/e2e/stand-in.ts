import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Caller, NebError, type Processor } from '@neb/core-types';
import { type AnswerEntry, type DeadLetter, type LogEntry, type ProcessorHealth, router, type Services, type StreamMessage, type Watched } from '@neb/sdk/contract';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';

const at = '2026-11-24T08:00:00.000Z';

/** What everything came to, of which two runs go on. */
export const spent: Pick<Services['billing'], 'spending'> = {
  spending: async (_, { objects }) => ({
    at, until: '2026-12-01T00:00:00.000Z',
    items: objects.map(({ id }) => ({ id, runs: 2, seconds: '7980', asked: [], platform: [{ currency: 'USD', per_hour: '2.1', spent: '4.6555', projected: '340.65' }], problems: [] })),
  }),
};

/** A server as the command line meets it on the wire, whose one processor does what the test says. */
export interface StandIn extends AsyncDisposable {
  readonly url: string;
  readonly sent: { readonly content: unknown; readonly key?: string | undefined }[];
  readonly batches: number[];
  readonly dead: DeadLetter[];
  /** What a worker answers. */
  answer: (content: unknown) => readonly Omit<AnswerEntry, 'position' | 'at' | 'message_id'>[];
  processor: Processor;
  /** What a worker says of itself; none says anything where it is absent. */
  health: ProcessorHealth | undefined;
}

const ada: Caller = { id: 'ada@example.com', handle: 'ada', roles: {}, admin: false };
const metadata = { namespace: 'my-app', id: 'p1', owner: ada.id, labels: {}, created_at: at, created_by: ada.id, updated_at: at, generation: 1, version: 1 };
const line = (text: string, position: string): LogEntry => ({ at, stream: 'stdout', text, attempt: 1, position });

export async function standIn(): Promise<StandIn> {
  const state: Omit<StandIn, 'url' | typeof Symbol.asyncDispose> = {
    sent: [], batches: [], dead: [], health: { status: 'ok' },
    answer: () => [{ status: 'success', content: { translated_text: 'Hello World' } }],
    processor: {
      kind: 'Processor', metadata: { ...metadata, name: 'translator' }, container: { kind: 'Container', image: 'busybox', restart: 'Never' }, min_replicas: 0,
      status: { status: 'running', stream: 'my-app:workers:translator', group: 'g', pressure: 7, backlog: 5, pending: 2, replicas: { desired: 3, ready: 2, starting: 1, draining: 0 }, conditions: [] },
    },
  };
  const only = (): Processor => state.processor;
  const messages = (): StreamMessage[] => state.sent.map(({ content }, n) => ({ stream_id: `${n}-0`, message_id: `m${n}`, content, at, sent_by: ada.id })).reverse();
  const without = (id: string | undefined): number => state.dead.splice(0, state.dead.length, ...state.dead.filter((letter) => id !== undefined && letter.id !== id)).length - state.dead.length;

  const processors: Services['processors'] = {
    list: async () => ({ items: [only()], position: 'p0' }),
    get: async (_, ref) => {
      if (('name' in ref ? ref.name : ref.id) === ('name' in ref ? 'translator' : 'p1')) return only();
      throw new NebError('not_found', `there is no processor ${'name' in ref ? ref.name : ref.id}`);
    },
    delete: async () => only(),
    async *watch(): AsyncGenerator<Watched<Processor>> {
      yield { do: 'gone', position: 'p1', id: 'p1', namespace: 'my-app', name: 'translator' };
    },
    async send(_, { messages: wanted }) {
      state.batches.push(wanted.length);
      const problems = wanted.flatMap(({ content }, index) => (content === 'bad' ? [{ path: [index, 'text'], message: 'is missing' }] : []));
      if (problems.length > 0) throw new NebError('invalid', 'a message does not fit the schema', { details: { problems } });
      return wanted.map(({ content, key }) => ({ message_id: `m${state.sent.push({ content, ...(key !== undefined && { key }) }) - 1}`, stream_id: '1-0', return_stream: 'r' }));
    },
    async *answers(_, { messageId, after = '0' }) {
      const pieces = state.answer(state.sent[Number(messageId.slice(1))]?.content);
      for (const [n, piece] of pieces.entries()) if (n >= Number(after)) yield { ...piece, message_id: messageId, at, position: String(n + 1) };
    },
    read: async (_, { limit = 10, cursor = '0' }) => {
      const [all, from] = [messages(), Number(cursor)];
      return { items: all.slice(from, from + limit), ...(from + limit < all.length && { next: String(from + limit) }) };
    },
    deadLetters: async () => ({ items: state.dead }),
    replay: async (_, { id }) => ({ replayed: without(id) }),
    purge: async (_, { id }) => ({ purged: without(id) }),
    health: async (_, { waitMs }) => {
      if (state.health === undefined) throw new NebError('timeout', `no worker said within ${waitMs} ms how it is`);
      return state.health;
    },
    scale: async (_, { replicas }) => {
      const { pinned: _p, ...status } = only().status;
      return (state.processor = { ...only(), status: { ...status, ...(replicas !== undefined && { pinned: replicas }) } });
    },
    explain: async () => ({
      processor: only(), pressure: { backlog: 5, exact: true, pending: 2, acknowledged: 40, oldestWaitingMs: 3_000, consumers: [] },
      policy: { min: 0, max: 10, up: { abovePressure: 100, holdMs: 10_000 }, down: { belowPressure: 10, holdMs: 300_000 }, zero: { holdMs: 600_000 } },
      replicas: ['a', 'b', 'new'].map((id) => ({ id, name: `translator-${id}`, status: id === 'new' ? 'creating' : 'running', ready: id !== 'new', draining: id === 'b', ...(id !== 'new' && { pending: 1 }) })),
      decision: { at, desired: 3, reason: '7 messages wait' }, events: [],
    }),
  };
  const containers = {
    list: async () => ({ items: [], position: 'p0' }),
    // Nothing ever comes.
    watch: (_: Caller, __: unknown, signal: AbortSignal): AsyncIterable<never> => ({
      [Symbol.asyncIterator]: () => ({ next: () => new Promise((resolve) => signal.addEventListener('abort', () => resolve({ done: true, value: undefined }), { once: true })) }),
    }),
    async *logs(_: Caller, { ref }: { readonly ref: { readonly id: string } }): AsyncGenerator<LogEntry> {
      if (ref.id === 'new') throw new NebError('conflict', 'it has not started');
      yield line(`hello from ${ref.id}`, '1');
    },
  };
  const services = { processors, containers, billing: spent } as unknown as Services;
  const handle = createHTTPHandler({ router, basePath: '/trpc/', createContext: () => ({ caller: ada, services, requestId: 'r1' }) });
  const server = createServer((request: IncomingMessage, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
