import type { CreateRequest, Instance, LaunchSpec, PublishedPort, VolumeSpec } from '@neb/core-types';
import { isNetworkMissing } from './errors.ts';
import { failureIn } from './launch/failure.ts';
import { labels, networkName, refOf, type Scope, volumeName } from './names.ts';
import type { Bind } from './secret-files.ts';
import type { ContainerDetail, ContainerSummary } from './replies.ts';

export interface Placement {
  readonly publishAddress: string;
  /** Most processes and threads at once. */
  readonly pidsLimit: number;
  /** Which of the host's accelerators it gets; `undefined` lets the engine choose. */
  readonly gpus?: readonly string[] | undefined;
  /** Further lines of its file of hosts, as `name:address`. */
  readonly hosts?: readonly string[] | undefined;
  /** Files of the host that hold its secrets. */
  readonly secrets?: readonly Bind[] | undefined;
}

/** What to send to `POST /containers/create`. */
export function createBody({ fleet, key, spec }: CreateRequest, placement: Placement): object {
  const { gpus } = placement;
  const scope = { fleet, namespace: spec.network.namespace };
  const [hostname] = spec.network.hostnames;
  return {
    Image: spec.image,
    ...(hostname !== undefined && hostname.length <= 63 && { Hostname: hostname }),
    ...(spec.entrypoint && { Entrypoint: spec.entrypoint }),
    ...(spec.args && { Cmd: spec.args }),
    Env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`),
    ExposedPorts: Object.fromEntries(spec.ports.map((port) => [`${port.port}/${port.protocol}`, {}])),
    StopTimeout: 10,
    Labels: {
      ...spec.labels,
      [labels.fleet]: fleet, [labels.key]: key, [labels.namespace]: spec.network.namespace,
      ...(gpus && { [labels.gpus]: gpus.join(',') }),
    },
    HostConfig: hostConfig(spec, scope, placement),
    NetworkingConfig: { EndpointsConfig: { [networkName(scope)]: { Aliases: spec.network.hostnames } } },
  };
}

function hostConfig(spec: LaunchSpec, scope: Scope, { publishAddress, pidsLimit, hosts = [], gpus, secrets = [] }: Placement): object {
  const { limits, accelerator } = spec;
  return {
    NetworkMode: networkName(scope),
    PortBindings: Object.fromEntries(spec.ports.filter((port) => port.public).map((port) =>
      [`${port.port}/${port.protocol}`, [{ HostIp: publishAddress, HostPort: String(port.hostPort ?? '') }]])),
    Mounts: [...spec.volumes.map((volume) => mount(volume, scope)), ...secrets.map(({ source, target }) => ({ Type: 'bind', Source: source, Target: target, ReadOnly: true }))],
    ...(limits.cpus !== undefined && { NanoCpus: Math.round(limits.cpus * 1e9) }),
    // MemorySwap equal to Memory: the limit is the limit, instead of twice as much with swap.
    ...(limits.memoryBytes !== undefined && { Memory: limits.memoryBytes, MemorySwap: limits.memoryBytes }),
    // Data loaders of ML frameworks pass batches through /dev/shm and die of an engine's default 64 MiB.
    ShmSize: limits.memoryBytes === undefined ? 2 ** 30 : Math.max(2 ** 26, Math.floor(limits.memoryBytes / 2)),
    ...(accelerator && { DeviceRequests: [{ Driver: 'nvidia', ...(gpus ? { DeviceIDs: gpus } : { Count: accelerator.count }), Capabilities: [['gpu']] }] }),
    // seccomp, AppArmor and the masked paths of /proc are not named, so that the engine's own defaults hold.
    SecurityOpt: ['no-new-privileges'],
    // What common images need stays: the README says which for what. These two only help to forge packets and devices.
    CapDrop: ['NET_RAW', 'MKNOD'],
    // The name by which Docker Desktop's containers know their host too.
    ExtraHosts: ['host.docker.internal:host-gateway', ...hosts],
    PidsLimit: pidsLimit,
    // An engine's default may be `shareable`, which another container can join.
    IpcMode: 'private',
    // An engine's logs otherwise grow until the disk is full.
    LogConfig: { Type: 'json-file', Config: { 'max-size': '64m', 'max-file': '2' } },
    RestartPolicy: { Name: 'no' },
  };
}

function mount(volume: VolumeSpec, scope: Scope): object {
  if (volume.kind === 'host') return { Type: 'bind', Source: volume.path, Target: volume.mount };
  const own = { [labels.fleet]: scope.fleet, [labels.namespace]: scope.namespace };
  return { Type: 'volume', Source: volumeName(scope, volume.name), Target: volume.mount, VolumeOptions: { Labels: own } };
}

/** A container as `GET /containers/{name}/json` shows it. */
export function instanceOf(host: string, detail: ContainerDetail): Instance {
  const { State, Config, NetworkSettings } = detail;
  const base = { ref: refOf({ host, name: detail.Name.replace(/^\//, '') }), key: Config.Labels[labels.key] ?? '' };
  const times = timesIn(State);

  switch (State.Status) {
    case 'created':
      // A network that is missing is made and the start repeated: not the end of the launch.
      // Whoever made it may have died before the start: of launches under way here nobody asks the engine.
      if (State.Error === '' || isNetworkMissing(State.Error)) return { ...base, state: 'pending', isUnattended: true, progress: { phase: 'starting' } };
      return { ...base, state: 'failed', failure: failureIn(State.Error, { image: Config.Image }) ?? { code: 'unavailable', message: `the engine could not start it: ${State.Error}` } };
    case 'running': case 'restarting':
      return { ...base, state: 'running', startedAt: times.startedAt, address: addressIn(NetworkSettings.Networks), ports: publishedIn(NetworkSettings.Ports ?? {}) };
    case 'exited': case 'dead': case 'removing': case 'stopped':
      if (times.finishedAt === undefined) return { ...base, state: 'unknown' };
      return { ...base, ...times, state: 'exited', exitCode: State.ExitCode, ...(State.OOMKilled && { reason: 'OOMKilled' }) };
    default: // `paused`, and what engines may yet invent.
      return { ...base, state: 'unknown', startedAt: times.startedAt };
  }
}

/** A running container as `GET /containers/json` shows it; `undefined` for any other, of which a list tells too little. */
export function runningInstanceOf(host: string, summary: ContainerSummary): Instance | undefined {
  if (summary.State !== 'running') return undefined;
  const ports = (summary.Ports ?? []).flatMap(({ IP = '0.0.0.0', PrivatePort, PublicPort, Type }) =>
    PublicPort === undefined || IP.includes(':') ? [] : [{ port: PrivatePort, protocol: protocol(Type), hostAddress: IP, hostPort: PublicPort }]);
  return {
    ref: refOf({ host, name: nameIn(summary) }), key: summary.Labels[labels.key] ?? '', state: 'running',
    address: addressIn(summary.NetworkSettings?.Networks ?? {}), ports,
  };
}

export function nameIn({ Names: [name = ''] }: ContainerSummary): string {
  return name.replace(/^\//, '');
}

function addressIn(networks: ContainerDetail['NetworkSettings']['Networks']): string | undefined {
  return Object.values(networks).map(({ IPAddress }) => IPAddress).find((address) => address !== undefined && address !== '');
}

function publishedIn(ports: NonNullable<ContainerDetail['NetworkSettings']['Ports']>): readonly PublishedPort[] {
  return Object.entries(ports).flatMap(([name, bindings]) => {
    const [port, type = 'tcp'] = name.split('/');
    return (bindings ?? []).filter(({ HostIp }) => !HostIp.includes(':')).map(({ HostIp, HostPort }) =>
      ({ port: Number(port), protocol: protocol(type), hostAddress: HostIp || '0.0.0.0', hostPort: Number(HostPort) }));
  });
}

function protocol(type: string): 'tcp' | 'udp' {
  return type === 'udp' ? 'udp' : 'tcp';
}

/** Of a container that ended at once, an engine may note the start after the end. */
function timesIn({ StartedAt, FinishedAt }: ContainerDetail['State']): Pick<Instance, 'startedAt' | 'finishedAt'> {
  const [startedAt, finishedAt] = [time(StartedAt), time(FinishedAt)];
  const backwards = startedAt !== undefined && finishedAt !== undefined && Date.parse(finishedAt) <= Date.parse(startedAt);
  return { startedAt, finishedAt: backwards ? startedAt : finishedAt };
}

/** Engines write a time that never was as the year 1. */
function time(text: string): string | undefined {
  return text === '' || text.startsWith('0001-') ? undefined : text;
}
