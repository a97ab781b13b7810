import type { Clock } from '@neb/core-types';
import { type Owner, podName } from './names.ts';

/** What this process has bought of late: lists may not show it yet. */
export interface Ledger {
  /** `podId` was bought for its owner. */
  made(owner: Owner, podId: string): void;
  /** Something may have been bought for the owner. */
  lost(owner: Owner): void;
  /** The pod was deleted. */
  forget(podId: string): void;
  /** What is known of the owner's pod; `undefined` once every list would show it. */
  of(owner: Owner): Entry | undefined;
  /** The pods bought for a fleet that lists may not show yet. */
  recent(fleet: string): readonly string[];
}

export type Entry =
  | { readonly kind: 'made'; readonly podId: string }
  /** Nothing can be said of it for another `restMs`. */
  | { readonly kind: 'lost'; readonly restMs: number };

export function ledger({ clock, lagMs }: { readonly clock: Clock; readonly lagMs: number }): Ledger {
  const entries = new Map<string, { readonly owner: Owner; readonly podId?: string | undefined; readonly at: number }>();
  const write = (owner: Owner, podId?: string): void => void entries.set(podName(owner), { owner, podId, at: clock.now() });
  const tidy = (): void => {
    for (const [name, { at }] of entries) if (Math.abs(clock.now() - at) >= lagMs) entries.delete(name);
  };

  return {
    made: write,
    lost: (owner) => write(owner),
    forget(podId) {
      for (const [name, entry] of entries) if (entry.podId === podId) entries.delete(name);
    },
    of(owner) {
      tidy();
      const entry = entries.get(podName(owner));
      if (!entry) return undefined;
      return entry.podId === undefined ? { kind: 'lost', restMs: entry.at + lagMs - clock.now() } : { kind: 'made', podId: entry.podId };
    },
    recent(fleet) {
      tidy();
      return [...entries.values()].flatMap(({ owner, podId }) => (owner.fleet === fleet && podId !== undefined ? [podId] : []));
    },
  };
}
