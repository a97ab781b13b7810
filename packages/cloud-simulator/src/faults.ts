import { type Clock, fraction, type Random } from '@neb/core-types';

/** What can go wrong at a cloud. */
export type Fault =
  /** Nothing is free, whatever the catalogue says. */
  | { readonly kind: 'no_capacity'; readonly accelerator?: string | undefined; readonly region?: string | undefined }
  /** The account has no money left. */
  | { readonly kind: 'empty_wallet' }
  | { readonly kind: 'throttled'; readonly retryAfterS: number }
  | { readonly kind: 'expired_key' }
  /** The key is good, and may not do this. */
  | { readonly kind: 'forbidden' }
  /** The account may have no more. */
  | { readonly kind: 'quota' }
  /** A machine that may be interrupted is: notice after so long from its create, and its end two minutes later. */
  | { readonly kind: 'interruption'; readonly afterMs: number }
  | { readonly kind: 'server_error'; readonly status: number }
  /** An answer that no client can read, with a status that says all is well unless it says otherwise. */
  | { readonly kind: 'nonsense'; readonly body: string; readonly status?: number | undefined }
  /** The connection breaks before anything was done. */
  | { readonly kind: 'lost_request' }
  /** It is done, but the connection breaks before the answer. */
  | { readonly kind: 'lost_answer' }
  | { readonly kind: 'slow_answer'; readonly ms: number }
  /** One create makes two. */
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'slow_boot'; readonly ms: number }
  /** What was created does not show in lists yet. */
  | { readonly kind: 'list_lag'; readonly ms: number }
  /** What was deleted is still there for a while. */
  | { readonly kind: 'slow_delete'; readonly ms: number }
  /** An instance goes by itself, so long after its create. */
  | { readonly kind: 'vanish'; readonly afterMs: number }
  /** What is bought costs so many times its list price. */
  | { readonly kind: 'price_change'; readonly factor: number };

/** When a fault happens. All that is given must hold. */
export interface When {
  /** At how many calls; at all of them by default. */
  readonly times?: number | undefined;
  /** At which operation, by the name it has in the cloud's description; at any by default. */
  readonly operation?: string | undefined;
  /** Not before so long from now; 0 by default. */
  readonly afterMs?: number | undefined;
  /** For how long then; for ever by default. */
  readonly forMs?: number | undefined;
  /** How probable at each call; 1 by default. */
  readonly chance?: number | undefined;
}

/** A call that a fault may happen to. */
export interface Occasion {
  readonly operation: string;
  readonly accelerator?: string | undefined;
  readonly region?: string | undefined;
}

/** What goes wrong at one cloud, as a test scripts it. */
export interface Faults {
  /** Scripts a fault; returns what takes it back. */
  add(fault: Fault, when?: When): () => void;
  clear(): void;
  /** The fault of this kind that happens here and now, if one does. It then counts as having happened. */
  take<K extends Fault['kind']>(kind: K, occasion: Occasion): Extract<Fault, { kind: K }> | undefined;
}

/** A script of faults, in time of `clock`, with the chances that `random` draws: the same seed, the same faults. */
export function faults(clock: Clock, random: Random): Faults {
  const scripted = new Set<Scripted>();

  return {
    add(fault, when = {}) {
      const from = clock.now() + (when.afterMs ?? 0);
      const entry = { fault, when, from, until: from + (when.forMs ?? Infinity), left: when.times ?? Infinity };
      scripted.add(entry);
      return () => void scripted.delete(entry);
    },
    clear: () => scripted.clear(),
    take(kind, occasion) {
      for (const entry of scripted) {
        if (!isKind(entry.fault, kind) || !happens(entry, occasion)) continue;
        if (--entry.left <= 0) scripted.delete(entry);
        return entry.fault;
      }
      return undefined;
    },
  };

  function happens({ fault, when, from, until }: Scripted, occasion: Occasion): boolean {
    const now = clock.now();
    if (now < from || now >= until) return false;
    if (when.operation !== undefined && when.operation !== occasion.operation) return false;
    if (fault.kind === 'no_capacity' && !(matches(fault.accelerator, occasion.accelerator) && matches(fault.region, occasion.region))) return false;
    return when.chance === undefined || fraction(random) < when.chance;
  }
}

interface Scripted {
  readonly fault: Fault;
  readonly when: When;
  readonly from: number;
  readonly until: number;
  left: number;
}

function isKind<K extends Fault['kind']>(fault: Fault, kind: K): fault is Extract<Fault, { kind: K }> {
  return fault.kind === kind;
}

const matches = (wanted: string | undefined, found: string | undefined): boolean => wanted === undefined || wanted === found;
