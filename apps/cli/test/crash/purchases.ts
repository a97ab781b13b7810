import type { Ec2Cloud, RunpodCloud } from '@neb/cloud-simulator';

/** Something at a cloud that costs money. */
export interface Purchase {
  readonly cloud: 'runpod' | 'aws';
  readonly id: string;
  /** The attempt that it was bought for. */
  readonly key: string;
  readonly isUp: boolean;
}

/** What is bought at clouds, watched from the first to the last. */
export interface Purchases extends Disposable {
  /** What there is now. */
  there(): readonly Purchase[];
  /** How many there have been. */
  count(): number;
  /** Attempts for which more than one thing was bought, at the same time or one after the other. */
  doubles(): readonly string[];
}

/** Sooner than anything that is bought could be gone again. */
const lookMs = 10;

export function purchasesOf({ runpod, ec2 }: { readonly runpod: RunpodCloud; readonly ec2: Ec2Cloud }): Purchases {
  const idsOf = new Map<string, Set<string>>();

  function there(): readonly Purchase[] {
    return [
      ...runpod.pods().map(({ id, env, status }) => ({ cloud: 'runpod' as const, id, key: env['NEB_KEY'] ?? '', isUp: status === 'RUNNING' })),
      ...ec2.machines().map(({ id, tags, state }) => ({ cloud: 'aws' as const, id, key: tags['neb.key'] ?? '', isUp: state === 'running' })),
    ];
  }

  function look(): void {
    for (const { key, id } of there()) idsOf.set(key, (idsOf.get(key) ?? new Set()).add(id));
  }

  const watch = setInterval(look, lookMs);
  return {
    there,
    count: () => [...idsOf.values()].reduce((sum, ids) => sum + ids.size, 0),
    doubles: () => [...idsOf].flatMap(([key, ids]) => (ids.size > 1 ? [`${key}: ${[...ids].join(', ')}`] : [])),
    [Symbol.dispose]: () => clearInterval(watch),
  };
}
