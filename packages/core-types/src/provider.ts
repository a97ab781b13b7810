import type { Capability } from './capability.ts';
import type { ErrorCode } from './errors.ts';
import type { Connection, Exec, Files, InstanceUsage, Logs, Networks } from './facets.ts';
import type { LaunchSpec } from './launch-spec.ts';
import type { Offer, OfferQuery } from './offer.ts';
import type { Suspend } from './suspend.ts';

/** A cloud platform where containers run. */
export interface Provider {
  /** The name a manifest's `platform:` field uses, such as `docker`. */
  readonly name: string;
  readonly traits: ProviderTraits;

  /** What could be bought now, cheapest first, best effort: an offer is a hint, never a reservation. */
  offers(query: OfferQuery, call?: Call): AsyncIterable<Offer>;

  /**
   * Starts buying an instance and returns as soon as the cloud has accepted it; what follows (pulling, starting)
   * is told by `inspect`. Repeating the call with the same `key` returns the same instance, and goes on with it
   * where a crash cut it off. Rejects with a code that is not to be tried again where this cloud will not run it: others
   * are then asked. What is wrong with the container wherever it runs is told by an instance that is `failed`.
   */
  create(request: CreateRequest, call?: Call): Promise<Instance>;

  /** The instance as the cloud sees it now; `undefined` once the cloud has forgotten it. */
  inspect(ref: InstanceRef, call?: Call): Promise<Instance | undefined>;

  /** Every instance this fleet created, including those the caller has lost track of. */
  list(query: ListQuery, call?: Call): AsyncIterable<Instance>;

  /** Asks for the instance to go away, first politely, then by force after `graceMs`. Succeeds if it is already gone. */
  delete(ref: InstanceRef, options?: DeleteOptions, call?: Call): Promise<void>;

  /** Why this cloud cannot run `spec` at all, in words for its author; `undefined` if it can. */
  refusal?(spec: LaunchSpec): string | undefined;

  /** What is missing before this platform can be used, in words for its operator; `undefined` when it is ready. */
  readiness?(call?: Call): Promise<string | undefined>;

  /** What it could do besides, had it what is missing, in words for its operator. */
  lacks?(call?: Call): Promise<readonly Lack[]>;

  /** What time it is by the platform's own clock, in milliseconds since the epoch, as its last answer told it: ours may be set wrong. `undefined` where it has not told. */
  time?(): number | undefined;

  // Whatever follows, a platform either offers whole or leaves out: presence is the capability.

  /** Keys of instances that changed, as they change, until aborted. A hint: it may miss, repeat or reorder. */
  readonly watch?: ((query: ListQuery, call?: Call) => AsyncIterable<string>) | undefined;
  readonly logs?: Logs | undefined;
  readonly exec?: Exec | undefined;
  /** Opens a TCP connection to a port inside the instance. */
  readonly dial?: ((ref: InstanceRef, port: number, call?: Call) => Promise<Connection>) | undefined;
  readonly files?: Files | undefined;
  /** One reading of what the instance uses now. */
  readonly usage?: ((ref: InstanceRef, call?: Call) => Promise<InstanceUsage>) | undefined;
  readonly networks?: Networks | undefined;
  readonly suspend?: Suspend | undefined;
}

/** What a platform cannot do, and what would have to be there for it. */
export interface Lack {
  readonly capability: Capability;
  readonly why: string;
}

/** Facts a scheduler needs that no method can show. */
export interface ProviderTraits {
  /** `native`: safe even when two calls race. `lookup`: the caller must not race calls for one key. */
  readonly idempotency: 'native' | 'lookup';
  readonly spot: boolean;
  /** Whether what may be interrupted can be suspended too, where the platform suspends at all; `true` by default. */
  readonly suspendsSpot?: boolean | undefined;
  /** Whether it can hand over secrets as files that are in memory only; `false` by default. */
  readonly secretFiles?: boolean | undefined;
  /** Whether only `dial` leads to what listens in its instances, since an `address` of theirs, if they have one, is of a network that this machine is not in; `false` by default. */
  readonly dialsOnly?: boolean | undefined;
}

/** Comes last on anything that waits. An aborted call rejects with the signal's reason. */
export interface Call {
  readonly signal?: AbortSignal | undefined;
}

/** Opaque to everyone but the provider that made it; safe to store. */
export type InstanceRef = string & { readonly __ref: 'instance' };

