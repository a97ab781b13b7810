import { NebError, type Service, type ServiceStatus } from '@neb/core-types';
import type { RolloutView, ServiceVerbs } from '../src/contract/index.ts';
import type { Table } from './objects.ts';

/** Services in memory, which nothing is done for. */
export function memoryServiceVerbs(services: Table<Service>): ServiceVerbs {
  const change = async (found: Promise<Service>, status: Partial<ServiceStatus>): Promise<Service> => {
    const { kind, metadata, status: before, ...spec } = await found;
    const changed = { kind, metadata, ...spec, status: { ...before, ...status } };
    services.put(changed);
    return changed;
  };
  const rolloutOf = ({ metadata: { namespace, name }, status: { revision, replicas, history } }: Service): RolloutView => {
    const last = history.at(-1);
    return { namespace, name, state: last?.outcome ?? 'pending', asked: last?.revision, revision, message: last?.message, replicas, history: history.toReversed() };
  };
  return {
    ...services.objects,
    scale: (who, { ref, replicas }) => change(services.objects.get(who, ref), { pinned: replicas }),
    explain: async (who, ref) => {
      const service = await services.objects.get(who, ref);
      return {
        service, traffic: service.status.traffic, decision: service.status.decision, rollout: rolloutOf(service), events: [],
        policy: { min: 1, max: 10, up: { aboveMs: 100, holdMs: 10_000 }, down: { belowMs: 10, holdMs: 300_000 } },
        replicas: [{ name: 'web-1', id: 'id-of-no-container', status: 'running', ready: true, draining: false, current: true }],
      };
    },
    rollout: async (who, ref) => rolloutOf(await services.objects.get(who, ref)),
    undo: async (who, { ref, revision }) => {
      const service = await services.objects.get(who, ref);
      const { history } = service.status;
      const to = revision === undefined ? history.at(-2) : history.find((one) => one.revision === revision);
      if (!to) throw new NebError('not_found', `there is no revision ${revision}`);
      const next = { ...history.at(-1)!, revision: service.status.revision + 1, cause: `rollout undo to revision ${to.revision}`, outcome: 'rolling' as const, spec: to.spec };
      return await change(Promise.resolve({ ...service, ...to.spec }), { revision: next.revision, history: [...history, next] });
    },
    createKey: async (who, { ref, name, expires_at }) => {
      const found = await services.objects.get(who, ref);
      const key = { id: `key-${name}`, name, created_at: '2026-11-24T08:00:00.000Z', created_by: who.id, expires_at };
      await change(Promise.resolve(found), { keys: [...(found.status.keys ?? []), { ...key, sha256: 'hash-of-a-key' }] });
      return { key, token: `nebd_${name}` };
    },
    keys: async (who, ref) => (await services.objects.get(who, ref)).status.keys ?? [],
    revokeKey: async (who, { ref, id }) => {
      const found = await services.objects.get(who, ref);
      const key = found.status.keys?.find((one) => one.id === id);
      if (!key) throw new NebError('not_found', `there is no key ${id}`);
      await change(Promise.resolve(found), { keys: found.status.keys?.filter((one) => one !== key) });
      return key;
    },
    restart: (who, ref) => change(services.objects.get(who, ref), { restarted_at: '2026-11-24T08:00:00.000Z' }),
  };
}

/** The status of a service that has just been made. */
export function newServiceStatus(spec: Readonly<Record<string, unknown>>): ServiceStatus {
  return {
    status: 'creating', replicas: { desired: 1, ready: 0, starting: 0, draining: 0 }, scaling: { upSince: 1 }, revision: 1, conditions: [],
    history: [{ revision: 1, template: 't1', at: '2026-11-24T08:00:00.000Z', outcome: 'rolling', spec }],
  };
}
