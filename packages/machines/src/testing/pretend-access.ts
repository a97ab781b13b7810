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
  /** Whether a machine runs at that address. */
  readonly isUp: (address: string) => boolean;
}

/** Whatever process asks: the same containers on the same machine. An image of the name `exits-N` ends with N, `exits-N-after-MS` that long after its create, one of `missing` is not there. */
export function pretendAccess({ clock, startMs = 1_000, isUp }: PretendAccessOptions): PretendAccess {
  const engines = new Map<string, MemoryCloud>();
  const beats = new Map<string, number>();
  const mounts = new Map<string, readonly Mount[]>();
  let isCut = false;
  let tries = 0;

  function reach(address: string): void {
    if (isCut || !isUp(address)) throw new NebError('unavailable', `neb@${address} cannot be reached over SSH: it is only pretended`);
  }

  function engineAt(address: string): MemoryCloud {
    const known = engines.get(address) ?? memoryCloud({ clock, startMs });
    engines.set(address, known);
    known.failImage('missing', { code: 'not_found', message: 'there is no image missing' });
    return known;
  }

  function exitOf({ image }: LaunchSpec): { readonly code: number; readonly afterMs: number } | undefined {
    const [, code, afterMs = String(2 * startMs)] = /^exits-(\d+)(?:-after-(\d+))?$/.exec(image) ?? [];
    return code === undefined ? undefined : { code: Number(code), afterMs: Number(afterMs) };
  }

  return {
    beats, mounts,
    specOf: (address, key) => engines.get(address)?.spec(key),
    runs: (address, key) => engines.get(address)?.runs(key) ?? false,
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
      const memory = engineAt(host);
      const { provider } = memory;
      return {
        ...provider,
        readiness: async () => {
          try {
            reach(host);
            return undefined;
          } catch (error) {
            return (error as Error).message;
          }
        },
        async create(request, call) {
          reach(host);
          const made = await provider.create(request, call);
          const exit = exitOf(request.spec);
          // It may have been taken away before its time.
          if (exit) void clock.sleep(exit.afterMs).then(() => { if (memory.runs(request.key)) memory.exit(request.key, exit.code); });
          return made;
        },
        async *list(query, call) {
          reach(host);
          yield* provider.list(query, call);
        },
        async inspect(ref, call) {
          reach(host);
          return await provider.inspect(ref, call);
        },
        async delete(...asked) {
          reach(host);
          await provider.delete(...asked);
        },
        async [Symbol.asyncDispose]() {},
      };
    },
  };
}
