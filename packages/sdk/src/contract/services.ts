import type { Attempt, Budget, Caller, Connection, Container, ContainerRow, Event, ExecRequest, ExecSession, InstanceUsage, Kind, LogLine, Namespace, Page, Problem, Secret } from '@neb/core-types';
import type { AsideVerbs, Snapshots } from './aside.ts';
import type { Admin, Audit, Quotas } from './administration.ts';
import type { BillingServices } from './billing.ts';
import type { IdentityServices } from './identity.ts';
import type { Openmeter } from './openmeter.ts';
import type { CandidateView, MoveView, OffersInput, OffersView, PlatformView } from './places.ts';
import type { Processors } from './processors.ts';
import type { ServiceVerbs } from './service-verbs.ts';

/** An object by name in a namespace, or by id. */
export type Ref = { readonly namespace: string; readonly name: string } | { readonly id: string };

export interface ListInput {
  /** All the caller may see if absent. */
  readonly namespace?: string | undefined;
  /** As kubectl writes it: `a=b,c!=d`. */
  readonly selector?: string | undefined;
  readonly statuses?: readonly string[] | undefined;
  /** History too. */
  readonly gone?: boolean | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** A list with the change-feed position it was read at: `watch` from there misses nothing. */
export interface Listed<T> extends Page<T> {
  readonly position: string;
}

/** `changed` carries the object as it is now; `gone` only says which it was. */
export type Watched<T> =
  | { readonly do: 'changed'; readonly position: string; readonly object: T }
  | { readonly do: 'gone'; readonly position: string; readonly id: string; readonly namespace: string; readonly name: string };

/** What may be done with every kind. Throws NebErrors; what the caller may not see is `not_found`. */
export interface Objects<T> {
  list(who: Caller, input: ListInput): Promise<Listed<T>>;
  get(who: Caller, ref: Ref): Promise<T>;
  /** Asks for deletion; answers before it is over. Deleting what is being deleted succeeds. */
  delete(who: Caller, ref: Ref): Promise<T>;
  /** From `after`, or from now; ends when `signal` aborts. */
  watch(who: Caller, input: WatchInput, signal: AbortSignal): AsyncIterable<Watched<T>>;
}

export interface WatchInput {
  readonly namespace?: string | undefined;
  /** Only this object. */
  readonly id?: string | undefined;
  readonly selector?: string | undefined;
  readonly after?: string | undefined;
}

export interface ApplyInput {
  /** Unchecked: the server checks them against the same schemas as the client. */
  readonly manifests: readonly unknown[];
  /** `create` refuses a name that is taken; `apply` brings the object in line; `replace` deletes and makes it anew where it must. */
  readonly mode: 'create' | 'apply' | 'replace';
  /** Says what would happen and changes nothing. */
  readonly dryRun?: boolean | undefined;
  /** What was read to make the manifests. Throws `conflict`, with `stale` in its details, where one of it would be changed and is not as it was. */
  readonly expected?: readonly Seen[] | undefined;
}

/** An object as it was read: `version` goes up with every write. */
export interface Seen {
  readonly id: string;
  readonly version: number;
}

export interface Applied {
  readonly kind: Kind;
  readonly outcome: 'created' | 'configured' | 'unchanged' | 'replaced';
  /** Of a new object, absent in a dry run. */
  readonly id?: string | undefined;
  readonly namespace: string;
  readonly name: string;
  /** The specification before and after, without what is secret. */
  readonly before?: Readonly<Record<string, unknown>> | undefined;
  readonly after: Readonly<Record<string, unknown>>;
  /** Fields that differ, as dotted paths; those in `restarts` need a new instance. */
  readonly changes: readonly string[];
  readonly restarts: boolean;
  readonly warnings: readonly string[];
  /** In a dry run of a container: the hundred best offers, those out of the question last. */
  readonly candidates?: readonly CandidateView[] | undefined;
}

/** One line of a container's log, with the position to go on after. */
export interface LogEntry extends LogLine {
  readonly attempt: number;
  readonly position: string;
}

export interface LogsInput {
  readonly ref: Ref;
  readonly follow?: boolean | undefined;
  readonly tail?: number | undefined;
  /** RFC 3339. */
  readonly since?: string | undefined;
  /** Of the attempt before the latest. */
  readonly previous?: boolean | undefined;
  /** Go on after this entry; `tail` and `since` are then ignored. */
  readonly after?: string | undefined;
}

/** A manifest's way: what it became, which places fit, which do not, and why not. */
export interface Explanation {
  readonly container: Container;
  readonly attempts: readonly Attempt[];
  readonly events: readonly Event[];
  readonly places: readonly { readonly platform: string; readonly fits: boolean; readonly why: string; readonly pricePerHour?: string | undefined }[];
  /** The hundred best offers, those out of the question last. */
  readonly candidates: readonly CandidateView[];
  /** Whether it is moved to a cheaper place; absent where its manifest has no `migrate`. */
  readonly move?: MoveView | undefined;
}

export interface Containers extends Objects<Container> {
  /** As `list`, of each only what a long list shows: up to 5,000 at once. */
  rows(who: Caller, input: ListInput): Promise<Listed<ContainerRow>>;
  logs(who: Caller, input: LogsInput, signal: AbortSignal): AsyncIterable<LogEntry>;
  usage(who: Caller, ref: Ref): Promise<InstanceUsage>;
  explain(who: Caller, ref: Ref): Promise<Explanation>;
  exec(who: Caller, ref: Ref, request: ExecRequest, signal: AbortSignal): Promise<ExecSession>;
  dial(who: Caller, ref: Ref, port: number, signal: AbortSignal): Promise<Connection>;
  /** A tar of what is at `path`. */
  readFiles(who: Caller, ref: Ref, path: string): Promise<AsyncIterable<Uint8Array>>;
  writeFiles(who: Caller, ref: Ref, path: string, tar: AsyncIterable<Uint8Array>): Promise<void>;
}

export interface Secrets extends Objects<Secret> {
  /** The value in plain: a verb of its own, so that it can be refused and audited apart. */
  reveal(who: Caller, ref: Ref): Promise<{ readonly value: string }>;
}

export interface EventsInput {
  readonly namespace?: string | undefined;
  readonly objectId?: string | undefined;
  readonly since?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface WatchEventsInput extends EventsInput {
  /** Go on after this entry; `since` is then ignored. Without both, from now. */
  readonly after?: string | undefined;
}

/** An event as it happened or was repeated, with the position to go on after. */
export interface EventEntry extends Event {
  readonly position: string;
}

/** What a server must be able to do for the API to work. `apps/server` supplies it; tests supply their own. */
export interface Services {
  version(): { readonly version: string; readonly fleet: string; readonly database: string };
  /** Checks all, then writes all in one transaction or none. */
  apply(who: Caller, input: ApplyInput): Promise<readonly Applied[]>;
  /** What is wrong with each manifest; empty lists where nothing is. */
  check(manifests: readonly unknown[]): readonly (readonly Problem[])[];
  readonly containers: Containers;
  readonly budgets: Objects<Budget>;
  readonly namespaces: Objects<Namespace>;
  readonly secrets: Secrets;
  readonly processors: Processors;
  readonly services: ServiceVerbs;
  readonly snapshots: Snapshots;
  readonly aside: AsideVerbs;
  events(who: Caller, input: EventsInput): Promise<Page<Event>>;
  watchEvents(who: Caller, input: WatchEventsInput, signal: AbortSignal): AsyncIterable<EventEntry>;
  readonly audit: Audit;
  readonly billing: BillingServices;
  readonly identity: IdentityServices;
  readonly admin: Admin;
  readonly openmeter: Openmeter;
  readonly quotas: Quotas;
  platforms(who: Caller): Promise<readonly PlatformView[]>;
  offers(who: Caller, input: OffersInput): Promise<OffersView>;
}
