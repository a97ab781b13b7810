import { type Processor, processor, processorManifest } from '@neb/core-types';
import { z } from 'zod';
import { deadLetter, processorExplanation, processorHealth, purged, replayed, replicaCount, sentMessage } from '../processor-shapes.ts';
import type { Processors } from '../processors.ts';
import { processorLogs } from './log.ts';
import { answerEvents, messageShape, response, restMessage, streamData, streamRequest, wholeAnswer } from './messages.ts';
import { looseBody, shownList, writeLoosely } from './objects.ts';
import { type Patch, patchLoosely } from './patch.ts';
import { byRef, listQuery, refOf, type RestCall, type Route, route } from './route.ts';
import { processorShape, restProcessor } from './shapes.ts';

const tag = 'processors';
const of = (call: RestCall): Processors => call.context.services.processors;
const patch = (call: Patch): Promise<Processor> => patchLoosely(call, { kind: 'Processor', objects: of(call) });

const update = processor.omit({ kind: true, metadata: true, status: true }).partial().extend({
  labels: z.record(z.string(), z.string()).optional(),
  no_delete: z.boolean().optional().describe('Refuse a change that needs new workers.'),
});
const scaleBody = z.object({
  replicas: replicaCount.nullish(),
  min_replicas: z.int().min(0).max(10_000).nullish().describe('Fewest workers, from now on.'),
  auto: z.boolean().nullish().describe('Let the autoscaler decide again.'),
}).refine((body) => body.replicas != null || body.min_replicas != null || body.auto === true, { error: 'needs replicas, min_replicas or auto' });
const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).optional().describe('Most to answer with; 10 if absent.'),
  cursor: z.string().optional().describe('`next` of the answer before.'),
});
const sent = z.object({
  success: z.literal(true), ...sentMessage.shape,
  streaming: z.literal(true).optional(),
  stream_url: z.string().optional().describe('Where the pieces of the answer can be followed as server-sent events.'),
});

const healthQuery = z.object({ wait_time_ms: z.coerce.number().int().min(0).max(86_400_000).optional().describe('How long to wait for a worker\'s word, in milliseconds; 30,000 if absent.') });

const pingMs = 15_000;
const eventsQuery = z.object({
  after: z.string().optional().describe('Go on after the event with this id.'),
  wait_time_ms: z.coerce.number().int().min(0).max(86_400_000).optional().describe('How long to wait for the end of the answer, in milliseconds; an hour if absent.'),
});

/** A processor itself. */
const objectRoutes: readonly Route[] = [
  route({
    method: 'GET', path: '/v1/processors', tag, summary: 'Lists processors.', query: listQuery, answers: z.object({ processors: z.array(restProcessor), next: z.string().optional() }),
    json: async (call) => {
      const { items, next } = await shownList(call, of(call), processorShape);
      return { processors: items, next };
    },
  }),
  route({
    method: 'POST', path: '/v1/processors', tag, summary: 'Creates a processor; unknown fields are dropped.', body: looseBody, documents: processorManifest, answers: restProcessor,
    json: async (call) => processorShape(await writeLoosely(call, { kind: 'Processor', mode: 'create', objects: of(call) })),
  }),
  ...byRef('processors', (path) => route({ method: 'GET', path, tag, summary: 'Shows a processor.', answers: restProcessor, json: async (call) => processorShape(await of(call).get(call.who, refOf(call))) })),
  ...byRef('processors', (path) => route({ method: 'DELETE', path, tag, summary: 'Asks for a processor\'s deletion.', answers: restProcessor, json: async (call) => processorShape(await of(call).delete(call.who, refOf(call))) })),
  ...byRef('processors', (path) => route({ method: 'PATCH', path, tag, summary: 'Changes the given fields of a processor.', body: looseBody, documents: update, answers: restProcessor, json: async (call) => processorShape(await patch(call)) })),
  ...byRef('processors', (path) =>
    route({
      method: 'POST', path: `${path}/scale`, tag, summary: 'Keeps so many workers, or lets the autoscaler decide again.', body: scaleBody, answers: restProcessor,
      json: async (call) => {
        const { replicas, min_replicas, auto } = call.body;
        const changed = min_replicas == null ? undefined : await patch({ ...call, body: { min_replicas } });
        if (replicas == null && auto !== true) return processorShape(changed ?? await of(call).get(call.who, refOf(call)));
        return processorShape(await of(call).scale(call.who, { ref: refOf(call), ...(replicas != null && { replicas }) }));
      },
    })),
  ...byRef('processors', (path) => route({ method: 'GET', path: `${path}/explain`, tag, summary: 'Why a processor has as many workers as it has.', answers: processorExplanation, json: async (call) => processorExplanation.parse(await of(call).explain(call.who, refOf(call))) })),
  ...byRef('processors', (path): Route => ({
    ...route({
      method: 'GET', path: `${path}/health`, tag, summary: 'What one of the workers says of itself.', query: healthQuery, answers: processorHealth,
      json: async (call) => processorHealth.parse(await of(call).health(call.who, { ref: refOf(call), waitMs: call.query.wait_time_ms }, call.signal)),
    }),
    streams: true,
  })),
  ...byRef('processors', processorLogs),
];

