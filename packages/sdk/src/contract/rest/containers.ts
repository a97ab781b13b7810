import { containerManifest } from '@neb/core-types';
import { z } from 'zod';
import { explanation, usage } from '../outputs.ts';
import { containerLog } from './log.ts';
import { looseBody, shownList, writeLoosely } from './objects.ts';
import { patchLoosely } from './patch.ts';
import { byRef, listQuery, refOf, type Route, route } from './route.ts';
import { matchesSearch, searchBody } from './search.ts';
import { containerShape, restContainer } from './shapes.ts';

const tag = 'containers';
const containerList = z.object({ containers: z.array(restContainer), next: z.string().optional() });
/** What PATCH takes: fields of a manifest, labels beside them, and a promise to leave the instance alone. */
const update = containerManifest.partial().extend({
  labels: z.record(z.string(), z.string()).optional(),
  no_delete: z.boolean().optional().describe('Refuse a change that needs a new instance.'),
});

export const containerRoutes: readonly Route[] = [
  route({
    method: 'GET', path: '/v1/containers', tag, summary: 'Lists containers.', query: listQuery, answers: containerList,
    json: async (call) => {
      const { items, next } = await shownList(call, call.context.services.containers, containerShape);
      return { containers: items, next };
    },
  }),
  route({
    method: 'POST', path: '/v1/containers', tag, summary: 'Creates a container; unknown fields are dropped.', body: looseBody, documents: containerManifest, answers: restContainer,
    json: async (call) => containerShape(await writeLoosely(call, { kind: 'Container', mode: 'create', objects: call.context.services.containers })),
  }),
  route({
    method: 'POST', path: '/v1/containers/search', tag, summary: 'Lists the containers that match each given field.', body: searchBody, answers: containerList,
    json: async ({ who, context, body }) => {
      const namespace = body.namespace === '-' ? who.handle : (body.namespace ?? undefined);
      const found: object[] = [];
      for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
        const page = await context.services.containers.list(who, { namespace, cursor, limit: 1_000 });
        found.push(...page.items.filter((container) => matchesSearch(container, { ...body, namespace })).map(containerShape));
        cursor = page.next;
      }
      return { containers: found };
    },
  }),
  ...byRef('containers', (path) =>
    route({ method: 'GET', path, tag, summary: 'Shows a container.', answers: restContainer, json: async (call) => containerShape(await call.context.services.containers.get(call.who, refOf(call))) })),
  ...byRef('containers', (path) =>
    route({ method: 'DELETE', path, tag, summary: 'Asks for a container\'s deletion.', answers: restContainer, json: async (call) => containerShape(await call.context.services.containers.delete(call.who, refOf(call))) })),
  ...byRef('containers', (path) =>
    route({ method: 'PATCH', path, tag, summary: 'Changes the given fields of a container.', body: looseBody, documents: update, answers: restContainer, json: async (call) => containerShape(await patchLoosely(call, { kind: 'Container', objects: call.context.services.containers })) })),
  ...byRef('containers', (path) =>
    route({ method: 'GET', path: `${path}/usage`, tag, summary: 'What a container uses now.', answers: usage, json: ({ context, ...call }) => context.services.containers.usage(call.who, refOf({ context, ...call })) })),
  ...byRef('containers', (path) =>
    route({ method: 'GET', path: `${path}/explain`, tag, summary: 'Where a container could run, where not, and why.', answers: explanation, json: (call) => call.context.services.containers.explain(call.who, refOf(call)) })),
  ...byRef('containers', containerLog),
];
