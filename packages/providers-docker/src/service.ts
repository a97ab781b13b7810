import { isNebError, NebError } from '@neb/core-types';
import { type EngineClient, engineClient, path } from './connection/client.ts';
import { transportFor, unixTransport } from './connection/local.ts';
import { findContainer } from './containers.ts';
import { isRefusal } from './errors.ts';
import { pulls } from './launch/pull.ts';
import type { DockerOptions } from './options.ts';
import { tarOf } from './tar.ts';

/** A container that a server runs for itself, such as its Redis. */
export interface ServiceSpec {
  readonly name: string;
  /** Without those of a fleet: nobody's list shows it, and no sweep takes it away. */
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly command: readonly string[];
  /** A named volume, made where there is none, which stays when the container goes. */
  readonly volume: { readonly name: string; readonly path: string };
  /** Put into the volume before it starts, over what is there. */
  readonly files: Readonly<Record<string, string>>;
  /** `host`: it shares the network of the engine's machine. Else a port of it appears at that address only. */
  readonly network: 'host' | { readonly address: string; readonly hostPort: number; readonly port: number };
}

/** Containers that are none of a platform's instances. */
export interface EngineService {
  /** Why no engine can be used, in words; `undefined` if one can. */
  missing(): Promise<string | undefined>;
  /** Whether it is there, and runs. */
  find(name: string): Promise<{ readonly isRunning: boolean } | undefined>;
  /** Once it resolves it was started, and the engine starts it again whenever it ends, until it is removed. Brings its image where the engine lacks it. Throws `conflict` where the name is taken. */
  make(spec: ServiceSpec, call?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Ends it by SIGTERM and removes it; its volume stays. Succeeds where there is none. */
  remove(name: string): Promise<void>;
  close(): void;
}

const stopSeconds = 10;

/** At the engine that `docker` with these options uses. Connects when first used. */
export function engineService({ host, socketPath = '/var/run/docker.sock', tls }: Pick<DockerOptions, 'host' | 'socketPath' | 'tls'> = {}): EngineService {
  const client = engineClient(host === undefined ? unixTransport(socketPath) : transportFor(host, tls));
  return {
    async missing() {
      try {
        await client.done({ method: 'GET', path: '/_ping', timeoutMs: 3_000 });
        return undefined;
      } catch (error) {
        if (!isNebError(error)) throw error;
        return error.message;
      }
    },
    async find(name) {
      const found = await findContainer(client, name);
      return found && { isRunning: found.State.Status === 'running' };
    },
    async make(spec, { signal = new AbortController().signal } = {}) {
      await create(client, spec, signal);
      const tar = tarOf(spec.files);
      await client.done({ method: 'PUT', path: path`/containers/${spec.name}/archive`, query: { path: spec.volume.path }, upload: once(tar), headers: { 'Content-Type': 'application/x-tar' } });
      await client.done({ method: 'POST', path: path`/containers/${spec.name}/start`, timeoutMs: 60_000 });
    },
    async remove(name) {
      try {
        await client.done({ method: 'POST', path: path`/containers/${name}/stop`, query: { t: stopSeconds }, timeoutMs: 2_000 * stopSeconds });
        await client.done({ method: 'DELETE', path: path`/containers/${name}`, query: { force: true }, timeoutMs: 60_000 });
      } catch (error) {
        if (!isNebError(error, 'not_found')) throw error;
      }
    },
    close: () => client.close(),
  };
}

async function create(client: EngineClient, spec: ServiceSpec, signal: AbortSignal): Promise<void> {
  const { name, labels, image, command, volume, network } = spec;
  const published = network === 'host' ? undefined : { [`${network.port}/tcp`]: [{ HostIp: network.address, HostPort: String(network.hostPort) }] };
  const body = {
    Image: image, Cmd: command, Labels: labels,
    ...(published && { ExposedPorts: Object.fromEntries(Object.keys(published).map((port) => [port, {}])) }),
    HostConfig: {
      RestartPolicy: { Name: 'unless-stopped' }, NetworkMode: published ? 'bridge' : 'host', PortBindings: published, SecurityOpt: ['no-new-privileges'],
      Mounts: [{ Type: 'volume', Source: volume.name, Target: volume.path, VolumeOptions: { Labels: labels } }],
    },
  };
  const post = async (): Promise<void> => await client.done({ method: 'POST', path: '/containers/create', query: { name }, body, signal, timeoutMs: 60_000 });
  try {
    return await post();
  } catch (error) {
    if (isRefusal(error, 409)) throw new NebError('conflict', `there is a container ${name} already`, { cause: error });
    if (!isRefusal(error, 404) && !isRefusal(error, 500, /image not known|no such image/i)) throw error;
  }
  await pulls(client).pull(image, { signal, onProgress: () => undefined });
  await post();
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
