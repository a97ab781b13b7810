import type { AuditRecord, AuditVerdict, Budget, Call, Caller, Event, Namespace, Page, Problem, Quota, Secret } from '@neb/core-types';
import type { AuditExport, AuditInput, KeyRotation, QuotaView } from '../contract/administration.ts';
import type { OpenmeterRetry, OpenmeterStatus, OpenmeterSync } from '../contract/openmeter.ts';
import type { OffersInput, OffersView, PlatformView } from '../contract/places.ts';
import type { Applied, ApplyInput, EventEntry, EventsInput, WatchEventsInput } from '../contract/services.ts';
import type { BillKey } from '../contract/billing.ts';
import { billingClient, type BillingClient } from './billing.ts';
import { calls as callsOver } from './calls.ts';
import { connector } from './connect.ts';
import { containersClient, type ContainersClient } from './containers.ts';
import { http } from './http.ts';
import { identityClient, type IdentityClient } from './identity.ts';
import type { BudgetInput, NamespaceInput, SecretInput } from './inputs.ts';
import { list, type List } from './list.ts';
import { objectCalls, objectsClient, type ObjectsClient } from './objects.ts';
import { processorsClient, type ProcessorsClient } from './processors.ts';
import { type ObjectRef, resolver } from './refs.ts';
import { retrying, type RetryOptions } from './retry.ts';
import { servicesClient, type ServicesClient } from './services.ts';
import { snapshotsClient, type SnapshotsClient } from './snapshots.ts';

export interface NebOptions {
  /** Where the server is, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`, never in a URL. */
  readonly token?: string | undefined;
  /** The namespace of references, and of manifests of `create` and `apply`, that name none; the caller's own by default. */
  readonly namespace?: string | undefined;
  /** Carries the calls that are plain HTTP; Node's own by default. */
  readonly fetch?: typeof fetch | undefined;
  /** `false` tries everything once. */
  readonly retry?: RetryOptions | false | undefined;
}

/** A neb server. Every call rejects with a NebError: `unavailable` where no server answers. */
export interface Neb extends IdentityClient {
  readonly containers: ContainersClient;
  readonly budgets: ObjectsClient<Budget, BudgetInput>;
  readonly namespaces: ObjectsClient<Namespace, NamespaceInput>;
  readonly secrets: ObjectsClient<Secret, SecretInput> & {
    /** The value in plain. The server keeps record of who asked. */
    reveal(ref: ObjectRef, call?: Call): Promise<string>;
  };
  readonly processors: ProcessorsClient;
  readonly services: ServicesClient;
  readonly snapshots: SnapshotsClient;
  readonly events: {
    /** Newest first. */
    list(query?: EventsInput, call?: Call): List<Event>;
    /** Each event as it happens, from now or after `after`; until `call.signal` aborts. */
    watch(query?: WatchEventsInput, call?: Call): AsyncIterable<EventEntry>;
  };
  /** Who did what, and what was denied. */
  readonly audit: {
    /** Newest first. */
    list(query?: AuditInput, call?: Call): List<AuditRecord>;
    /** All of it in order, for administrators; what `verifyChain` of @neb/audit takes. */
    records(call?: Call): AsyncIterable<AuditRecord>;
    verify(call?: Call): Promise<AuditVerdict>;
  };
  readonly billing: BillingClient;
  /** What owners and namespaces may take, and do. */
  readonly quotas: {
    /** That of the owner, you if absent, then those of its namespaces that have one. */
    list(query?: { readonly owner?: string | undefined }, call?: Call): Promise<readonly QuotaView[]>;
    /** For administrators of the server. Without `quota` the owner has what every owner has. */
    set(owner: string, quota: Quota | undefined, call?: Call): Promise<QuotaView>;
  };
  /** For administrators of the server. */
  readonly admin: {
    /** Wraps every namespace's data key under a new key while everything goes on. */
    rotateKey(call?: Call): Promise<KeyRotation>;
    /** Has another key sign bills from now on; what the one before signed can be checked for ever. */
    rotateBillKey(call?: Call): Promise<BillKey>;
    /** How usage is delivered to OpenMeter, whichever server does it. */
    openmeterStatus(call?: Call): Promise<OpenmeterStatus>;
    /** Makes the meters and subjects that OpenMeter lacks; repeating it changes nothing. Rejects with `unsupported` where the server delivers to none. */
    openmeterSync(call?: Call): Promise<OpenmeterSync>;
    /** Sends again what OpenMeter refused and was put aside. Rejects with `unsupported` where the server delivers to none. */
    openmeterRetry(call?: Call): Promise<OpenmeterRetry>;
  };
  /** Where containers can run, and what is missing where they cannot. */
  platforms(call?: Call): Promise<readonly PlatformView[]>;
  /** What could be had now, cheapest first. Rejects with `not_found`, naming those most like it, where nobody sells an accelerator that is asked for. */
  offers(query?: OffersInput, call?: Call): Promise<OffersView>;
  /** Checks all manifests, then writes all of them or none; says what became of each, in their order. */
  apply(manifests: readonly unknown[], options?: ApplyOptions, call?: Call): Promise<readonly Applied[]>;
  /** What the server finds wrong with each manifest; empty lists where nothing is. */
  check(manifests: readonly unknown[], call?: Call): Promise<readonly (readonly Problem[])[]>;
  version(call?: Call): Promise<Version>;
  whoami(call?: Call): Promise<Caller>;
}

