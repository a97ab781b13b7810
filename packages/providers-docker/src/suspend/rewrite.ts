import type { CreateRequest } from '@neb/core-types';
import { NebError } from '@neb/core-types';
import { z } from 'zod';
import { labels, networkName } from '../names.ts';
import type { Bind } from '../secret-files.ts';

/** As what a container of a Podman archive comes back. */
export interface Target {
  readonly name: string;
  readonly request: CreateRequest;
  readonly secrets: readonly Bind[];
  /** Where that Podman keeps its named volumes. */
  readonly volumePath: string;
}

/** What we change of Podman's `config.dump`; everything else stays. */
export const configDump = z.looseObject({
  name: z.string(),
  rootfsImageName: z.string().default(''),
  staticDir: z.string().default(''),
  conmonPidFile: z.string().default(''),
  labels: z.record(z.string(), z.string()).nullish(),
  namedVolumes: z.array(z.looseObject({ volumeName: z.string(), dest: z.string() })).nullish(),
});
export type ConfigDump = z.infer<typeof configDump>;

/** What we change of `spec.dump`, which is the runtime's configuration. */
export const specDump = z.looseObject({
  mounts: z.array(z.looseObject({ destination: z.string(), source: z.string().optional(), type: z.string().optional() })),
});
export type SpecDump = z.infer<typeof specDump>;

/** `config` as that of the container it comes back as: Podman's own paths are chosen anew, in whatever store it comes to. Pure. */
export function rewriteConfig(config: ConfigDump, { name, request }: Target): ConfigDump {
  const { spec, key, fleet } = request;
  const { namespace, hostnames } = spec.network;
  const { [labels.gpus]: _, ...kept } = config.labels ?? {};
  return {
    ...config,
    id: '', name,
    staticDir: '', secretsPath: '', ShmDir: '', mounts: [], logPath: '', conmonPidFile: '', pid_file: '',
    labels: { ...kept, ...spec.labels, [labels.fleet]: fleet, [labels.key]: key, [labels.namespace]: namespace },
    newNetworks: { [networkName({ fleet, namespace })]: { aliases: hostnames, interface_name: 'eth0' } },
  };
}

/** `spec` with its mounts where they are at that Podman. Throws `invalid` for a secret file that the request does not have. Pure. */
export function rewriteSpec(spec: SpecDump, config: ConfigDump, { request, secrets, volumePath }: Target): SpecDump {
  const own = [config.staticDir, config.conmonPidFile.slice(0, config.conmonPidFile.lastIndexOf('/'))].filter((path) => path !== '');
  const volumes = new Map((config.namedVolumes ?? []).map(({ dest, volumeName }) => [dest, volumeName]));
  const hostPaths = new Set(request.spec.volumes.flatMap((volume) => (volume.kind === 'host' ? [volume.mount] : [])));

  const mounts = spec.mounts.flatMap((mount) => {
    const { destination, source = '' } = mount;
    // Podman makes these anew for each container.
    if (own.some((path) => source.startsWith(`${path}/`))) return [];
    const volume = volumes.get(destination);
    if (volume !== undefined) return [{ ...mount, source: `${volumePath}/${volume}/_data` }];
    if (mount.type !== 'bind' || hostPaths.has(destination)) return [mount];
    const secret = secrets.find(({ target }) => target === destination);
    if (secret) return [{ ...mount, source: secret.source }];
    throw new NebError('invalid', `the snapshot has a file at ${destination} that is not given now`, { hint: 'What goes on from it needs the same secret files and host paths, with whatever content.' });
  });
  return { ...spec, mounts };
}
