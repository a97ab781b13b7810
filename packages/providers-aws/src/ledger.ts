import type { Clock } from '@neb/core-types';
import type { Machine } from '@neb/machines';
import type { Owner } from './names.ts';

/** What this process has bought of late: EC2's lists may not show it yet. */
export interface Ledger {
  /** It was bought. */
  made(machine: Machine): void;
  /** In this zone something may have been bought for the owner. */
  lost(owner: Owner, zone: string): void;
  /** What was lost was found, or was nothing. */
  settled(owner: Owner): void;
  lostIn(owner: Owner): string | undefined;
  /** The machine was deleted. */
  forget(id: string): void;
  /** Those of a fleet that lists may not show yet. */
  recent(fleet: string): readonly Machine[];
  /** As it was when it was bought; `undefined` once every list would show it. */
  get(id: string): Machine | undefined;
}

export function ledger({ clock, lagMs }: { readonly clock: Clock; readonly lagMs: number }): Ledger {
  const bought = new Map<string, { readonly machine: Machine; readonly at: number }>();
  const lost = new Map<string, string>();
  const named = ({ fleet, key }: Owner): string => `${fleet}/${key}`;
  const tidy = (): void => {
    for (const [id, { at }] of bought) if (Math.abs(clock.now() - at) >= lagMs) bought.delete(id);
  };

  return {
    made: (machine) => void bought.set(machine.id, { machine, at: clock.now() }),
    lost: (owner, zone) => void lost.set(named(owner), zone),
    settled: (owner) => void lost.delete(named(owner)),
    lostIn: (owner) => lost.get(named(owner)),
    forget: (id) => void bought.delete(id),
    recent(fleet) {
      tidy();
      return [...bought.values()].flatMap(({ machine }) => (machine.fleet === fleet ? [machine] : []));
    },
    get(id) {
      tidy();
      return bought.get(id)?.machine;
    },
  };
}
