import type { AuditLog } from '@neb/audit';
import type { Ledger } from '@neb/billing';
import type { Identity } from '@neb/identity';
import type { SecretStore, World } from '@neb/scheduler';
import type { KeyRotation, Services } from '@neb/sdk/contract';
import { authorise } from '../auth/authorise.ts';
import type { BillKeys } from '../billing/bill-keys.ts';
import { billingService } from '../billing/service.ts';
import type { UsageDelivery } from '../billing/delivery.ts';
import type { Budgets } from '../budgets/budgets.ts';
import type { Plane } from '../redis/plane.ts';
import type { Blobs } from '../archives/blobs.ts';
import type { Vault } from '../secrets/vault.ts';
import { access } from './access.ts';
import { apply, planningFor } from './apply/apply.ts';
import { problemsOfEach } from './apply/wanted.ts';
import { budgetsBeforeNamespace, budgetService } from './budgets.ts';
import { adminService } from './admin.ts';
import { asideService } from './aside.ts';
import { auditService, type Recorder } from './audit.ts';
import { explainer } from './candidates.ts';
import { containerService } from './containers.ts';
import { moveViews } from './move-view.ts';
import { identityService } from './identity/identity.ts';
import { listEvents, watchEvents } from './events.ts';
import { objects } from './objects.ts';
import { offersView } from './offers/offers.ts';
import { openmeterService } from './openmeter.ts';
import { platformViews } from './platforms.ts';
import { processorService } from './processors.ts';
import { ownerQuotas, quotaService } from './quotas.ts';
import { secretService } from './secrets.ts';
import { snapshotService } from './snapshots.ts';
import { serviceDoor } from './service-door.ts';
import { namespaceView } from './views.ts';

export interface ServicesOptions {
  readonly world: World;
  /** The streams of processors. */
  readonly plane: Plane;
  readonly vault: Vault;
  readonly sealed: SecretStore;
  readonly audit: AuditLog;
  readonly ledger: Ledger;
  readonly billKeys: BillKeys;
  readonly recorder: Recorder;
  readonly identity: Identity;
  /** The local administrator's identity. */
  readonly administrator: string;
  readonly rotate: () => Promise<KeyRotation>;
  /** Where snapshots are kept as files. */
  readonly blobs: Blobs;
  readonly delivery: Pick<UsageDelivery, 'url' | 'status' | 'sync' | 'retry'>;
  readonly allowedRegistries?: readonly string[] | undefined;
  readonly budgets?: Pick<Budgets, 'reserve'> | undefined;
  readonly about: ReturnType<Services['version']>;
  /** Told how old a change was when a watcher got it. */
  readonly onFeed?: ((lagMs: number) => void) | undefined;
}

/** Everything the API can do, over the store, the vault and the platforms. */
export function services({ world, plane, vault, sealed, allowedRegistries, audit, ledger, billKeys, recorder, identity, administrator, rotate, blobs, delivery, budgets, about, onFeed }: ServicesOptions): Services {
  const { store, providers, clock, ownerQuota } = world;
  const reach = access(store, recorder);
  const quotas = ownerQuotas(store, ownerQuota);
  const explain = explainer(world);
  const platforms = platformViews({ providers, store, clock });
  const offers = offersView({ providers, clock });
  const writing = { ...world, budgets, explain, whole: store, vault, sealed, recorder, quotas, allowedRegistries };
  return {
    version: () => about,
    apply: (who, input) => apply(writing, who, input),
    check: problemsOfEach,
    containers: containerService({ world, explain, move: moveViews(world), access: reach, recorder, onFeed }),
    budgets: budgetService({ store, access: reach, recorder, clock, onFeed }),
    namespaces: objects({ kind: 'Namespace', view: namespaceView, store, access: reach, recorder, clock, onFeed, refuse: budgetsBeforeNamespace(store) }),
    processors: processorService({ store, plane, access: reach, recorder, clock, onFeed }),
    services: serviceDoor({ store, access: reach, recorder, identity, clock, random: world.random, onFeed, planningFor: (who) => planningFor(writing, who) }),
    snapshots: snapshotService({ store, providers, blobs, access: reach, recorder, clock, onFeed, planningFor: (who) => planningFor(writing, who) }),
    aside: asideService({ world, access: reach, recorder, planningFor: (who) => planningFor(writing, who) }),
    secrets: secretService({ store, access: reach, recorder, clock, vault, sealed, onFeed }),
    events: (who, input) => listEvents({ store, access: reach }, who, input),
    watchEvents: (who, input, signal) => watchEvents({ store, access: reach, clock }, { who, input, signal }),
    audit: auditService(audit),
    billing: billingService({ ledger, keys: billKeys, recorder, clock }),
    identity: identityService({ identity, recorder, store, access: reach, administrator }),
    admin: adminService({ recorder, rotate }),
    openmeter: openmeterService({ recorder, delivery }),
    quotas: quotaService({ store, quotas, recorder }),
    platforms: async (who) => (authorise(who, 'list', { kind: 'Platform' }).do === 'allow' ? await platforms() : []),
    offers: async (who, input) => (authorise(who, 'list', { kind: 'Offer' }).do === 'allow' ? await offers(input) : { offers: [], unanswered: [] }),
  };
}
