import type { Attempt, ContainerRow, Event, Kind, LogLine, Page, Quota, Requirement, Usage } from '@neb/core-types';
import type { SpecOf, StatusOf } from './specs.ts';
import type { WorkQueue } from './work/work-queue.ts';

/** An object of any kind, as it is kept. The API writes `spec` and `deletedAt`; controllers write `status` and `finalizers`. */
export interface Resource<K extends Kind = Kind> {
  readonly kind: K;
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly owner: string;
  readonly ownerRef?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Order of creation across all objects; given by the store. */
  readonly seq: number;
  /** Goes up with every write by anyone; a write naming an older one is refused. 0 for one not yet stored. */
  readonly version: number;
  /** Goes up with every change of `spec`. */
  readonly generation: number;
  readonly spec: SpecOf<K>;
  readonly status: StatusOf<K>;
  /** What must be cleaned up outside the store before the object is gone. */
  readonly finalizers: readonly string[];
  readonly createdBy: string;
  /** Times are RFC 3339. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** When deletion was asked for. */
  readonly deletedAt?: string | undefined;
  /** When the last finalizer went: from here on the object is history, and its name is free. */
  readonly goneAt?: string | undefined;
}

/** One part of a `commit`. */
export type Change =
  /** Inserts where `version` is 0, else replaces that very version. */
  | { readonly do: 'put'; readonly resource: Resource }
  /** Forgets an object of that very version with its events, attempts, logs and sealed value; repeating it changes nothing. */
  | { readonly do: 'drop'; readonly resource: Resource }
  /** Refuses the commit with `conflict` where this object is gone or is being deleted, now and until it is written. */
  | { readonly do: 'need'; readonly resource: Pick<Resource, 'kind' | 'id' | 'namespace' | 'name'> }
  /**
   * Refuses the commit with `quota` where the live containers of `scope`, with what it puts, would take more than
   * `quota` lets them. It is exact, however many commits there are at once; commits without it are not counted against it.
   */
  | { readonly do: 'limit'; readonly scope: Scope; readonly quota: Quota }
  /**
   * The same of what the live containers of `scope` may spend: refuses the commit with `quota` where it would be more than
   * `most` billionths an hour of what budgets count as `key`. `budget` says whose limit it is.
   */
  | { readonly do: 'afford'; readonly scope: Scope; readonly key: string; readonly most: number; readonly budget: string }
  /** Asks for a pass of the kind's controller over the object. */
  | { readonly do: 'wake'; readonly kind: Kind; readonly id: string; readonly afterMs?: number | undefined }
  /** Tells people; folded with an earlier one of the same object, reason and message. Followers of the object hear of it. */
  | { readonly do: 'tell'; readonly event: NewEvent }
  /** Adds an ended attempt to the ledger that usage is derived from. Adding it again changes nothing. */
  | { readonly do: 'archive'; readonly containerId: string; readonly attempt: Attempt }
  /** Keeps the last lines of an attempt that is about to be removed. Replaces what was kept for it. */
  | { readonly do: 'keep_log'; readonly containerId: string; readonly attempt: number; readonly lines: readonly LogLine[] };

/** What a quota is of. */
export type Scope = { readonly of: 'owner' | 'namespace'; readonly name: string };

export type NewEvent = Pick<Event, 'type' | 'reason' | 'message' | 'object'>;

export interface ListQuery<K extends Kind = Kind> {
  readonly kind: K;
  readonly namespace?: string | undefined;
  readonly labels?: readonly Requirement[] | undefined;
  /** Only those whose status word is one of these. */
  readonly statuses?: readonly string[] | undefined;
  readonly queue?: string | undefined;
  /** History too: by default an object that is gone is left out. */
  readonly gone?: boolean | undefined;
  /** At most 1,000; 100 if absent. */
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** One entry of the change feed: look at the object again. */
export interface FeedEntry {
  /** Opaque; hand it back to go on after this entry. */
  readonly cursor: string;
  readonly kind: Kind;
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly dropped: boolean;
  /** Whose it was then; absent where that was not known any more. */
  readonly owner?: string | undefined;
}

/** How far somebody sees: what belongs to one of these owners and is in one of these namespaces; all of them where they are absent. A namespace is in itself. */
export interface View {
  readonly owners?: readonly string[] | undefined;
  readonly namespaces?: readonly string[] | undefined;
}

/** What is read and written for somebody. */
export type TenantStore = Pick<Store, 'get' | 'find' | 'list' | 'containerRows' | 'commit' | 'events' | 'attempts' | 'keptLog' | 'changes' | 'cursor' | 'usage' | 'quota'>;

/** Where everything is kept. Two stores pass the same tests: memory, and PostgreSQL through Kysely. */
export interface Store {
  /**
   * The same store as far as a view reaches: what is beyond is not there, and a commit cannot put or drop it. In a
   * database its own row-level security holds this, whatever was forgotten above.
   */
  as(view: View): TenantStore;

