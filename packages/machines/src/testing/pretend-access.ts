import type { Clock, LaunchSpec } from '@neb/core-types';
import { NebError } from '@neb/core-types';
import { type MemoryCloud, memoryCloud } from '@neb/core-types/testing';
import type { Access, Mount } from '../access.ts';

/** Machines that can be reached in tests where there is no SSH: containers in memory, on instances that run in the simulator. */
export interface PretendAccess extends Access {
  /** How often each address has heard from the control plane. */
  readonly beats: ReadonlyMap<string, number>;
  /** How often a machine was to be reached for a beat, successfully or not. */
  tried(): number;
  /** What was mounted where, by address. */
  readonly mounts: ReadonlyMap<string, readonly Mount[]>;
  /** What a container was created with. */
  specOf(address: string, key: string): LaunchSpec | undefined;
  /** Whether it runs there, as long as its machine does. */
  runs(address: string, key: string): boolean;
  /** From now on nothing on machines answers, until it is healed. */
  cut(): void;
  heal(): void;
}

export interface PretendAccessOptions {
  readonly clock: Clock;
  /** How long a container takes to run; 1,000 by default. */
  readonly startMs?: number;
  /** Which machine runs at that address; `undefined` where none does. */
  readonly machineAt: (address: string) => string | undefined;
}

/** Whatever process asks: the same containers on the same machine, also at another address, where they have ended meanwhile. An image of the name `exits-N` ends with N, `exits-N-after-MS` that long after its create, one of `missing` is not there. */
export function pretendAccess({ clock, startMs = 1_000, machineAt }: PretendAccessOptions): PretendAccess {
  const engines = new Map<string, { readonly memory: MemoryCloud; readonly keys: Set<string>; address: string }>();
  const known = new Map<string, string>();
  const beats = new Map<string, number>();
  const mounts = new Map<string, readonly Mount[]>();
  let isCut = false;
  let tries = 0;

  function reach(address: string): MemoryCloud {
    const machine = isCut ? undefined : machineAt(address);
    if (machine === undefined) throw new NebError('unavailable', `neb@${address} cannot be reached over SSH: it is only pretended`);
    known.set(address, machine);
    const there = engines.get(machine) ?? { memory: memoryCloud({ clock, startMs }), keys: new Set<string>(), address };
    engines.set(machine, there);
    // Whatever ran before a machine was started again has ended with it.
    if (there.address !== address) for (const key of there.keys) if (there.memory.runs(key)) there.memory.exit(key, 137);
    there.address = address;
    there.memory.failImage('missing', { code: 'not_found', message: 'there is no image missing' });
    return there.memory;
  }

  const lastAt = (address: string): MemoryCloud | undefined => engines.get(known.get(address) ?? '')?.memory;

  function exitOf({ image }: LaunchSpec): { readonly code: number; readonly afterMs: number } | undefined {
    const [, code, afterMs = String(2 * startMs)] = /^exits-(\d+)(?:-after-(\d+))?$/.exec(image) ?? [];
    return code === undefined ? undefined : { code: Number(code), afterMs: Number(afterMs) };
  }

  return {
    beats, mounts,
    specOf: (address, key) => lastAt(address)?.spec(key),
    runs: (address, key) => lastAt(address)?.runs(key) ?? false,
    tried: () => tries,
    cut: () => { isCut = true; },
    heal: () => { isCut = false; },
    async beat({ host }) {
      tries++;
      reach(host);
      beats.set(host, (beats.get(host) ?? 0) + 1);
    },
    async mount({ host }, mount) {
      reach(host);
      mounts.set(host, [...(mounts.get(host) ?? []).filter(({ folder }) => folder !== mount.folder), mount].sort((a, b) => (a.folder < b.folder ? -1 : 1)));
    },
    engine({ host, username, hostKeys }) {
      if (username !== 'neb' || hostKeys?.length !== 1) throw new Error('a machine is reached as neb, and its key is known');
      return {
        ...memoryCloud({ clock }).provider,
        readiness: async () => {
          try {
            reach(host);
            return undefined;
          } catch (error) {
            return (error as Error).message;
          }
        },
        async create(request, call) {
          const memory = reach(host);
          const made = await memory.provider.create(request, call);
          engines.get(known.get(host)!)!.keys.add(request.key);
          const exit = exitOf(request.spec);
          // It may have been taken away before its time.
          if (exit) void clock.sleep(exit.afterMs).then(() => { if (memory.runs(request.key)) memory.exit(request.key, exit.code); });
          return made;
        },
        async startAgain(ref) {
          const memory = reach(host);
          const found = await memory.provider.inspect(ref);
          if (found) memory.startAgain(found.key);
        },
        async *list(query, call) {
          yield* reach(host).provider.list(query, call);
        },
        inspect: async (ref, call) => await reach(host).provider.inspect(ref, call),
        delete: async (...asked) => await reach(host).provider.delete(...asked),
        async *logs(...asked) {
          yield* facetOf(reach(host), 'logs')(...asked);
        },
        exec: async (...asked) => await facetOf(reach(host), 'exec')(...asked),
        dial: async (...asked) => await facetOf(reach(host), 'dial')(...asked),
        usage: async (...asked) => await facetOf(reach(host), 'usage')(...asked),
        async [Symbol.asyncDispose]() {},
      };
    },
  };
}

function facetOf<K extends 'logs' | 'exec' | 'dial' | 'usage'>({ provider }: MemoryCloud, name: K): NonNullable<MemoryCloud['provider'][K]> {
  const found = provider[name];
  if (found === undefined) throw new Error(`a cloud in memory has no ${name}`);
  return found;
}
