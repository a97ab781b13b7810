import type { RunpodCloud } from '@neb/cloud-simulator';

const cards = ['L4', 'A100_SXM', 'H100_SXM', 'H200', 'RTX_4090'];

/** So many that want the same. */
export function alike(count: number): readonly Readonly<Record<string, unknown>>[] {
  return Array.from({ length: count }, () => ({ accelerators: ['1:L4'] }));
}

/** So many as different from one another as containers can be. */
export function different(count: number): readonly Readonly<Record<string, unknown>>[] {
  return Array.from({ length: count }, (_, n) => ({ accelerators: [`${1 + (Math.floor(n / 5) % 4)}:${cards[n % 5]}`], spot: n % 2 === 0, ...(n % 3 === 0 && { region: 'EU-RO-1' }) }));
}

interface Facts {
  readonly prepare: (cloud: RunpodCloud) => void;
  /** Calls in an hour, at most, beside those that are made where nobody waits, and how many of them may be purchases. */
  readonly most: number;
  readonly mostCreates: number;
  readonly why: RegExp;
}

/** Why containers have to wait, how a RunPod comes to it, and how much it is asked then however many wait. */
export const troubles = {
  'sold out': {
    prepare({ catalogue }) {
      for (const id of ['AMD Instinct MI300X OAM', 'NVIDIA A100-SXM4-80GB', 'NVIDIA GeForce RTX 4090', 'NVIDIA H100 80GB HBM3', 'NVIDIA H200', 'NVIDIA L4']) {
        for (const center of ['EU-RO-1', 'US-KS-2', 'US-TX-3']) catalogue.setStock(id, center, 'NONE');
      }
    },
    // Of eight kinds of question each once in two minutes.
    most: 260, mostCreates: 0, why: /none is free|offers nothing/,
  },
  // Pools are asked once in five minutes: here there are some twenty.
  'stock that is not true': { prepare: ({ faults }) => void faults.add({ kind: 'no_capacity' }), most: 1_200, mostCreates: 260, why: /asked again in/ },
  'a wrong key': { prepare: ({ faults }) => void faults.add({ kind: 'expired_key' }), most: 380, mostCreates: 0, why: /Set RUNPOD_API_KEY/ },
  'no right to buy': {
    prepare({ faults }) {
      for (const operation of ['createPod', 'podRentInterruptable']) faults.add({ kind: 'expired_key' }, { operation });
    },
    most: 160, mostCreates: 12, why: /Set RUNPOD_API_KEY/,
  },
  'an empty wallet': { prepare: ({ faults }) => void faults.add({ kind: 'empty_wallet' }), most: 160, mostCreates: 12, why: /Add funds/ },
  'a cloud that is down': { prepare: ({ faults }) => void faults.add({ kind: 'server_error', status: 503 }), most: 380, mostCreates: 0, why: /upstream failure/ },
} as const satisfies Readonly<Record<string, Facts>>;

export type Trouble = keyof typeof troubles;