  /** An identity of this control plane, made on first use and the same for every replica: what its instances are labelled with. */
  fleet(): Promise<string>;
  /** Says that `value` goes under `name` for the next `ms`, unless another value was said to and still does; whether it goes now. Said again, it goes on. */
  hold(name: string, value: string, ms: number): Promise<boolean>;

  get<K extends Kind>(kind: K, id: string): Promise<Resource<K> | undefined>;
  /** By name: the one that is not gone, else the one that went last. */
  find<K extends Kind>(ref: { readonly kind: K; readonly namespace: string; readonly name: string }): Promise<Resource<K> | undefined>;
  /** In order of creation. */
  list<K extends Kind>(query: ListQuery<K>): Promise<Page<Resource<K>>>;
  /** As `list`, of each container only what a long list shows; at most 5,000. */
  containerRows(query: Omit<ListQuery, 'kind'>): Promise<Page<ContainerRow>>;
  /** How many that are not gone have each status word; under '' where the kind has none. */
  count(kind: Kind): Promise<Readonly<Record<string, number>>>;

  /**
   * Writes all of `changes` or none, and answers with the put resources as they are now, in order.
   * Throws `conflict` where a version is stale or a name is taken, and `quota` as `limit` says.
   */
  commit(changes: readonly Change[]): Promise<readonly Resource[]>;

  /** The first container of a queue that has not ended: the one whose turn it is. */
  queueHead(namespace: string, queue: string): Promise<Resource<'Container'> | undefined>;
  /** Those that went, or ended, before `before`, and have nothing left outside the store: what retention may forget. At most 100. */
  forgettable(kind: Kind, before: string): Promise<readonly Resource[]>;

  /** What the live containers of `scope` take. */
  usage(scope: Scope): Promise<Usage>;
  /** What an owner may take of everything; `undefined` where nothing was set. */
  quota(owner: string): Promise<Quota | undefined>;
  setQuota(owner: string, quota: Quota | undefined): Promise<void>;

  /** Newest first. */
  events(query: EventQuery): Promise<Page<Event>>;
  /** Newest first. */
  attempts(containerId: string): Promise<readonly Attempt[]>;
  /** The lines kept of an attempt; of the latest kept one if `attempt` is absent. */
  keptLog(containerId: string, attempt?: number): Promise<{ readonly attempt: number; readonly lines: readonly LogLine[] } | undefined>;

  /**
   * What changed after `after`, in an order in which no reader misses a change, however transactions overlap.
   * Without `after` it begins now. Ends when `signal` aborts; throws `expired` where `after` is no longer kept.
   */
  changes(options: { readonly after?: string | undefined; readonly signal: AbortSignal }): AsyncIterable<FeedEntry>;
  /** A cursor that stands for now: what is read after it was taken plus `changes` after it misses nothing. */
  cursor(): Promise<string>;
}

export interface EventQuery {
  readonly namespace?: string | undefined;
  readonly objectId?: string | undefined;
  /** RFC 3339. */
  readonly since?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** The secrets' ciphertexts live apart, so that no listing can return one. */
export interface SecretStore {
  /** The sealed value of a secret, or `undefined`. */
  sealed(secretId: string): Promise<Uint8Array | undefined>;
  /** Keeps a sealed value; replaces an earlier one. */
  seal(secretId: string, value: Uint8Array): Promise<void>;
  /** The wrapped data key of a namespace, made by `make` on first use; all callers get the same one. */
  dataKey(namespace: string, make: () => Uint8Array): Promise<Uint8Array>;
  /** The wrapped data keys of namespaces whose names come after `after`, in the order of their names; at most 100. */
  dataKeys(after?: string): Promise<readonly DataKey[]>;
  /** Puts another wrapping in the place of that very one; answers whether it was still there. */
  replaceDataKey(key: DataKey, wrapped: Uint8Array): Promise<boolean>;
}

/** A namespace's data key, wrapped. */
export interface DataKey {
  readonly namespace: string;
  readonly wrapped: Uint8Array;
}

/** The work queues that `wake` fills, one a kind; every call answers with the same one. */
export interface Queues {
  queue(kind: Kind): WorkQueue;
}
