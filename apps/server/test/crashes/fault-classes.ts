import type { Fault, When } from '@neb/cloud-simulator';

export type CloudName = 'runpod' | 'aws';

type Script = readonly (readonly [Fault, When])[];

/** What goes wrong in a life at each cloud, by the name of its class. A class is of the clouds that it has a script for. */
export const faultClasses = {
  none: { runpod: [], aws: [] },
  'no capacity': { runpod: [[{ kind: 'no_capacity' }, { times: 2 }]], aws: [[{ kind: 'no_capacity' }, { times: 4 }]] },
  'a zone without capacity': { aws: [[{ kind: 'no_capacity', region: 'us-east-1a' }, {}]] },
  'empty wallet': { runpod: [[{ kind: 'empty_wallet' }, { times: 1 }]] },
  quota: { aws: [[{ kind: 'quota' }, { times: 1 }]] },
  throttling: bothOf([{ kind: 'throttled', retryAfterS: 5 }, { chance: 0.3, times: 5 }]),
  'slow boot': bothOf([{ kind: 'slow_boot', ms: 90_000 }, {}]),
  'lost answers': bothOf([{ kind: 'lost_answer' }, { chance: 0.3, times: 4 }]),
  'lost requests': bothOf([{ kind: 'lost_request' }, { chance: 0.3, times: 4 }]),
  nonsense: bothOf([{ kind: 'nonsense', body: '<html>' }, { chance: 0.3, times: 4 }]),
  duplicate: bothOf([{ kind: 'duplicate' }, { times: 2 }]),
  'list lag': bothOf([{ kind: 'list_lag', ms: 10_000 }, {}]),
  'lag and lost answers': {
    runpod: [[{ kind: 'list_lag', ms: 10_000 }, {}], [{ kind: 'lost_answer' }, { operation: 'createPod', times: 2 }]],
    aws: [[{ kind: 'list_lag', ms: 10_000 }, {}], [{ kind: 'lost_answer' }, { operation: 'RunInstances', times: 2 }]],
  },
  'lag, lost answers and full zones': {
    aws: [[{ kind: 'list_lag', ms: 10_000 }, {}], [{ kind: 'lost_answer' }, { operation: 'RunInstances', times: 2 }], [{ kind: 'no_capacity' }, { chance: 0.5, times: 6 }]],
  },
  'slow delete': bothOf([{ kind: 'slow_delete', ms: 20_000 }, {}]),
  vanishing: bothOf([{ kind: 'vanish', afterMs: 15_000 }, { times: 1 }]),
  interruption: { aws: [[{ kind: 'interruption', afterMs: 10_000 }, { times: 1 }]] },
  'price change': { runpod: [[{ kind: 'price_change', factor: 3 }, { times: 1 }]] },
  'expired key': bothOf([{ kind: 'expired_key' }, { forMs: 20_000 }]),
  forbidden: { aws: [[{ kind: 'forbidden' }, { forMs: 20_000 }]] },
  'server errors': bothOf([{ kind: 'server_error', status: 502 }, { chance: 0.5, forMs: 30_000 }]),
  /** Nothing at the cloud: its machines cannot be reached for a while. */
  'unreachable machines': { aws: [] },
} as const satisfies Readonly<Record<string, Partial<Readonly<Record<CloudName, Script>>>>>;

export type FaultClass = keyof typeof faultClasses;

/** The classes that any of these clouds has. */
export function classesOf(clouds: readonly CloudName[]): readonly FaultClass[] {
  return (Object.keys(faultClasses) as FaultClass[]).filter((name) => clouds.some((cloud) => cloud in faultClasses[name]));
}

/** What the class scripts at a cloud. */
export function scriptOf(name: FaultClass, cloud: CloudName): Script {
  return (faultClasses[name] as Partial<Record<CloudName, Script>>)[cloud] ?? [];
}

function bothOf(...script: Script): Readonly<Record<CloudName, Script>> {
  return { runpod: script, aws: script };
}
