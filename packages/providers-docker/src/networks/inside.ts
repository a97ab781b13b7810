import { type Clock, type InsideNetwork, type InsideNetworks, isNebError, turns } from '@neb/core-types';
import { z } from 'zod';
import { type EngineClient, path } from '../connection/client.ts';
import { containersLabelled, findContainer } from '../containers.ts';
import { labels, networkName, type Scope } from '../names.ts';
import { type Network, network } from '../replies.ts';
import { nameIn } from '../translate.ts';
import type { Transport } from '../connection/transport.ts';
import { writeHostsWithin } from './hosts-by-command.ts';
import { writeHosts } from './hosts-file.ts';
import { listenAtBridge } from './listen.ts';
import { dotted, rangeOf } from './subnets.ts';

/** The place in its namespaces' networks from which this machine hears containers: an address on each bridge, its own or its host's, and the names that containers have for it in their files of hosts. */
export interface Inside extends InsideNetworks {
  /** What the file of hosts of a container that is made now is to have, as engines take it. */
  hostsOf(scope: Scope): readonly string[];
  /** Tells a container that was just started what was named since it was made with `known`. Never throws. */
  catchUp(scope: Scope, container: string, known: readonly string[]): Promise<void>;
  /** A network came or went. */
  changed(): void;
}

interface Named {
  readonly address: string;
  readonly names: readonly string[];
}

export interface InsideOptions {
  readonly client: EngineClient;
  /** What the host is called. */
  readonly host: string;
  readonly transport: Transport;
  readonly clock: Clock;
}

export function insideNetworks({ client, host, transport, clock }: InsideOptions): Inside {
  const { listen, sharesFiles } = transport;
  const named = new Map<string, Named>();
  const writing = turns();
  const listeners = new Set<() => void>();
  const hostsOf = (scope: Scope): readonly string[] => {
    const { address, names } = named.get(networkName(scope)) ?? { names: [] };
    return names.map((name) => `${name}:${address}`);
  };

  return {
    host,
    ...(listen && { listen: (at, taken) => listenAtBridge({ transport: { ...transport, listen }, clock }, at, taken) }),
    hostsOf,
    changed() {
      for (const listener of listeners) listener();
    },
    async *watch({ fleet }, { signal } = {}) {
      let isStale = true;
      let wake: (() => void) | undefined;
      const listener = (): void => {
        isStale = true;
        wake?.();
      };
      listeners.add(listener);
      signal?.addEventListener('abort', listener);
      try {
        while (signal?.aborted !== true) {
          if (isStale) {
            isStale = false;
            yield await networksOf(client, fleet, signal);
          } else await new Promise<void>((resolve) => { wake = resolve; });
        }
      } finally {
        listeners.delete(listener);
        signal?.removeEventListener('abort', listener);
      }
    },
    async name({ names, ...scope }, { signal } = {}) {
      const at = networkName(scope);
      const address = await addressOf(client, at, signal);
      if (address === undefined) {
        named.delete(at);
        return 0;
      }
      if (names.length > 0) named.set(at, { address, names });
      else named.delete(at);
      return await writing.take(at, async () => {
        let missed = 0;
        const all = await containersLabelled(client, [`${labels.fleet}=${scope.fleet}`, `${labels.namespace}=${scope.namespace}`], signal);
        for (const container of all.filter(({ State }) => State === 'running')) if (!(await write(nameIn(container), { address, names }))) missed += 1;
        return missed;
      });
    },
    async catchUp(scope, container, known) {
      const now = hostsOf(scope);
      const last = named.get(networkName(scope));
      if (!last || now.join() === known.join()) return;
      await writing.take(networkName(scope), () => write(container, last)).catch(() => false);
    },
  };

  async function write(container: string, { address, names }: Named): Promise<boolean> {
    // A path of another machine means something else here.
    if (!sharesFiles) return await writeHostsWithin(client, container, { address, names });
    const file = (await findContainer(client, container))?.HostsPath;
    return file === undefined || file === '' || (await writeHosts(file, address, names)) || (await writeHostsWithin(client, container, { address, names }));
  }
}

async function networksOf(client: EngineClient, fleet: string, signal: AbortSignal | undefined): Promise<readonly InsideNetwork[]> {
  const all = await client.json(z.array(network), { method: 'GET', path: '/networks', query: { filters: { label: [`${labels.fleet}=${fleet}`] } }, signal });
  return all.flatMap((one) => {
    const [namespace, place] = [one.Labels[labels.namespace], placeIn(one)];
    return namespace === undefined || !place ? [] : [{ namespace, ...place }];
  });
}

async function addressOf(client: EngineClient, name: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    return placeIn(await client.json(network, { method: 'GET', path: path`/networks/${name}`, signal }))?.address;
  } catch (error) {
    if (isNebError(error, 'not_found')) return undefined;
    throw error;
  }
}

/** Engines give a bridge the first address of its subnet, and tell of it only where they were asked for another. */
function placeIn({ IPAM }: Network): Pick<InsideNetwork, 'address' | 'subnet'> | undefined {
  for (const { Subnet: subnet = '', Gateway: gateway } of IPAM?.Config ?? []) {
    const range = rangeOf(subnet);
    if (range) return { subnet, address: gateway !== undefined && gateway !== '' ? gateway : dotted(range.from + 1) };
  }
  return undefined;
}
