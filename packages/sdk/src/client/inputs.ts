import type { BudgetManifest, ContainerManifest, MetadataInput, ProcessorManifest, ServiceManifest } from '@neb/core-types';

/** Fields that may be written in more ways than they read back. */
interface Loose {
  /** `kind` may be left out; the call says it. */
  readonly kind?: 'Container' | undefined;
  readonly metadata?: MetadataInput | undefined;
  readonly command?: string | readonly string[] | undefined;
  readonly args?: string | readonly string[] | undefined;
  /** A list of variables, or a plain map. */
  readonly env?: readonly { readonly key: string; readonly value?: Scalar | undefined; readonly secret_name?: string | undefined }[] | Readonly<Record<string, Scalar>> | undefined;
  readonly volumes?: readonly VolumeInput[] | undefined;
  /** Such as `2:A100_SXM` or `L4`, in order of preference. */
  readonly accelerators?: readonly string[] | undefined;
  /** Cores, such as 2 or `500m`, and memory, such as `16Gi` or a number of GiB. */
  readonly resources?: { readonly [Field in 'min_cpu' | 'max_cpu' | 'min_memory' | 'max_memory']?: string | number | undefined } | undefined;
  readonly meters?: readonly MeterInput[] | undefined;
  readonly restart?: 'Always' | 'OnFailure' | 'Never' | undefined;
  readonly retry?: { readonly max_cost?: string | number | undefined; readonly max_time?: string | number | undefined } | undefined;
  /** Such as `30s` or `1h30m`; a number is seconds. */
  readonly timeout?: string | number | undefined;
  readonly health_check?: HealthCheckInput | undefined;
  /** `8080`, `"80:8080"`, or the long form. */
  readonly ports?: readonly (string | number | NonNullable<ContainerManifest['ports']>[number])[] | undefined;
  readonly max_price?: string | number | undefined;
}

/** A container as a program writes it: as in a manifest, `kind` left out. The server checks it against the manifest's schema. */
export type ContainerInput = Loose & { readonly [Field in Exclude<keyof ContainerManifest, keyof Loose>]?: ContainerManifest[Field] | undefined };

export interface NamespaceInput {
  readonly kind?: 'Namespace' | undefined;
  readonly metadata: MetadataInput & { readonly name: string };
}

type Amount = string | number;

/** A budget as a program writes it. */
export type BudgetInput = Omit<BudgetManifest, 'kind' | 'metadata' | 'limits' | 'steps' | 'horizon'> & {
  readonly kind?: 'Budget' | undefined;
  readonly metadata?: MetadataInput | undefined;
  readonly limits: { readonly [Per in keyof BudgetManifest['limits']]?: Amount | undefined };
  /** `at` is a share such as `80%`, or an amount. */
  readonly steps?: readonly (Omit<NonNullable<BudgetManifest['steps']>[number], 'at'> & { readonly at: Amount })[] | undefined;
  /** Such as `10m`; a number is seconds. */
  readonly horizon?: string | number | undefined;
};

export interface SecretInput {
  readonly kind?: 'Secret' | undefined;
  readonly metadata?: MetadataInput | undefined;
  readonly value: string;
  /** RFC 3339, or seconds since the epoch. */
  readonly expires_at?: string | number | undefined;
}

/** A processor as a program writes it: as in a manifest, its older names of fields among them. */
export type ProcessorInput = Omit<ProcessorManifest, 'kind' | 'metadata' | 'container' | 'scale' | 'visibility' | 'schema'> & {
  readonly kind?: 'Processor' | undefined;
  readonly metadata?: MetadataInput | undefined;
  readonly container: ContainerInput;
  /** Another name of `min_replicas`. */
  readonly min_workers?: number | undefined;
  /** Another name of `max_replicas`. */
  readonly max_workers?: number | undefined;
  /** A short list of fields, or a JSON Schema. */
  readonly schema?: readonly { readonly name: string; readonly type: string; readonly required?: boolean | undefined }[] | Readonly<Record<string, unknown>> | undefined;
  readonly scale?: {
    readonly up?: { readonly above_pressure: number; readonly duration: string | number } | undefined;
    readonly down?: { readonly below_pressure: number; readonly duration: string | number } | undefined;
    readonly zero?: { readonly duration: string | number } | undefined;
  } | undefined;
  /** Such as `1m`; a number is seconds. */
  readonly visibility?: string | number | undefined;
};

/** A service as a program writes it: as in a manifest, its older names of fields among them. */
export type ServiceInput = Omit<ServiceManifest, 'kind' | 'metadata' | 'container' | 'scale' | 'health' | 'hold' | 'request_timeout' | 'update' | 'rate_limit' | 'meters'> & {
  readonly kind?: 'Service' | undefined;
  readonly metadata?: MetadataInput | undefined;
  readonly container: ContainerInput;
  /** Another name of `min_replicas`. */
  readonly min_containers?: number | undefined;
  /** Another name of `max_replicas`. */
  readonly max_containers?: number | undefined;
  readonly scale?: {
    readonly up?: { readonly above_latency: string | number; readonly duration: string | number } | undefined;
    readonly down?: { readonly below_latency: string | number; readonly duration: string | number } | undefined;
    readonly zero?: { readonly below_latency?: string | number | undefined; readonly duration: string | number } | undefined;
  } | undefined;
  readonly health?: HealthCheckInput | undefined;
  /** Such as `5m`; a number is seconds. */
  readonly hold?: string | number | undefined;
  /** Such as `30s`; a number is seconds. */
  readonly request_timeout?: string | number | undefined;
  readonly update?: Omit<NonNullable<ServiceManifest['update']>, 'progress_deadline'> & { readonly progress_deadline?: string | number | undefined } | undefined;
  readonly rate_limit?: Omit<NonNullable<ServiceManifest['rate_limit']>, 'per'> & { readonly per?: string | number | undefined } | undefined;
  readonly meters?: readonly MeterInput[] | undefined;
};

type Scalar = string | number | boolean;
type Volume = NonNullable<ContainerManifest['volumes']>[number];
type VolumeInput = Omit<Volume, 'dest'> & { readonly dest?: string | undefined; readonly mount?: string | undefined };
type Meter = NonNullable<ContainerManifest['meters']>[number];
type MeterInput = Omit<Meter, 'cost' | 'metric'> & { readonly cost?: string | number | undefined; readonly metric?: string | undefined; /** Another name of `json_path`. */ readonly response_json_value?: string | undefined };
type HealthCheck = NonNullable<ContainerManifest['health_check']>;
type HealthCheckInput = { readonly [Field in keyof HealthCheck]?: Field extends 'interval' | 'timeout' | 'start_period' ? string | number | undefined : HealthCheck[Field] };
