import type { Call, Service } from '@neb/core-types';
import { NebError } from '@neb/core-types/errors';
import type { DoorKeyView, NewDoorKeyView, RolloutView, ServiceExplanation } from '../contract/service-verbs.ts';
import type { Calls } from './calls.ts';
import type { ContainersClient } from './containers.ts';
import type { ServiceInput } from './inputs.ts';
import { objectCalls, objectsClient, type ObjectsClient } from './objects.ts';
import { listen, type Listener, type ListenOptions } from './port-forward.ts';
import type { ObjectRef, Resolve } from './refs.ts';

/** What every service can do, and what is rolled out of it. */
export interface ServicesClient extends ObjectsClient<Service, ServiceInput> {
  /** Keeps so many replicas until the manifest is applied again; with `auto` the autoscaler decides again. */
  scale(ref: ObjectRef, replicas: number | 'auto', call?: Call): Promise<Service>;
  /** Why it has as many replicas as it has. */
  explain(ref: ObjectRef, call?: Call): Promise<ServiceExplanation>;
  /** Listens on this machine and joins every connection with a port of a ready replica, one after another, through the server and past the gateway. */
  portForward(ref: ObjectRef, port: number, options?: ListenOptions): Promise<Listener>;
  /** Keys that open the door of one service, and nothing else. */
  readonly keys: {
    /** The token is in this answer and never shown again. `conflict` where the service has a key of this name. */
    create(ref: ObjectRef, input: { readonly name: string; readonly expires_at?: string | undefined }, call?: Call): Promise<NewDoorKeyView>;
    list(ref: ObjectRef, call?: Call): Promise<readonly DoorKeyView[]>;
    /** It opens nothing once the gateways have heard of it, within a second. */
    revoke(ref: ObjectRef, id: string, call?: Call): Promise<DoorKeyView>;
  };
  readonly rollout: {
    /** How far the latest change has come. */
    status(ref: ObjectRef, call?: Call): Promise<RolloutView>;
    /** The latest revisions, the newest first. */
    history(ref: ObjectRef, call?: Call): Promise<RolloutView['history']>;
    /** Makes it what it was at `toRevision`, by default at the last good one before the present one. Resolves before any replica is replaced; `not_found` where that revision is not kept. */
    undo(ref: ObjectRef, which?: { readonly toRevision?: number | undefined }, call?: Call): Promise<Service>;
    /** Replaces all replicas by new ones of the same. Resolves before any is replaced. */
    restart(ref: ObjectRef, call?: Call): Promise<Service>;
  };
}

export interface ServiceWires {
  readonly calls: Calls;
  readonly resolve: Resolve;
  readonly namespace: string | undefined;
  readonly dial: ContainersClient['dial'];
}

export function servicesClient({ calls, resolve, namespace, dial }: ServiceWires): ServicesClient {
  let turn = 0;
  const nextReady = async (ref: ObjectRef, call: Call): Promise<{ readonly id: string }> => {
    const { replicas, service } = await calls.query('services.explain', resolve(ref), call);
    const ready = replicas.filter((replica) => replica.ready && !replica.draining);
    const chosen = ready[turn++ % ready.length];
    if (chosen) return { id: chosen.id };
    throw new NebError('unavailable', `service ${service.metadata.name} has no ready replica${service.status.message === undefined ? '' : `: ${service.status.message}`}`, { hint: 'A request to its address wakes one: neb curl service/NAME /' });
  };
  return {
    ...objectsClient<Service, ServiceInput>(objectCalls(calls, 'Service', 'services'), resolve, namespace),
    scale: (ref, replicas, call) => calls.mutate('services.scale', { ref: resolve(ref), ...(replicas !== 'auto' && { replicas }) }, call),
    explain: (ref, call) => calls.query('services.explain', resolve(ref), call),
    portForward: (ref, port, options) => listen(async (signal) => await dial(await nextReady(ref, { signal }), port, { signal }), options),
    keys: {
      create: (ref, input, call) => calls.mutate('services.createKey', { ref: resolve(ref), ...input }, call),
      list: (ref, call) => calls.query('services.keys', resolve(ref), call),
      revoke: (ref, id, call) => calls.mutate('services.revokeKey', { ref: resolve(ref), id }, call),
    },
    rollout: {
      status: (ref, call) => calls.query('services.rollout', resolve(ref), call),
      history: async (ref, call) => (await calls.query('services.rollout', resolve(ref), call)).history,
      undo: (ref, { toRevision } = {}, call) => calls.mutate('services.undo', { ref: resolve(ref), ...(toRevision !== undefined && { revision: toRevision }) }, call),
      restart: (ref, call) => calls.mutate('services.restart', resolve(ref), call),
    },
  };
}
