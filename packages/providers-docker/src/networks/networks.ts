import { type Clock, isNebError } from '@neb/core-types';
import { path } from '../connection/client.ts';
import { isRefusal } from '../errors.ts';
import { networkName, type Scope } from '../names.ts';
import { makeNetwork, type NetworkWorld } from './make.ts';

/** The networks of an engine's namespaces: there while containers are in them, and gone a while after the last. */
export interface EngineNetworks {
  /** After it, the namespace's network is there, unless somebody removes it. `fresh` asks the engine even if it was there before. */
  ensure(scope: Scope, options?: { readonly fresh?: boolean }): Promise<void>;
  /** A container has left the namespace: its network goes soon, unless another container needs it. */
  release(scope: Scope): void;
  /** Removes the network if no container is in it. Succeeds if there is none. */
  remove(scope: Scope, signal?: AbortSignal): Promise<void>;
  /** Removes what was released and would soon have gone. */
  close(): Promise<void>;
}

export interface NetworksOptions extends NetworkWorld {
  readonly lingerMs: number;
  readonly clock: Clock;
  /** Told when a network was made or removed. */
  readonly changed?: (() => void) | undefined;
}

const removeMs = 30_000;

export function engineNetworks(options: NetworksOptions): EngineNetworks {
  const { client, lingerMs, clock, changed } = options;
  const known = new Set<string>();
  const making = new Map<string, Promise<void>>();
  const removing = new Map<string, Promise<void>>();
  const lingering = new Map<string, { readonly scope: Scope; readonly stay: AbortController }>();

  async function make(scope: Scope): Promise<void> {
    const name = networkName(scope);
    await removing.get(name)?.catch(() => {});
    const made = making.get(name) ?? makeNetwork(options, scope).finally(() => making.delete(name));
    making.set(name, made);
    await made;
    known.add(name);
    changed?.();
  }

  async function drop(scope: Scope, signal?: AbortSignal): Promise<void> {
    const name = networkName(scope);
    await making.get(name)?.catch(() => {}); // Or it would be made just after.
    known.delete(name);
    const dropped = client.done({ method: 'DELETE', path: path`/networks/${name}`, timeoutMs: removeMs, signal }).finally(() => removing.delete(name));
    removing.set(name, dropped);
    try {
      await dropped;
      changed?.();
    } catch (error) {
      const inUse = isRefusal(error, 403) || isRefusal(error, 409);
      if (!inUse && !isNebError(error, 'not_found')) throw error;
    }
  }

  function keep(name: string): void {
    lingering.get(name)?.stay.abort();
    lingering.delete(name);
  }

  return {
    async ensure(scope, { fresh = false } = {}) {
      const name = networkName(scope);
      keep(name);
      if (fresh) known.delete(name);
      if (!known.has(name)) await make(scope);
    },
    release(scope) {
      const name = networkName(scope);
      keep(name);
      const stay = new AbortController();
      lingering.set(name, { scope, stay });
      void clock.sleep(lingerMs, stay.signal).then(async () => {
        if (stay.signal.aborted) return;
        keep(name);
        // What fails here is tried again when the next container leaves, or when the namespace goes.
        await drop(scope).catch(() => {});
      });
    },
    async remove(scope, signal) {
      keep(networkName(scope));
      await drop(scope, signal);
    },
    async close() {
      const left = [...lingering.values()];
      for (const { scope } of left) keep(networkName(scope));
      await Promise.allSettled(left.map(({ scope }) => drop(scope)));
    },
  };
}
