import { auditRecord, type Caller, event, instant, namespaceManifest, quota } from '@neb/core-types';
import { z } from 'zod';
import { offersQuery, own, quotasInput } from '../inputs.ts';
import { applied, keyRotation, offersOutput, platform, quotaView, version } from '../outputs.ts';
import { openmeterRetry, openmeterStatus, openmeterSync } from '../openmeter.ts';
import type { Ref } from '../services.ts';
import { looseBody, shownList, writeLoosely } from './objects.ts';
import { listQuery, type RestCall, type Route, route } from './route.ts';
import { namespaceShape, restNamespace } from './shapes.ts';

const tag = 'namespaces';

export const namespaceRoutes: readonly Route[] = [
  route({
    method: 'GET', path: '/v1/namespaces', tag, summary: 'Lists namespaces.', query: listQuery, answers: z.object({ namespaces: z.array(restNamespace), next: z.string().optional() }),
    json: async (call) => {
      const { items, next } = await shownList(call, call.context.services.namespaces, namespaceShape);
      return { namespaces: items, next };
    },
  }),
  route({
    method: 'POST', path: '/v1/namespaces', tag, summary: 'Creates a namespace.', body: looseBody, documents: namespaceManifest, answers: restNamespace,
    json: async (call) => namespaceShape(await writeLoosely(call, { kind: 'Namespace', mode: 'create', objects: call.context.services.namespaces })),
  }),
  route({
    method: 'GET', path: '/v1/namespaces/{name}', tag, summary: 'Shows a namespace.', answers: restNamespace,
    json: async (call) => namespaceShape(await call.context.services.namespaces.get(call.who, namespaceRef(call))),
  }),
  route({
    method: 'DELETE', path: '/v1/namespaces/{name}', tag, summary: 'Asks for a namespace\'s deletion.', answers: restNamespace,
    json: async (call) => namespaceShape(await call.context.services.namespaces.delete(call.who, namespaceRef(call))),
  }),
];

const eventQuery = z.object({
  namespace: z.string().optional(),
  object_id: z.string().optional().describe('Only of this object.'),
  since: instant.optional(),
  limit: z.coerce.number().int().min(1).max(1_000).optional(),
  cursor: z.string().optional(),
});

const auditQuery = eventQuery.omit({ object_id: true }).extend({
  who: z.string().optional().describe('Only of this identity.'),
  outcome: z.enum(['ok', 'denied', 'failed']).optional(),
});

const applyBody = z.object({
  manifests: z.array(z.unknown()).min(1).max(1_000).describe('Of any kind; unknown fields are refused, not dropped.'),
  mode: z.enum(['create', 'apply', 'replace']).default('apply'),
  dry_run: z.boolean().default(false).describe('Say what would happen and change nothing.'),
});

const profile = z.object({
  email: z.string(),
  handle: z.string().describe('The namespace "-" stands for.'),
  display_name: z.string(),
  organizations: z.record(z.string(), z.object({ org_name: z.string(), org_role: z.string() })),
  admin: z.boolean(),
});