/** One workload on a platform, as the platform shows it. */
export interface Instance {
  readonly ref: InstanceRef;
  /** The `key` it was created with: how an orphan finds its owner. */
  readonly key: string;
  readonly state: InstanceState;
  /** What is going on while `pending`. */
  readonly progress?: Progress | undefined;
  /** Whether it is `pending` with nobody here to bring it up, as after a crash: `create` with its key and offer goes on with it. Absent on a cloud that needs nobody for that. */
  readonly isUnattended?: boolean | undefined;
  /** Why it is `failed`: the container could not be started. An exit of the container's own is `exited`. */
  readonly failure?: Failure | undefined;
  readonly exitCode?: number | undefined;
  /** More about an end than its exit code, such as `OOMKilled`. */
  readonly reason?: string | undefined;
  /** From when the platform asks for it, where it tells; RFC 3339. */
  readonly createdAt?: string | undefined;
  /** RFC 3339. */
  readonly startedAt?: string | undefined;
  /** RFC 3339. */
  readonly finishedAt?: string | undefined;
  /** When the platform takes it away, where it has given notice of that; RFC 3339, by the platform's clock. What is suspended by then it keeps. */
  readonly endsAt?: string | undefined;
  /** What it costs now, where the platform tells: US dollars as a decimal string; `0` where it asks nothing more for what has ended. */
  readonly pricePerHour?: string | undefined;
  /** An address within its network. */
  readonly address?: string | undefined;
  readonly ports?: readonly PublishedPort[] | undefined;
}

/** `unknown` covers states a cloud invents after we ship; treat it as "look again later". */
export type InstanceState = 'pending' | 'running' | 'suspended' | 'exited' | 'failed' | 'unknown';

/** How far a launch is. */
export interface Progress {
  readonly phase: 'provisioning' | 'pulling' | 'starting';
  readonly doneBytes?: number | undefined;
  readonly totalBytes?: number | undefined;
}

/** Why a launch failed, in a code for programs and a sentence for people. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Where a port of the instance is reached from outside its network. */
export interface PublishedPort {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  readonly hostAddress: string;
  readonly hostPort: number;
}

/** What to buy, and under which name to find it again. */
export interface CreateRequest {
  /** Idempotency key: at most 63 of `a-z 0-9 -`. */
  readonly key: string;
  /** Which control plane owns the instance: `list` shows only one fleet's. Same alphabet as `key`. */
  readonly fleet: string;
  readonly offer: Offer;
  readonly spec: LaunchSpec;
}

/** Whose instances. */
export interface ListQuery {
  readonly fleet: string;
}

/** How an instance is made to go. */
export interface DeleteOptions {
  /** How long after SIGTERM before SIGKILL; 10,000 by default. */
  readonly graceMs?: number | undefined;
}

/** What is asked of the place besides what a spec says. */
export interface Terms {
  readonly needs?: readonly Capability[] | undefined;
  /** Whether only what may be interrupted is taken; never if absent. */
  readonly spot?: boolean | undefined;
}

/** Why `provider` cannot run `spec` on these terms, in words for its author; `undefined` if it can. */
export function refusalOf(provider: Provider, spec: LaunchSpec, { needs = [], spot = false }: Terms = {}): string | undefined {
  const refusal = provider.refusal?.(spec);
  if (refusal !== undefined) return refusal;
  if (!provider.traits.secretFiles && (spec.secretFiles ?? []).length > 0) {
    return 'it cannot hand over secret_files that are in memory only; take them as environment, or run where `neb get platforms` shows secret-files';
  }
  const lacking = needs.filter((need) => !has(provider, need, spot));
  if (lacking.length === 0) return undefined;
  const words = lacking.join(' and no ');
  if (spot && lacking.every((need) => has(provider, need, false))) return `what may be interrupted has no ${words} there, which needs asks for; leave spot out`;
  return `it has no ${words}, which needs asks for; \`neb get platforms\` shows what each can do`;
}

function has(provider: Provider, need: Capability, spot: boolean): boolean {
  return capabilities(provider, { spot }).some((name) => name === need || name.startsWith(`${need}:`));
}

/**
 * What a platform can do, read off the provider so that it cannot drift: the list shown by `neb get platforms`, or with `spot`
 * that of instances which may be interrupted (true) or not (false).
 */
export function capabilities(provider: Provider, { spot }: { readonly spot?: boolean | undefined } = {}): readonly string[] {
  const { suspend, traits } = provider;
  const suspends = traits.suspendsSpot !== false || spot !== true;
  const onDemand = traits.suspendsSpot === false && spot === undefined ? ':on-demand' : '';
  return [
    provider.logs && 'logs',
    provider.exec && 'exec',
    provider.dial && 'port-forward',
    provider.files && 'cp',
    provider.usage && 'top',
    provider.networks && 'networks',
    provider.watch && 'watch',
    suspend && suspends && `suspend:${suspend.keeps}${onDemand}`,
    suspend?.forks && suspends && 'fork',
    suspend?.archives && suspends && 'archive',
    traits.spot && 'spot',
    traits.secretFiles && 'secret-files',
  ].filter((name) => typeof name === 'string');
}
