import { type Service, service, serviceManifest } from '@neb/core-types';
import { z } from 'zod';
import { doorKey, doorKeyBody, newDoorKey, revisionNumber, rolloutView, serviceCount, serviceExplanation } from '../service-shapes.ts';
import type { ServiceVerbs } from '../service-verbs.ts';
import { serviceLogs } from './log.ts';
import { looseBody, shownList, writeLoosely } from './objects.ts';
import { type Patch, patchLoosely } from './patch.ts';
import { byRef, listQuery, refOf, type RestCall, type Route, route } from './route.ts';
import { restService, serviceShape } from './shapes.ts';

const tag = 'services';
const of = (call: RestCall): ServiceVerbs => call.context.services.services;
const patch = (call: Patch): Promise<Service> => patchLoosely(call, { kind: 'Service', objects: of(call) });

const update = service.omit({ kind: true, metadata: true, status: true }).partial().extend({
  labels: z.record(z.string(), z.string()).optional(),
  no_delete: z.boolean().optional().describe('Refuse a change that needs new replicas.'),
});
const scaleBody = z.object({
  replicas: serviceCount.nullish(),
  min_replicas: z.int().min(0).max(10_000).nullish().describe('Fewest replicas, from now on.'),
  auto: z.boolean().nullish().describe('Let the autoscaler decide again.'),
}).refine((body) => body.replicas != null || body.min_replicas != null || body.auto === true, { error: 'needs replicas, min_replicas or auto' });

export const serviceRoutes: readonly Route[] = [
  route({
    method: 'GET', path: '/v1/services', tag, summary: 'Lists services.', query: listQuery, answers: z.object({ services: z.array(restService), next: z.string().optional() }),
    json: async (call) => {
      const { items, next } = await shownList(call, of(call), serviceShape);
      return { services: items, next };
    },
  }),
  route({
    method: 'POST', path: '/v1/services', tag, summary: 'Creates a service; unknown fields are dropped.', body: looseBody, documents: serviceManifest, answers: restService,
    json: async (call) => serviceShape(await writeLoosely(call, { kind: 'Service', mode: 'create', objects: of(call) })),
  }),
  ...byRef('services', (path) => route({ method: 'GET', path, tag, summary: 'Shows a service.', answers: restService, json: async (call) => serviceShape(await of(call).get(call.who, refOf(call))) })),
  ...byRef('services', (path) => route({ method: 'DELETE', path, tag, summary: 'Asks for a service\'s deletion.', answers: restService, json: async (call) => serviceShape(await of(call).delete(call.who, refOf(call))) })),
  ...byRef('services', (path) => route({ method: 'PATCH', path, tag, summary: 'Changes the given fields of a service.', body: looseBody, documents: update, answers: restService, json: async (call) => serviceShape(await patch(call)) })),
  ...byRef('services', (path) =>
    route({
      method: 'POST', path: `${path}/scale`, tag, summary: 'Keeps so many replicas, or lets the autoscaler decide again.', body: scaleBody, answers: restService,
      json: async (call) => {
        const { replicas, min_replicas, auto } = call.body;
        const changed = min_replicas == null ? undefined : await patch({ ...call, body: { min_replicas } });
        if (replicas == null && auto !== true) return serviceShape(changed ?? await of(call).get(call.who, refOf(call)));
        return serviceShape(await of(call).scale(call.who, { ref: refOf(call), ...(replicas != null && { replicas }) }));
      },
    })),
  ...byRef('services', (path) => route({ method: 'GET', path: `${path}/explain`, tag, summary: 'Why a service has as many replicas as it has.', answers: serviceExplanation, json: async (call) => serviceExplanation.parse(await of(call).explain(call.who, refOf(call))) })),
  ...byRef('services', (path) => route({ method: 'GET', path: `${path}/rollout`, tag, summary: 'How far the latest change of a service has come, and those before it.', answers: rolloutView, json: async (call) => rolloutView.parse(await of(call).rollout(call.who, refOf(call))) })),
  ...byRef('services', (path) =>
    route({
      method: 'POST', path: `${path}/rollout/undo`, tag, summary: 'Makes a service what it was at an earlier revision.', body: z.object({ revision: revisionNumber.nullish() }), answers: restService,
      json: async (call) => serviceShape(await of(call).undo(call.who, { ref: refOf(call), revision: call.body.revision ?? undefined })),
    })),
  ...byRef('services', (path) => route({ method: 'POST', path: `${path}/rollout/restart`, tag, summary: 'Replaces all replicas by new ones of the same.', answers: restService, json: async (call) => serviceShape(await of(call).restart(call.who, refOf(call))) })),
  ...byRef('services', (path) => route({ method: 'GET', path: `${path}/keys`, tag, summary: 'Lists the keys of a service\'s door, without their secrets.', answers: z.object({ keys: z.array(doorKey) }), json: async (call) => ({ keys: z.array(doorKey).parse(await of(call).keys(call.who, refOf(call))) }) })),
  ...byRef('services', (path) =>
    route({
      method: 'POST', path: `${path}/keys`, tag, summary: 'Creates a key that opens the door of a service alone, and tells its secret this once.', body: doorKeyBody, answers: newDoorKey,
      json: async (call) => newDoorKey.parse(await of(call).createKey(call.who, { ...call.body, ref: refOf(call) })),
    })),
  ...byRef('services', (path) =>
    route({
      method: 'DELETE', path: `${path}/keys/{key}`, tag, summary: 'Revokes a key of a service\'s door.', answers: doorKey,
      json: async (call) => doorKey.parse(await of(call).revokeKey(call.who, { ref: refOf(call), id: call.params.key ?? '' })),
    })),
  ...byRef('services', serviceLogs),
];
