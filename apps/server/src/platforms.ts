import { type Clock, NebError, type Provider } from '@neb/core-types';
import type { Config, ServedPlatform } from './config.ts';

/** A provider with what must be closed when the server stops. */
export type OpenProvider = Provider & Partial<AsyncDisposable>;

/** The platforms that the configuration names, in its order. Each package is loaded only where it is used; nothing is connected yet. */
export async function openProviders(config: Config, clock: Clock): Promise<readonly OpenProvider[]> {
  return await Promise.all(config.platforms.map((name) => openProvider(name, config, clock)));
}

async function openProvider(name: ServedPlatform, { docker: engine, sshHosts, runpod: account }: Config, clock: Clock): Promise<OpenProvider> {
  const { accelerators, publishAddress, allowHostPaths, subnetPool, pidsLimit } = engine;
  switch (name) {
    case 'docker': {
      const { docker } = await import('@neb/providers-docker');
      return docker({
        host: engine.host, tls: engine.tls, publishAddress, allowHostPaths, subnetPool, pidsLimit, clock,
        accelerators: accelerators.length > 0 ? accelerators : undefined,
      });
    }
    case 'ssh': {
      if (sshHosts.length === 0) throw new NebError('invalid', 'NEB_PLATFORMS names ssh, but there are no hosts', { hint: 'NEB_SSH_HOSTS=user@host names one.' });
      const { ssh } = await import('@neb/providers-docker');
      return ssh({
        clock,
        hosts: sshHosts.map(({ privateKey, accelerators: own, ...host }) => ({ ...host, subnetPool, pidsLimit, privateKey: privateKey?.reveal(), accelerators: own.length > 0 ? own : undefined })),
      });
    }
    case 'runpod': {
      if (account.apiKey === undefined) throw new NebError('invalid', 'NEB_PLATFORMS names runpod, but there is no key for it', { hint: 'Set RUNPOD_API_KEY; the RunPod console makes one under Settings, API Keys.' });
      const { runpod } = await import('@neb/providers-runpod');
      return runpod({ apiKey: account.apiKey.reveal(), baseUrl: account.url, clock });
    }
    case 'memory': {
      const { memoryCloud } = await import('@neb/core-types/testing');
      return memoryCloud({ clock, startMs: memoryStartMs }).provider;
    }
  }
}

/** The pretended cloud is quick, but not so quick that nobody sees it start. */
const memoryStartMs = 5;
