import type { ErrorCode } from './errors.ts';

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
   * where a crash cut it off.
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

/** Facts a scheduler needs that no method can show. */
export interface ProviderTraits {
  /** `native`: safe even when two calls race. `lookup`: the caller must not race calls for one key. */
  readonly idempotency: 'native' | 'lookup';
  readonly spot: boolean;
}

/** Comes last on anything that waits. An aborted call rejects with the signal's reason. */
export interface Call {
  readonly signal?: AbortSignal | undefined;
}

/** Opaque to everyone but the provider that made it; safe to store. */
export type InstanceRef = string & { readonly __ref: 'instance' };

export interface Instance {
  readonly ref: InstanceRef;
  /** The `key` it was created with: how an orphan finds its owner. */
  readonly key: string;
  readonly state: InstanceState;
  /** What is going on while `pending`. */
  readonly progress?: Progress | undefined;
  /** Why it is `failed`: the container could not be started. An exit of the container's own is `exited`. */
  readonly failure?: Failure | undefined;
  readonly exitCode?: number | undefined;
  /** More about an end than its exit code, such as `OOMKilled`. */
  readonly reason?: string | undefined;
  /** RFC 3339. */
  readonly startedAt?: string | undefined;
  /** RFC 3339. */
  readonly finishedAt?: string | undefined;
  /** An address within its network. */
  readonly address?: string | undefined;
  readonly ports?: readonly PublishedPort[] | undefined;
}

/** `unknown` covers states a cloud invents after we ship; treat it as "look again later". */
export type InstanceState = 'pending' | 'running' | 'suspended' | 'exited' | 'failed' | 'unknown';

export interface Progress {
  readonly phase: 'provisioning' | 'pulling' | 'starting';
  readonly doneBytes?: number | undefined;
  readonly totalBytes?: number | undefined;
}

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

export interface PublishedPort {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  readonly hostAddress: string;
  readonly hostPort: number;
}

export interface OfferQuery {
  /** Alternatives in order of preference; none asks for offers without an accelerator too. */
  readonly accelerators?: readonly AcceleratorCount[] | undefined;
  readonly spot?: boolean | undefined;
  readonly regions?: readonly string[] | undefined;
}

export interface AcceleratorCount {
  /** A canonical name, such as `A100_SXM`. */
  readonly name: string;
  readonly count: number;
}

export interface Offer {
  /** Unique within the platform. */
  readonly id: string;
  readonly region: string;
  readonly accelerator?: (AcceleratorCount & { readonly memoryGiB?: number | undefined }) | undefined;
  readonly cpus?: number | undefined;
  readonly memoryGiB?: number | undefined;
  /** US dollars as a decimal string; `"0"` on one's own machine. */
  readonly pricePerHour: string;
  readonly spot: boolean;
  readonly available: 'yes' | 'no' | 'unknown';
}

/** What to run, with everything resolved: secrets opened, defaults filled in, durations in numbers. */
export interface LaunchSpec {
  readonly image: string;
  /** Replaces the image's entrypoint. */
  readonly entrypoint?: readonly string[] | undefined;
  /** Replaces the image's default arguments. */
  readonly args?: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly ports: readonly PortSpec[];
  readonly volumes: readonly VolumeSpec[];
  readonly limits: { readonly cpus?: number | undefined; readonly memoryBytes?: number | undefined };
  readonly accelerator?: AcceleratorCount | undefined;
  readonly registry?: RegistryCredentials | undefined;
  /** Containers of one namespace reach each other under `hostnames`; of another, not at all. */
  readonly network: { readonly namespace: string; readonly hostnames: readonly string[] };
  /** What the instance is labelled with besides `key` and `fleet`. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface PortSpec {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  /** Reachable from outside the network. */
  readonly public: boolean;
  /** The host's port to take; absent lets the platform choose. */
  readonly hostPort?: number | undefined;
}

export type VolumeSpec =
  | { readonly kind: 'named'; readonly name: string; readonly mount: string }
  | { readonly kind: 'host'; readonly path: string; readonly mount: string };

export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

export interface CreateRequest {
  /** Idempotency key: at most 63 of `a-z 0-9 -`. */
  readonly key: string;
  /** Which control plane owns the instance: `list` shows only one fleet's. Same alphabet as `key`. */
  readonly fleet: string;
  readonly offer: Offer;
  readonly spec: LaunchSpec;
}