export const otherRoutes: readonly Route[] = [
  route({
    method: 'GET', path: '/v1/events', tag: 'events', summary: 'Lists what happened, newest first.', query: eventQuery, answers: z.object({ events: z.array(event), next: z.string().optional() }),
    json: async ({ who, context, query: { object_id: objectId, ...query } }) => {
      const { items, next } = await context.services.events(who, own(who, { ...query, objectId }));
      return { events: items, next };
    },
  }),
  route({
    method: 'GET', path: '/v1/audit', tag: 'audit', summary: 'Lists who did what, and what was denied, newest first.', query: auditQuery, answers: z.object({ audit: z.array(auditRecord), next: z.string().optional() }),
    json: async ({ who, context, query }) => {
      const { items, next } = await context.services.audit.list(who, own(who, query));
      return { audit: items, next };
    },
  }),
  route({
    method: 'GET', path: '/v1/platforms', tag: 'platforms', summary: 'Where containers can run, and what is missing where not.', answers: z.object({ platforms: z.array(platform) }),
    json: async ({ who, context }) => ({ platforms: await context.services.platforms(who) }),
  }),
  route({
    method: 'GET', path: '/v1/offers', tag: 'platforms', summary: 'What could be had now, cheapest first.', query: offersQuery, answers: offersOutput,
    json: async ({ who, context, query: { accelerator: accelerators, memory_gib: memoryGiB, spot, max_price: maxPrice, ...query } }) =>
      await context.services.offers(who, { ...query, memoryGiB, maxPrice, accelerators, spot: spot && spot === 'true' }),
  }),
  route({
    method: 'POST', path: '/v1/apply', tag: 'manifests', summary: 'Writes all manifests, or none.', body: applyBody, answers: z.object({ applied: z.array(applied) }),
    json: async ({ who, context, body: { manifests, mode, dry_run: dryRun } }) => ({ applied: await context.services.apply(who, { manifests, mode, dryRun }) }),
  }),
  route({
    method: 'GET', path: '/v1/quotas', tag: 'quotas', summary: 'What an owner and its namespaces may take, and do.', query: quotasInput.unwrap(), answers: z.object({ quotas: z.array(quotaView) }),
    json: async ({ who, context, query }) => ({ quotas: await context.services.quotas.list(who, query) }),
  }),
  route({
    method: 'PUT', path: '/v1/quotas/{owner}', tag: 'quotas', summary: 'Sets what an owner may take of everything.', body: quota, answers: quotaView,
    json: ({ who, context, params: { owner = '' }, body }) => context.services.quotas.set(who, { owner, quota: body }),
  }),
  route({
    method: 'DELETE', path: '/v1/quotas/{owner}', tag: 'quotas', summary: 'Gives an owner what every owner may take.', answers: quotaView,
    json: ({ who, context, params: { owner = '' } }) => context.services.quotas.set(who, { owner }),
  }),
  route({
    method: 'POST', path: '/v1/admin/rotate-key', tag: 'server', summary: 'Wraps every data key under a new encryption key.', answers: keyRotation,
    json: async ({ who, context }) => await context.services.admin.rotateKey(who),
  }),
  route({
    method: 'GET', path: '/v1/admin/openmeter', tag: 'server', summary: 'How usage is delivered to OpenMeter.', answers: openmeterStatus,
    json: async ({ who, context }) => await context.services.openmeter.status(who),
  }),
  route({
    method: 'POST', path: '/v1/admin/openmeter/sync', tag: 'server', summary: 'Makes the meters and subjects that OpenMeter lacks.', answers: openmeterSync,
    json: async ({ who, context }) => await context.services.openmeter.sync(who),
  }),
  route({
    method: 'POST', path: '/v1/admin/openmeter/retry', tag: 'server', summary: 'Sends again what OpenMeter refused.', answers: openmeterRetry,
    json: async ({ who, context }) => await context.services.openmeter.retry(who),
  }),
  route({ method: 'GET', path: '/v1/version', tag: 'server', open: true, summary: 'Which server this is.', answers: version, json: async ({ context }) => context.services.version() }),
  route({ method: 'GET', path: '/v1/users/me', tag: 'server', summary: 'Who you are.', answers: profile, json: async ({ who }) => profileOf(who) }),
];

function profileOf({ id, handle, roles, admin }: Caller): z.infer<typeof profile> {
  const organizations = Object.entries(roles).filter(([owner]) => owner !== id).map(([owner, held]) => [owner, { org_name: owner, org_role: held }] as const);
  return { email: id, handle, display_name: handle, organizations: Object.fromEntries(organizations), admin };
}

function namespaceRef({ params, who }: RestCall): Ref {
  return { namespace: '', name: params.name === '-' ? who.handle : (params.name ?? '') };
}
