import { type Clock, type Instance, type InstanceRef, NebError, type Provider, timestamp } from '@neb/core-types';

export interface LaggingCloud {
  provider(clock: Clock): Provider;
  /** Acts on the next create but loses its answer. */
  loseNextAnswer(): void;
  /** Keys of all that was ever bought. */
  made(): readonly string[];
  /** Handles of what is there now. */
  there(): readonly string[];
}

interface Row {
  readonly ref: InstanceRef;
  readonly key: string;
  readonly atMs: number;
}

/** A cloud without idempotency tokens: a create looks whether its key is listed already, and the list lags. */
export function laggingCloud({ lagMs }: { readonly lagMs: number }): LaggingCloud {
  const rows = new Map<string, Row>();
  const made: string[] = [];
  let losing = false;

  return {
    loseNextAnswer: () => { losing = true; },
    made: () => made,
    there: () => [...rows.keys()],
    provider(clock) {
      const shown = (): Row[] => [...rows.values()].filter((row) => clock.now() - row.atMs >= lagMs);
      const show = ({ ref, key, atMs }: Row): Instance => ({ ref, key, state: 'running', startedAt: timestamp(atMs) });
      return {
        name: 'lagging',
        traits: { idempotency: 'lookup', spot: false },
        async *offers() {
          yield { id: 'cpu', region: 'here', pricePerHour: '0', spot: false, available: 'yes' };
        },
        async create({ key }) {
          const known = shown().find((row) => row.key === key);
          if (known) return show(known);
          made.push(key);
          const row: Row = { ref: `lag-${made.length}` as InstanceRef, key, atMs: clock.now() };
          rows.set(row.ref, row);
          if (losing) {
            losing = false;
            throw new NebError('uncertain', 'the answer was lost');
          }
          return show(row);
        },
        async inspect(ref) {
          const row = rows.get(ref);
          return row && show(row);
        },
        async *list() {
          yield* shown().map(show);
        },
        async delete(ref) {
          rows.delete(ref);
        },
      };
    },
  };
}