export interface ListQuery {
  readonly fleet: string;
}

export interface DeleteOptions {
  /** How long after SIGTERM before SIGKILL; 10,000 by default. */
  readonly graceMs?: number | undefined;
}

export interface Logs {
  /** Lines in order. With `follow` it ends when the instance does. */
  (ref: InstanceRef, options: LogOptions, call?: Call): AsyncIterable<LogLine>;
}

export interface LogOptions {
  readonly follow?: boolean | undefined;
  /** Only the last so many lines that are there already. */
  readonly tail?: number | undefined;
  /** RFC 3339, to the nanosecond, inclusive. */
  readonly since?: string | undefined;
}

export interface LogLine {
  /** RFC 3339, to the nanosecond where the platform has it. */
  readonly at: string;
  readonly stream: 'stdout' | 'stderr' | 'system';
  readonly text: string;
}

export interface Exec {
  (ref: InstanceRef, request: ExecRequest, call?: Call): Promise<ExecSession>;
}

export interface ExecRequest {
  readonly command: readonly string[];
  /** Whether stdin will be written; without it the command sees end of file. */
  readonly stdin?: boolean | undefined;
  readonly tty?: TerminalSize | undefined;
}

export interface TerminalSize {
  readonly rows: number;
  readonly cols: number;
}

export interface ExecSession extends AsyncDisposable {
  /** Resolves when the bytes are accepted, so that a slow command slows its writer. */
  write(data: Uint8Array): Promise<void>;
  /** End of input. */
  closeInput(): Promise<void>;
  readonly output: AsyncIterable<ExecOutput>;
  /** Resolves once the command has ended; 126 or 127 where it could not be started, as in shells. */
  readonly exit: Promise<number>;
  resize(size: TerminalSize): Promise<void>;
}

export interface ExecOutput {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
}

/** A two-way byte stream. */
export interface Connection extends AsyncDisposable {
  readonly readable: AsyncIterable<Uint8Array>;
  write(data: Uint8Array): Promise<void>;
  /** End of what this side sends. */
  closeWrite(): Promise<void>;
}

/** Files as tar streams, whose entries are named relative to the parent of `path`. */
export interface Files {
  read(ref: InstanceRef, path: string, call?: Call): Promise<AsyncIterable<Uint8Array>>;
  /** Unpacks into the directory `path`, which exists. */
  write(ref: InstanceRef, path: string, tar: AsyncIterable<Uint8Array>, call?: Call): Promise<void>;
}

export interface InstanceUsage {
  /** Of one core: 1.5 is a core and a half. */
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly memoryLimitBytes?: number | undefined;
  readonly rxBytes?: number | undefined;
  readonly txBytes?: number | undefined;
}

/** A private network a namespace; `create` makes it when it is first needed. */
export interface Networks {
  /** Removes the namespace's network if nothing is in it. Succeeds if there is none. */
  remove(request: { readonly fleet: string; readonly namespace: string }, call?: Call): Promise<void>;
}

export interface Suspend {
  /** `disk` keeps files; `memory` also keeps processes and device state. */
  readonly keeps: 'disk' | 'memory';
  /** Whether one snapshot can be restored more than once. */
  readonly forks: boolean;
  save(ref: InstanceRef, call?: Call): Promise<Snapshot>;
  restore(snapshot: Snapshot, request: { readonly key: string }, call?: Call): Promise<Instance>;
}

export interface Snapshot {
  readonly id: string;
  readonly ref: InstanceRef;
  /** RFC 3339. */
  readonly takenAt: string;
}

/** The capability list shown by `neb get platforms`, read off the provider so that it cannot drift. */
export function capabilities(provider: Provider): readonly string[] {
  return [
    provider.logs && 'logs',
    provider.exec && 'exec',
    provider.dial && 'port-forward',
    provider.files && 'cp',
    provider.usage && 'top',
    provider.networks && 'networks',
    provider.watch && 'watch',
    provider.suspend && `suspend:${provider.suspend.keeps}`,
    provider.suspend?.forks && 'fork',
    provider.traits.spot && 'spot',
  ].filter((name) => typeof name === 'string');
}
