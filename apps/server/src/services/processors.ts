import { collect, NebError, type Page, paginate, type StreamGroup } from '@neb/core-types';
import { crewOf, pressurePolicy, type Resource, type Store, templateOf, workerSpec, containersOf } from '@neb/scheduler';
import type { AnswerEntry, Caller, DeadLetter, Processors, Ref, StreamMessage } from '@neb/sdk/contract';
import { type Answer, checkedContents, type Listed, type MessageSchema, messageSchema, sentAt } from '@neb/streams';
import type { Verb } from '../auth/authorise.ts';
import { seenBy } from '../auth/view-of.ts';
import type { Plane } from '../redis/plane.ts';
import { deedTo } from './audit.ts';
import { byHand } from './by-hand.ts';
import { objects, type ObjectsOptions } from './objects.ts';
import { processorView, titleOf } from './views.ts';

export interface ProcessorsOptions extends Pick<ObjectsOptions<'Processor', never>, 'access' | 'recorder' | 'clock' | 'onFeed'> {
  readonly store: Store;
  readonly plane: Plane;
}

const longestWaitMs = 3_600_000;

/** What may be done with processors and their messages. */
export function processorService({ plane, ...options }: ProcessorsOptions): Processors {
  const { store, access, recorder, clock } = options;
  const schemas = new WeakMap<object, MessageSchema>();
  const all = objects({ ...options, kind: 'Processor', view: processorView });

  async function need(who: Caller, verb: Verb, ref: Ref): Promise<Resource<'Processor'>> {
    const processor = await access.need(who, verb, { kind: 'Processor', ref });
    if (processor.deletedAt !== undefined && verb !== 'explain') throw new NebError('conflict', `${titleOf(processor)} is being deleted`);
    const missing = plane.missing();
    if (missing !== undefined) throw new NebError('unavailable', missing);
    return processor;
  }

  function schemaOf({ spec }: Resource<'Processor'>): MessageSchema {
    const known = schemas.get(spec);
    if (known) return known;
    const made = messageSchema({ schema: spec.schema, commonSchema: spec.common_schema });
    schemas.set(spec, made);
    return made;
  }

  return {
    ...all,
    async send(who, { ref, messages }) {
      const processor = await need(who, 'send', ref);
      const schema = schemaOf(processor);
      const contents = checkedContents(schema, messages.map(({ content }) => content));
      // One that was just made may have no pass behind it yet, and what is sent must not be older than its group.
      await plane.prepare(groupOf(processor), processor);
      const outgoing = messages.map(({ key }, at) => ({ content: contents[at], idempotencyKey: key, userId: who.id, handle: who.handle, adapter: `processor:${processor.id}` }));
      const sent = await plane.use((lib) => lib.send(groupOf(processor), outgoing));
      return sent.map(({ id, entryId, returnStream = '' }) => ({ message_id: id, stream_id: entryId, return_stream: returnStream }));
    },
    async *answers(who, { ref, messageId, waitMs = longestWaitMs, after }, signal) {
      const processor = await need(who, 'logs', ref);
      const lib = await plane.open();
      for await (const answer of lib.answers(groupOf(processor), messageId, { timeoutMs: Math.min(waitMs, longestWaitMs), signal, ...(after !== undefined && { after }) })) yield answerView(answer, messageId);
    },
    async read(who, { ref, limit = 10, cursor }) {
      const processor = await need(who, 'logs', ref);
      return mapped(await plane.use((lib) => lib.messages(groupOf(processor), { limit, cursor, newestFirst: true })), messageView);
    },
    async deadLetters(who, { ref, limit, cursor }) {
      const processor = await need(who, 'logs', ref);
      const found = await plane.use((lib) => lib.deadLetters.list(groupOf(processor), { limit, cursor, newestFirst: true }));
      return mapped(found, (letter): DeadLetter => ({
        id: letter.id, stream_id: letter.entryId, message_id: letter.messageId, content: letter.content, at: letter.firstAt, error: letter.error, attempts: letter.attempts, died_at: letter.lastAt,
      }));
    },
    async replay(who, { ref, id }) {
      const processor = await need(who, 'send', ref);
      await recorder.done(who, deedTo('send', processor));
      return { replayed: await plane.use((lib) => lib.deadLetters.replay(groupOf(processor), id === undefined ? 'all' : { id })) };
    },
    async purge(who, { ref, id }) {
      const processor = await need(who, 'send', ref);
      await recorder.done(who, deedTo('send', processor));
      return { purged: await plane.use((lib) => lib.deadLetters.purge(groupOf(processor), id === undefined ? 'all' : { id })) };
    },
    async health(who, { ref, waitMs }, signal) {
      const processor = await need(who, 'logs', ref);
      const { status, message, replicas } = processor.status;
      // Nobody would answer.
      if (replicas.ready === 0) return { status, message: message ?? 'no worker is ready' };
      return await (await plane.open()).health(groupOf(processor), { timeoutMs: waitMs, signal });
    },
    scale: byHand({ kind: 'Processor', view: processorView, store, access, recorder, clock, each: 'worker' }).scale,
    async explain(who, ref) {
      const processor = await access.need(who, 'explain', { kind: 'Processor', ref });
      const seen = seenBy(who, store);
      const [containers, events, pressure] = await Promise.all([
        containersOf(seen, processor),
        seen.events({ objectId: processor.id, limit: 50 }),
        plane.missing() === undefined ? plane.pressure([groupOf(processor)]).then(([one]) => one, () => undefined) : undefined,
      ]);
      const crew = crewOf({ containers, pressure, draining: processor.status.draining ?? [], template: templateOf(workerSpec(processor, plane.only?.platform)) });
      return {
        processor: processorView(processor),
        pressure,
        policy: pressurePolicy(processor.spec),
        replicas: crew.workers.map(({ container: { name, id, status }, drainingSince, pending }) => ({ name, id, status: status.status, ready: status.ready, draining: drainingSince !== undefined, ...(pending !== undefined && { pending }) })),
        decision: processor.status.decision,
        events: events.items,
      };
    },
  };
}

function groupOf({ status: { stream, group } }: Resource<'Processor'>): StreamGroup {
  return { stream, group };
}

function answerView(answer: Answer, messageId: string): AnswerEntry {
  const status = answer.kind === 'chunk' ? 'stream' : answer.kind === 'done' ? 'success' : 'error';
  return { message_id: messageId, status, content: answer.content, at: sentAt(answer.entryId), position: answer.entryId };
}

function messageView({ entryId, id, userId, content }: Listed): StreamMessage {
  return { stream_id: entryId, ...(id !== undefined && { message_id: id }), content, at: sentAt(entryId), ...(userId !== undefined && { sent_by: userId }) };
}

function mapped<T, U>({ items, next }: Page<T>, view: (item: T) => U): Page<U> {
  return { items: items.map(view), ...(next !== undefined && { next }) };
}

/** The live processors of a namespace. */
export async function processorsIn(store: Pick<Store, 'list'>, namespace: string): Promise<readonly Resource<'Processor'>[]> {
  return await collect(paginate((cursor) => store.list({ kind: 'Processor', namespace, limit: 1_000, cursor })));
}
