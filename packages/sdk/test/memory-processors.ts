import { NebError, type Processor, type ProcessorStatus } from '@neb/core-types';
import type { AnswerPiece, DeadLetter, ProcessorHealth, Processors, SentMessage, StreamMessage } from '../src/contract/index.ts';
import { type Feed, feed } from './feed.ts';
import type { Table } from './objects.ts';

export interface MemoryProcessors {
  readonly services: Processors;
  /** Messages that were sent, in order. */
  readonly messages: StreamMessage[];
  readonly dead: DeadLetter[];
  /** What workers answered, and what was asked of the answers. */
  readonly answers: Feed<AnswerPiece>;
  readonly waits: (number | undefined)[];
  /** What a worker says of itself, the latest; none says anything while there is nothing here. */
  readonly health: ProcessorHealth[];
}

/** Streams in memory, whose workers are the test. */
export function memoryProcessors(processors: Table<Processor>): MemoryProcessors {
  const messages: StreamMessage[] = [];
  const dead: DeadLetter[] = [];
  const answers = feed<AnswerPiece>();
  const waits: (number | undefined)[] = [];
  const health: ProcessorHealth[] = [];
  const byKey = new Map<string, SentMessage>();

  const services: Processors = {
    ...processors.objects,
    async send(who, { ref, messages: sent }) {
      const { schema, metadata: { name, namespace } } = await processors.objects.get(who, ref);
      const required = Array.isArray(schema) ? schema.filter((field) => field.required).map((field) => field.name) : [];
      const problems = sent.flatMap(({ content }, index) => required.filter((field) => !(field in (content as object))).map((field) => ({ path: [index, field], message: 'is missing' })));
      if (problems.length > 0) throw new NebError('invalid', `message ${problems[0]!.path[0]} does not fit the schema`, { details: { problems } });
      return sent.map(({ content, key }) => {
        const before = key === undefined ? undefined : byKey.get(key);
        if (before) return before;
        const made = { message_id: `m${messages.length}`, stream_id: `${messages.length}-0`, return_stream: `processor:${namespace}:${name}.return.m${messages.length}` };
        messages.push({ message_id: made.message_id, stream_id: made.stream_id, content, at: '2026-11-24T08:00:00.000Z', sent_by: who.id });
        if (key !== undefined) byKey.set(key, made);
        return made;
      });
    },
    async *answers(who, { ref, messageId, waitMs, after = 'p0' }, signal) {
      await processors.objects.get(who, ref);
      waits.push(waitMs);
      if (!messages.some(({ message_id }) => message_id === messageId)) throw new NebError('expired', `no answers to message ${messageId} are kept`);
      const limit = waitMs === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
      for await (const { position, entry } of answers.follow(after, limit)) {
        if (entry.message_id !== messageId) continue;
        yield { ...entry, position };
        if (entry.status !== 'stream') return;
      }
      if (!signal.aborted) throw new NebError('timeout', `no answer to message ${messageId} came within ${waitMs} ms`);
    },
    async read(who, { ref, limit = 10, cursor = '0' }) {
      await processors.objects.get(who, ref);
      return page(messages.toReversed(), limit, cursor);
    },
    async deadLetters(who, { ref, limit = 10, cursor = '0' }) {
      await processors.objects.get(who, ref);
      return page(dead.toReversed(), limit, cursor);
    },
    async replay(who, { ref, id }) {
      await processors.objects.get(who, ref);
      return { replayed: take(dead, id) };
    },
    async purge(who, { ref, id }) {
      await processors.objects.get(who, ref);
      return { purged: take(dead, id) };
    },
    async health(who, { ref, waitMs = 30_000 }) {
      await processors.objects.get(who, ref);
      waits.push(waitMs);
      const said = health.at(-1);
      if (said) return said;
      throw new NebError('timeout', `no worker said within ${waitMs} ms how it is`);
    },
    async scale(who, { ref, replicas }) {
      const found = await processors.objects.get(who, ref);
      const { pinned: _, ...status } = found.status;
      const scaled = { ...found, status: { ...status, ...(replicas !== undefined && { pinned: replicas, replicas: { ...status.replicas, desired: replicas } }) } };
      processors.put(scaled);
      return scaled;
    },
    async explain(who, ref) {
      const processor = await processors.objects.get(who, ref);
      return {
        processor,
        pressure: { backlog: messages.length, exact: true, pending: 0, acknowledged: 7, consumers: [{ name: 'c1', pending: 0, idleMs: 5 }] },
        policy: { min: 1, max: 10, up: { abovePressure: 1, holdMs: 0 }, down: { belowPressure: 1, holdMs: 60_000 } },
        replicas: [{ name: 'translator-1', id: 'id-of-no-container', status: 'running', ready: true, draining: false, pending: 0 }],
        decision: { at: '2026-11-24T08:00:00.000Z', desired: 1, reason: 'the fewest it may have' },
        events: [],
      };
    },
  };
  return { services, messages, dead, answers, waits, health };
}

/** The status of a processor that has just been made. */
export function newProcessorStatus(stream: string): ProcessorStatus {
  return { status: 'creating', stream, group: 'g1', replicas: { desired: 1, ready: 0, starting: 0, draining: 0 }, scaling: { upSince: 1 }, conditions: [] };
}

function page<T>(items: readonly T[], limit: number, cursor: string): { readonly items: readonly T[]; readonly next?: string | undefined } {
  const from = Number(cursor);
  return { items: items.slice(from, from + limit), ...(from + limit < items.length && { next: String(from + limit) }) };
}

/** Takes the letter with this id away, or all; how many. */
function take(letters: DeadLetter[], id: string | undefined): number {
  const before = letters.length;
  letters.splice(0, before, ...letters.filter((letter) => id !== undefined && letter.id !== id));
  return before - letters.length;
}