export interface ApplyOptions {
  /** `apply` by default. */
  readonly mode?: ApplyInput['mode'] | undefined;
  /** Says what would happen and changes nothing; false by default. */
  readonly dryRun?: boolean | undefined;
  /** What was read to make the manifests: rejects with `conflict` where one of it would be changed and is not as it was. */
  readonly expected?: ApplyInput['expected'];
}

export interface Version {
  readonly version: string;
  /** Names this control plane: what its instances are labelled with. */
  readonly fleet: string;
  readonly database: string;
}

/** A client of the server at `url`. Opens nothing before the first call, and needs no closing. */
export function createNeb(options: NebOptions): Neb {
  const url = options.url.replace(/\/+$/, '');
  const send = http({ url, token: options.token, fetch: options.fetch ?? fetch });
  const calls = callsOver(send, retrying(options.retry));
  const resolve = resolver(options.namespace ?? '-');
  const containers = containersClient({ calls, send, connect: connector({ url, token: options.token }), resolve, namespace: options.namespace });
  return {
    containers,
    budgets: objectsClient<Budget, BudgetInput>(objectCalls(calls, 'Budget', 'budgets'), resolve, options.namespace),
    namespaces: objectsClient<Namespace, NamespaceInput>(objectCalls(calls, 'Namespace', 'namespaces'), (ref) => ('id' in ref ? ref : { namespace: '', name: ref.name })),
    secrets: {
      ...objectsClient<Secret, SecretInput>(objectCalls(calls, 'Secret', 'secrets'), resolve, options.namespace),
      reveal: async (ref, call) => (await calls.mutate('secrets.reveal', resolve(ref), call)).value,
    },
    processors: processorsClient({ calls, resolve, namespace: options.namespace }),
    services: servicesClient({ calls, resolve, namespace: options.namespace, dial: containers.dial }),
    snapshots: snapshotsClient({ calls, send, resolve, namespace: options.namespace }),
    events: {
      list: (query = {}, call) => list<Event, Page<Event>>((cursor) => calls.query('events.list', cursor === undefined ? query : { ...query, cursor }, call)),
      watch: (query, call) => once(calls.subscribe('events.watch', query, call)),
    },
    audit: {
      list: (query = {}, call) => list<AuditRecord, Page<AuditRecord>>((cursor) => calls.query('audit.list', cursor === undefined ? query : { ...query, cursor }, call)),
      records: (call) => records(calls.subscribe('audit.records', undefined, call)),
      verify: (call) => calls.query('audit.verify', undefined, call),
    },
    billing: billingClient(calls),
    ...identityClient(calls),
    quotas: {
      list: (query, call) => calls.query('quotas.list', query ?? {}, call),
      set: (owner, quota, call) => calls.mutate('quotas.set', { owner, ...(quota && { quota }) }, call),
    },
    admin: {
      rotateKey: (call) => calls.mutate('admin.rotateKey', undefined, call),
      rotateBillKey: (call) => calls.mutate('admin.rotateBillKey', undefined, call),
      openmeterStatus: (call) => calls.query('admin.openmeterStatus', undefined, call),
      openmeterRetry: (call) => calls.mutate('admin.openmeterRetry', undefined, call),
      openmeterSync: (call) => calls.mutate('admin.openmeterSync', undefined, call),
    },
    platforms: (call) => calls.query('platforms.list', undefined, call),
    offers: (query = {}, call) => calls.query('offers.list', query, call),
    apply: (manifests, { mode = 'apply', dryRun, expected } = {}, call) => calls.mutate('manifests.write', { manifests, mode, ...(dryRun !== undefined && { dryRun }), ...(expected && { expected }) }, call),
    check: (manifests, call) => calls.mutate('manifests.check', { manifests }, call),
    version: (call) => calls.query('version', undefined, call),
    whoami: (call) => calls.query('whoami', undefined, call),
  };
}

async function* records(from: AsyncIterable<AuditExport>): AsyncGenerator<AuditRecord, void> {
  for await (const { seq, hash, entry } of from) yield { seq, hash, entry };
}

/** After a break a server may tell the last events again. */
async function* once(events: AsyncIterable<EventEntry>): AsyncGenerator<EventEntry, void> {
  const told = new Map<string, number>();
  for await (const event of events) {
    if ((told.get(event.id) ?? 0) >= event.count) continue;
    told.delete(event.id);
    told.set(event.id, event.count);
    const [oldest] = told.keys();
    if (told.size > longestMemory && oldest !== undefined) told.delete(oldest);
    yield event;
  }
}

const longestMemory = 1_000;
