import { NebError, type ServiceRevision } from '@neb/core-types';
import { containersOf, latencyPolicy, membersOf, type Resource, restarted, undone } from '@neb/scheduler';
import type { Caller, ServiceExplanation, ServiceVerbs } from '@neb/sdk/contract';
import { seenBy } from '../auth/view-of.ts';
import { refuseService } from './apply/plan-service.ts';
import type { Planning } from './apply/planning.ts';
import { byHand } from './by-hand.ts';
import { objects, type ObjectsOptions } from './objects.ts';
import { rolloutView } from './rollout-view.ts';
import { serviceKeys, type ServiceKeysOptions } from './service-keys.ts';
import { serviceView, titleOf } from './views.ts';

export interface ServiceDoorOptions extends Pick<ObjectsOptions<'Service', never>, 'onFeed'>, ServiceKeysOptions {
  /** Whether a container can run here, as `who` would find out with a manifest. */
  readonly planningFor: (who: Caller) => Pick<Planning, 'fault'>;
}

/** What may be done with services: what somebody asks for is written, and the control loop does it. */
export function serviceDoor(options: ServiceDoorOptions): ServiceVerbs {
  const { store, access, recorder, clock, planningFor } = options;

  const { changed, scale } = byHand({ kind: 'Service', view: serviceView, store, access, recorder, clock, each: 'replica' });

  return {
    ...objects({ ...options, kind: 'Service', view: serviceView }),
    ...serviceKeys(options),
    scale,
    rollout: async (who, ref) => rolloutView(await access.need(who, 'get', { kind: 'Service', ref })),
    undo: (who, { ref, revision }) => changed(who, ref, async (service) => {
      const to = earlier(service, revision);
      const after = undone(service, to, clock.now());
      // What may run, and who may ask for it, can be another than then.
      await refuseService(planningFor(who), after);
      return { after, reason: 'RolledBackByHand', message: `${who.id} asked for revision ${to.revision} again` };
    }),
    restart: (who, ref) => changed(who, ref, (service) => ({ after: restarted(service, clock.now()), reason: 'RestartedByHand', message: `${who.id} asked for new replicas` })),
    async explain(who, ref): Promise<ServiceExplanation> {
      const service = await access.need(who, 'explain', { kind: 'Service', ref });
      const seen = seenBy(who, store);
      const [containers, events] = await Promise.all([containersOf(seen, service), seen.events({ objectId: service.id, limit: 50 })]);
      const { status: { draining = [], traffic, decision, revision, history }, spec } = service;
      const template = history.find((one) => one.revision === revision)?.template ?? '';
      const members = membersOf({ containers, draining, template, failures: 0, isProven: true, traffic: undefined, now: clock.now() });
      return {
        service: serviceView(service), traffic, decision,
        policy: latencyPolicy(spec),
        replicas: members.map(({ container: { id, name, status }, current, drainingSince }) => ({ id, name, status: status.status, ready: status.ready, draining: drainingSince !== undefined, current })),
        rollout: rolloutView(service),
        events: events.items,
      };
    },
  };
}

/** The revision to go back to. Throws `not_found` where it is not kept, `conflict` where there is none. */
function earlier(service: Resource<'Service'>, wanted: number | undefined): ServiceRevision {
  const { history } = service.status;
  const kept = history.map(({ revision }) => revision).join(', ');
  if (wanted !== undefined) {
    const found = history.find(({ revision }) => revision === wanted);
    if (found) return found;
    throw new NebError('not_found', `${titleOf(service)} has no revision ${wanted}`, { hint: kept === '' ? 'None was rolled out yet.' : `There are ${kept}.` });
  }
  const last = history.at(-1);
  const before = history.findLast(({ revision, outcome }) => outcome === 'good' && revision !== last?.revision);
  if (before) return before;
  throw new NebError('conflict', `${titleOf(service)} has no earlier revision that was good`, { hint: kept === '' ? undefined : `Name one with --to-revision: there are ${kept}.`, details: { final: true } });
}
