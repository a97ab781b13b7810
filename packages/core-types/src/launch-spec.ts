import type { AcceleratorCount } from './offer.ts';

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
  /** Secrets as files, for platforms whose traits say that they keep them in memory only. None if absent. */
  readonly secretFiles?: readonly SecretFile[] | undefined;
  readonly limits: { readonly cpus?: number | undefined; readonly memoryBytes?: number | undefined };
  readonly accelerator?: AcceleratorCount | undefined;
  readonly registry?: RegistryCredentials | undefined;
  /** Containers of one namespace reach each other under `hostnames`; of another, not at all. */
  readonly network: { readonly namespace: string; readonly hostnames: readonly string[] };
  /** What the instance is labelled with besides `key` and `fleet`. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A port the workload listens on. */
export interface PortSpec {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  /** Reachable from outside the network. */
  readonly public: boolean;
  /** The host's port to take; absent lets the platform choose. */
  readonly hostPort?: number | undefined;
}

/** Files that are there when the workload starts: of a named volume, which outlives it, or of the host. */
export type VolumeSpec =
  | { readonly kind: 'named'; readonly name: string; readonly mount: string }
  | { readonly kind: 'host'; readonly path: string; readonly mount: string };

/** A secret as a file of memory: on no disk, in no image, gone with the instance. Never in a log or an error. */
export interface SecretFile {
  /** Absolute, and no other file's or volume's. */
  readonly path: string;
  readonly content: string;
  /** Such as 0o400, which is the default. */
  readonly mode?: number | undefined;
}

/** Who is asked for the image. Never in a log or an error. */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}
