import type { Call, Lack, Suspend } from '@neb/core-types';
import type { Engine } from '../engine.ts';
import { placeOf } from '../names.ts';

/** Which engines cannot suspend, and why, in words for their operator; and of those with GPUs, each piece that they lack to suspend what is on them. */
export async function lacksOf(engines: readonly Engine[], signal?: AbortSignal): Promise<readonly Lack[]> {
  const found = await Promise.all(engines.map(async ({ host, suspend }) => ({ host, ability: await suspend.find(signal) })));
  return found.flatMap(({ host, ability }) => {
    const at = (why: string): Lack => ({ capability: 'suspend:memory', why: engines.length > 1 ? `${host}: ${why}` : why });
    if (!ability.can) return [at(ability.why)];
    return ability.gpus.isAsked ? ability.gpus.lacks.map((piece) => at(`containers with a GPU cannot be suspended: ${piece}`)) : [];
  });
}

export interface SuspendOptions {
  readonly engines: readonly Engine[];
  /** Throws where there is no such host. */
  engineAt(host: string): Engine;
}

/**
 * Snapshots of engines, as a provider offers them. Engines are looked at when they are first asked for something: until then they
 * are taken to be able, and each call says in words what one lacks; absent once none of them is able.
 */
export function suspendOf({ engines, engineAt }: SuspendOptions): Suspend | undefined {
  const found = engines.map((one) => one.suspend.last);
  if (found.length > 0 && found.every((ability) => ability?.can === false)) return undefined;
  const at = (ref: Parameters<typeof placeOf>[0]): readonly [Engine['suspend'], string] => {
    const { host, name } = placeOf(ref);
    return [engineAt(host).suspend, name];
  };
  const live = (call?: Call): AbortSignal | undefined => {
    call?.signal?.throwIfAborted();
    return call?.signal;
  };

  return {
    keeps: 'memory',
    forks: found.some((ability) => ability === undefined || (ability.can && ability.forks)),
    async refusal(ref, request, call) {
      const signal = live(call);
      const [engine, container] = at(ref);
      return await engine.refusal(container, request, signal);
    },
    async origin(ref, call) {
      const signal = live(call);
      const [engine, container] = at(ref);
      return await engine.origin(container, signal);
    },
    async save(ref, request, call) {
      const signal = live(call);
      const [engine, container] = at(ref);
      return await engine.save(container, request, signal);
    },
    async snapshot(ref, call) {
      live(call);
      const [engine, name] = at(ref);
      return await engine.snapshot(name);
    },
    async *snapshots({ fleet }, call) {
      live(call);
      for (const one of engines) yield* await one.suspend.snapshots(fleet);
    },
    async forget(ref, call) {
      live(call);
      const [engine, name] = at(ref);
      await engine.forget(name);
    },
    misfit: async (snapshot, offer, call) => await engineAt(offer.region).suspend.misfit(snapshot, live(call)),
    async restore(ref, request, call) {
      const signal = live(call);
      const [engine, name] = at(ref);
      return await engine.restore(name, request, signal);
    },
    archives: {
      async read(ref, call) {
        live(call);
        const [engine, name] = at(ref);
        return await engine.read(name);
      },
      write: async (archive, request, call) => await engineAt(request.offer.region).suspend.write(archive, request, live(call)),
    },
  };
}
