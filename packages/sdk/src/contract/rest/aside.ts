import { duration } from '@neb/core-types';
import { z } from 'zod';
import type { AsideVerbs } from '../aside.ts';
import { checkpointBody, forkBody, forkedOf, migrateBody, suspendBody } from '../aside-shapes.ts';
import { looseBody, shownList, writeLoosely } from './objects.ts';
import { byRef, listQuery, refOf, type RestCall, type Route, route } from './route.ts';
import { containerShape, restContainer, restSnapshot, snapshotShape } from './shapes.ts';

const tag = 'containers';
const snapshots = 'snapshots';
const of = (call: RestCall): AsideVerbs => call.context.services.aside;
const importQuery = z.object({ ttl: duration.optional().describe('How long it is kept; 7d if absent.') });
const restForked = forkedOf({ container: restContainer, snapshot: restSnapshot });

/** Nothing at all stands for an empty object. */
const orNothing = <T extends z.ZodType>(body: T) => z.preprocess((value) => value ?? {}, body);

export const asideRoutes: readonly Route[] = [
  ...byRef('containers', (path) =>
    route({ method: 'POST', path: `${path}/suspend`, tag, summary: 'Puts a container aside with its processes, so that it frees its accelerator and stops costing.', body: orNothing(suspendBody), answers: restContainer, json: async (call) => containerShape(await of(call).suspend(call.who, { ...call.body, ref: refOf(call) })) })),
  ...byRef('containers', (path) =>
    route({ method: 'POST', path: `${path}/resume`, tag, summary: 'Goes on with a suspended container in its place.', answers: restContainer, json: async (call) => containerShape(await of(call).resume(call.who, refOf(call))) })),
  ...byRef('containers', (path) =>
    route({ method: 'POST', path: `${path}/migrate`, tag, summary: 'Moves a running container with its processes to another platform.', body: orNothing(migrateBody), answers: restContainer, json: async (call) => containerShape(await of(call).migrate(call.who, { ...call.body, ref: refOf(call) })) })),
  ...byRef('containers', (path) =>
    route({ method: 'POST', path: `${path}/checkpoint`, tag, summary: 'Takes a snapshot of a container that runs on.', body: orNothing(checkpointBody), answers: restSnapshot, json: async (call) => snapshotShape(await of(call).checkpoint(call.who, { ...call.body, ref: refOf(call) })) })),
  ...byRef('containers', (path) =>
    route({
      method: 'POST', path: `${path}/fork`, tag, summary: 'Makes containers that go on from where this one is, which runs on.', body: forkBody, answers: restForked,
      json: async (call) => {
        const { snapshot, containers } = await of(call).fork(call.who, { ...call.body, ref: refOf(call) });
        return { snapshot: snapshotShape(snapshot), containers: containers.map(containerShape) };
      },
    })),
  route({
    method: 'GET', path: '/v1/snapshots', tag: snapshots, summary: 'Lists snapshots.', query: listQuery, answers: z.object({ snapshots: z.array(restSnapshot), next: z.string().optional() }),
    json: async (call) => {
      const { items, next } = await shownList(call, call.context.services.snapshots, snapshotShape);
      return { snapshots: items, next };
    },
  }),
  route({
    method: 'POST', path: '/v1/snapshots', tag: snapshots, summary: 'Takes a snapshot of the container that it names; unknown fields are dropped.', body: looseBody, answers: restSnapshot,
    json: async (call) => snapshotShape(await writeLoosely(call, { kind: 'Snapshot', mode: 'create', objects: call.context.services.snapshots })),
  }),
  ...byRef('snapshots', (path) => route({ method: 'GET', path, tag: snapshots, summary: 'Shows a snapshot.', answers: restSnapshot, json: async (call) => snapshotShape(await call.context.services.snapshots.get(call.who, refOf(call))) })),
  ...byRef('snapshots', (path) => route({ method: 'DELETE', path, tag: snapshots, summary: 'Asks for a snapshot\'s deletion.', answers: restSnapshot, json: async (call) => snapshotShape(await call.context.services.snapshots.delete(call.who, refOf(call))) })),
  ...byRef('snapshots', (path): Route => ({
    method: 'GET', path: `${path}/file`, tag: snapshots, summary: 'A snapshot as one file, for another server.', open: false, streams: true, query: undefined, body: undefined, documents: undefined, answers: 'tar',
    run: async (call) => ({ kind: 'stream', type: 'application/octet-stream', body: await call.context.services.snapshots.export(call.who, refOf(call)) }),
  })),
  {
    method: 'PUT', path: '/v1/snapshots/{namespace}/{name}/file', tag: snapshots, summary: 'Takes in a snapshot that another server gave as a file.', open: false, streams: true, query: importQuery, body: 'tar', documents: undefined, answers: restSnapshot,
    run: async (call) => {
      const { namespace = '', name = '' } = call.params;
      const at = namespace === '-' ? call.who.handle : namespace;
      const { ttl } = call.query as z.output<typeof importQuery>;
      const file = call.body as AsyncIterable<Uint8Array>;
      return { kind: 'json', value: snapshotShape(await call.context.services.snapshots.import(call.who, { namespace: at, name, ...(ttl !== undefined && { ttl }) }, file)) };
    },
  },
];