/** What is in its stream. */
const messageRoutes: readonly Route[] = [
  ...byRef('processors', (path): Route => ({
    ...route({ method: 'POST', path: `${path}/messages`, tag, summary: 'Sends a message; with `wait`, answers with the worker\'s answer.', body: streamData, answers: z.union([sent, response]), json: send }),
    streams: true,
  })),
  ...byRef('processors', (path) =>
    route({
      method: 'GET', path: `${path}/messages`, tag, summary: 'Lists messages, newest first, and takes none away.', query: pageQuery, answers: z.object({ messages: z.array(restMessage), next: z.string().optional() }),
      json: async (call) => {
        const { items, next } = await of(call).read(call.who, { ref: refOf(call), ...call.query });
        return { messages: items.map(messageShape), next };
      },
    })),
  ...byRef('processors', (path) =>
    route({
      method: 'POST', path: `${path}/stream`, tag, summary: 'The latest messages in their order; takes none away.', body: streamRequest, answers: z.array(restMessage),
      json: async (call) => {
        const { items } = await of(call).read(call.who, { ref: refOf(call), limit: call.body.max_records ?? 10 });
        return items.map(messageShape).reverse();
      },
    })),
  ...byRef('processors', (path) =>
    route({
      method: 'GET', path: `${path}/dead_letters`, tag, summary: 'Lists messages that were given up, newest first.', query: pageQuery, answers: z.object({ dead_letters: z.array(deadLetter), next: z.string().optional() }),
      json: async (call) => {
        const { items, next } = await of(call).deadLetters(call.who, { ref: refOf(call), ...call.query });
        return { dead_letters: items, next };
      },
    })),
  ...byRef('processors', (path) =>
    route({
      method: 'POST', path: `${path}/dead_letters/replay`, tag, summary: 'Sends messages that were given up anew.', body: z.object({ id: z.string().nullish().describe('Only this one; all if absent.') }), answers: replayed,
      json: (call) => of(call).replay(call.who, { ref: refOf(call), id: call.body.id ?? undefined }),
    })),
  ...byRef('processors', (path) =>
    route({
      method: 'DELETE', path: `${path}/dead_letters`, tag, summary: 'Forgets messages that were given up.', query: z.object({ id: z.string().optional().describe('Only this one; all if absent.') }), answers: purged,
      json: (call) => of(call).purge(call.who, { ref: refOf(call), id: call.query.id }),
    })),
  // Last: where a processor is called `return`, the paths above are its own.
  ...byRef('processors', (path): Route => ({
    ...route({
      method: 'POST', path: `${path}/return/{message_id}`, tag, summary: 'The answer to a message, waited for.', body: streamRequest, answers: response,
      json: (call) => wholeAnswer(call, { ref: refOf(call), messageId: messageId(call), waitMs: call.body.wait_time_ms ?? 1_000 }),
    }),
    streams: true,
  })),
  ...byRef('processors', (path): Route => ({
    method: 'GET', path: `${path}/return/{message_id}/stream`, tag, summary: 'The pieces of an answer as server-sent events, ended by the event `end`.', open: false, streams: true, query: eventsQuery, body: undefined, documents: undefined, answers: z.string(),
    run: async (call) => {
      const { after, wait_time_ms: waitMs } = call.query as z.output<typeof eventsQuery>;
      // What cannot be followed is refused before the answer begins.
      await of(call).read(call.who, { ref: refOf(call), limit: 1 });
      return { kind: 'stream', type: 'text/event-stream', body: answerEvents(call, { ref: refOf(call), messageId: messageId(call), after, waitMs }, pingMs) };
    },
  })),
];

export const processorRoutes: readonly Route[] = [...objectRoutes, ...messageRoutes];

async function send(call: RestCall<unknown, z.output<typeof streamData>>): Promise<z.infer<typeof sent> | z.infer<typeof response>> {
  const { content, key, wait, stream, wait_time_ms: waitMs } = call.body;
  const ref = refOf(call);
  const [message] = await of(call).send(call.who, { ref, messages: [{ content, key: key ?? undefined }] });
  if (!message) throw new Error('nothing became of the message');
  const accepted = { success: true, ...message } as const;
  if (wait !== true) return accepted;
  if (stream !== true) return wholeAnswer(call, { ref, messageId: message.message_id, waitMs: waitMs ?? undefined });
  const parts = 'id' in ref ? [ref.id] : [ref.namespace, ref.name];
  return { ...accepted, streaming: true, stream_url: `/v1/processors/${[...parts, 'return', message.message_id, 'stream'].map(encodeURIComponent).join('/')}` };
}

function messageId({ params }: RestCall): string {
  return params.message_id ?? '';
}
