import { type Clock, NebError, type Provider, type Random } from '@neb/core-types';
import type { AwsOptions } from '@neb/providers-aws';
import type { Config } from './config.ts';
import type { AwsKeys, ServedPlatform } from './config-platforms.ts';
import { secretFile } from './data-folder.ts';

/** A provider with what must be closed when the server stops. */
export type OpenProvider = Provider & Partial<AsyncDisposable>;

/** What platforms are made with besides their configuration. */
export interface PlatformTools {
  readonly clock: Clock;
  readonly random: Random;
  /** How machines of clouds are reached; over SSH by default. */
  readonly machineAccess?: AwsOptions['access'];
}

/** What of the configuration platforms are made from. */
export type PlatformsConfig = Pick<Config, 'platforms' | 'docker' | 'podman' | 'snapshotsFolder' | 'sshHosts' | 'runpod' | 'aws' | 'machines'>;

/** The platforms that the configuration names, in its order. Each package is loaded only where it is used; nothing is connected yet. */
export async function openProviders(config: PlatformsConfig, tools: PlatformTools): Promise<readonly OpenProvider[]> {
  return await Promise.all(config.platforms.map((name) => openProvider(name, config, tools)));
}

export async function openProvider(name: ServedPlatform, config: PlatformsConfig, { clock, random, machineAccess }: PlatformTools): Promise<OpenProvider> {
  const { docker: engine, podman: podmans, snapshotsFolder, sshHosts, runpod: account, aws: { keys, regions, url }, machines } = config;
  const { accelerators, publishAddress, allowHostPaths, subnetPool, pidsLimit } = engine;
  switch (name) {
    case 'docker': {
      const { docker } = await import('@neb/providers-docker');
      return docker({
        host: engine.host, tls: engine.tls, publishAddress, allowHostPaths, subnetPool, pidsLimit, snapshotsFolder, clock,
        accelerators: accelerators.length > 0 ? accelerators : undefined,
      });
    }
    case 'podman': {
      const { podman } = await import('@neb/providers-docker');
      return podman({
        clock,
        hosts: podmans.hosts.map((host) => ({
          ...host, publishAddress, allowHostPaths, subnetPool, pidsLimit, snapshotsFolder,
          accelerators: accelerators.length > 0 ? accelerators : undefined,
        })),
      });
    }
    case 'ssh': {
      if (sshHosts.length === 0) throw new NebError('invalid', 'NEB_PLATFORMS names ssh, but there are no hosts', { hint: 'NEB_SSH_HOSTS=user@host names one.' });
      const { ssh } = await import('@neb/providers-docker');
      return ssh({
        clock,
        hosts: sshHosts.map(({ privateKey, accelerators: own, ...host }) => ({ ...host, subnetPool, pidsLimit, snapshotsFolder, privateKey: privateKey?.reveal(), accelerators: own.length > 0 ? own : undefined })),
      });
    }
    case 'runpod': {
      if (account.apiKey === undefined) throw new NebError('invalid', 'NEB_PLATFORMS names runpod, but there is no key for it', { hint: 'Set RUNPOD_API_KEY; the RunPod console makes one under Settings, API Keys.' });
      const { runpod } = await import('@neb/providers-runpod');
      return runpod({ apiKey: account.apiKey.reveal(), baseUrl: account.url, secret: account.exec ? await machineSecret(config, random) : undefined, clock });
    }
    case 'aws': {
      const credentials = awsCredentials(keys);
      const { aws } = await import('@neb/providers-aws');
      return aws({ regions, credentials, endpoint: url, secret: await machineSecret(config, random), silenceMs: machines.silenceMs, access: machineAccess, clock });
    }
    case 'memory': {
      const { memoryCloud } = await import('@neb/core-types/testing');
      return memoryCloud({ clock, startMs: memoryStartMs }).provider;
    }
  }
}

async function machineSecret({ machines }: PlatformsConfig, random: Random): Promise<string> {
  return (machines.key ?? (await secretFile(machines.keyFile, random))).reveal();
}

/** The pretended cloud is quick, but not so quick that nobody sees it start. */
const memoryStartMs = 5;

/** `undefined` leaves it to the AWS SDK to find some. */
function awsCredentials(keys: AwsKeys): AwsOptions['credentials'] {
  switch (keys.kind) {
    case 'given': return { accessKeyId: keys.id.reveal(), secretAccessKey: keys.secret.reveal(), sessionToken: keys.sessionToken?.reveal() };
    case 'found': return undefined;
    case 'half': throw new NebError('invalid', `NEB_PLATFORMS names aws, but ${keys.missing} is not set`, { hint: 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together. Without either, AWS_PROFILE or the role of the machine is used.' });
  }
}
