import type { AcceleratorCount, Clock } from '@neb/core-types';
import type { TlsOptions } from './connection/local.ts';
import type { SshTarget } from './connection/ssh.ts';

/** How an engine is used, however it is reached. */
export interface EngineOptions {
  /** The host's address at which public ports appear; `127.0.0.1` by default, `0.0.0.0` for every one. */
  readonly publishAddress?: string | undefined;
  /** Whether containers may mount paths of the host, which is as good as being its administrator; `false` by default. */
  readonly allowHostPaths?: boolean | undefined;
  /** Where namespaces' networks get their subnets; pieces of /24 of 10.208.0.0/12 by default: 4,096 networks of 253 containers. */
  readonly subnetPool?: SubnetPool | undefined;
  /** Where secrets that containers get as files are, below a file system in memory that the engine sees too; `/dev/shm/neb-UID` by default. */
  readonly secretsFolder?: string | undefined;
  /** Where snapshots are, which hold memory of containers: only their owner can look. `~/.local/state/neb/snapshots` by default. */
  readonly snapshotsFolder?: string | undefined;
  /** How long a network stays without containers, in milliseconds, so that the next one finds it; 30,000 by default. */
  readonly networkLingerMs?: number | undefined;
  /** Most processes and threads of a container at once; 4,096 by default, which is what OpenShift gives a pod. */
  readonly pidsLimit?: number | undefined;
  /** How many containers are created and started at once; 4 by default: past that an engine only gets slower. */
  readonly maxConcurrentLaunches?: number | undefined;
  /** The host's accelerators, which engines do not name. Without it, offers of a host with GPUs say `unknown`. */
  readonly accelerators?: readonly HostAccelerator[] | undefined;
}

export interface SubnetPool {
  /** Such as `10.208.0.0/12`. */
  readonly cidr: string;
  /** The length of a network's prefix, such as 24. */
  readonly prefix: number;
}

export interface HostAccelerator extends AcceleratorCount {
  readonly memoryGiB?: number | undefined;
}

export interface DockerOptions extends EngineOptions {
  /** The platform's name; `docker` by default. */
  readonly name?: string | undefined;
  /** The engine's socket; `/var/run/docker.sock` by default. */
  readonly socketPath?: string | undefined;
  /** Instead of `socketPath`: the engine's address as `DOCKER_HOST` has it, such as `unix:///path` or `tcp://host:2375`. */
  readonly host?: string | undefined;
  /** For a `tcp://` host behind TLS. */
  readonly tls?: TlsOptions | undefined;
  /** Instead of the above: the engine of a host reached over SSH. */
  readonly ssh?: SshTarget | undefined;
  readonly clock?: Clock | undefined;
}

/** A Podman of this machine. */
export interface PodmanHost extends EngineOptions {
  /** What it is called in offers, as their region: letters, digits, `-` and `.`; `local` by default. */
  readonly name?: string | undefined;
  /** `/run/podman/podman.sock` by default. */
  readonly socketPath?: string | undefined;
}

export interface PodmanOptions {
  /** The platform's name; `podman` by default. */
  readonly name?: string | undefined;
  /** In order of preference; the usual one of this machine by default. Several have storage of their own each, as machines have. */
  readonly hosts?: readonly PodmanHost[] | undefined;
  readonly clock?: Clock | undefined;
}

export interface SshHost extends SshTarget, EngineOptions {
  /** What the host is called in offers, as their region: letters, digits, `-` and `.`; `host` by default. */
  readonly name?: string | undefined;
}

export interface SshOptions {
  /** The platform's name; `ssh` by default. */
  readonly name?: string | undefined;
  /** In order of preference. */
  readonly hosts: readonly SshHost[];
  readonly clock?: Clock | undefined;
}
