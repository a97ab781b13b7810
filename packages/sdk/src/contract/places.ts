import type { ErrorCode } from '@neb/core-types';

export interface PlatformView {
  readonly name: string;
  readonly ready: boolean;
  /** What is missing, and how to get it. */
  readonly message?: string | undefined;
  /** The variables that would set it up. */
  readonly needs?: readonly string[] | undefined;
  readonly capabilities: readonly string[];
  /** What it could do besides, and what is missing for it. */
  readonly lacks?: readonly { readonly capability: string; readonly why: string }[] | undefined;
  /** How many instances run there now. */
  readonly running: number;
}

/** What offers are narrowed down to: all that is given must hold. */
export interface OffersInput {
  readonly platform?: string | undefined;
  /** Any of these, loosely spelt; a family stands for its members, and `2:A100_SXM` for machines with two. */
  readonly accelerators?: readonly string[] | undefined;
  /** Least memory of one accelerator. */
  readonly memoryGiB?: number | undefined;
  /** How many accelerators a machine has. */
  readonly count?: number | undefined;
  readonly region?: string | undefined;
  /** True for what may be taken back, false for what may not; both if absent. */
  readonly spot?: boolean | undefined;
  /** US dollars an hour for the machine, as a decimal string. */
  readonly maxPrice?: string | undefined;
}

/** A machine that could be had, and what is known of its price. */
export interface OfferView {
  readonly platform: string;
  readonly region: string;
  /** Further regions with the very same. */
  readonly also_in?: readonly string[] | undefined;
  /** What the platform calls the machine. */
  readonly type?: string | undefined;
  readonly accelerator?: string | undefined;
  readonly count: number;
  readonly memory_gib?: number | undefined;
  readonly cpus?: number | undefined;
  readonly ram_gib?: number | undefined;
  /** On demand; absent where it is sold as spot only, or nobody knows. */
  readonly price_per_hour?: string | undefined;
  /** While the platform does not take it back. */
  readonly spot_price_per_hour?: string | undefined;
  readonly available: 'yes' | 'no' | 'unknown';
  /** `live` is of the platform itself, now. */
  readonly from: 'live' | 'catalogue';
  /** Whose figures these are, where not the platform's own. */
  readonly source?: string | undefined;
  /** When they were so: RFC 3339, or only a date, as exact as the source is; absent where it tells none. */
  readonly as_of?: string | undefined;
}

/** Offers of several platforms. */
export interface OffersView {
  /** Cheapest first, those without a price last. */
  readonly offers: readonly OfferView[];
  /** Platforms that are set up and did not answer; of them the catalogue speaks, where it can. */
  readonly unanswered: readonly Unanswered[];
}

/** A platform that did not answer, and why. */
export interface Unanswered {
  readonly platform: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** What the `migrate` of a container comes to now: the break-even of a move. */
export interface MoveView {
  readonly decision: 'move' | 'stay';
  readonly why: string;
  readonly here?: PricedPlaceView | undefined;
  /** The cheapest place where it would go on; absent where there is none. */
  readonly there?: PricedPlaceView | undefined;
  /** What a move takes: as this container's last one did, else as is assumed from its memory. */
  readonly takes?: {
    readonly known: 'measured' | 'assumed';
    readonly took_ms: number;
    /** Of that, how long it stands still. */
    readonly down_ms: number;
    /** Of its snapshot; absent where nobody knows. */
    readonly size_bytes?: number | undefined;
  } | undefined;
  /** What a move costs, in US dollars. */
  readonly costs?: string | undefined;
  readonly saves_per_hour?: string | undefined;
  /** How long it has to run there until the move has paid for itself. */
  readonly break_even_ms?: number | undefined;
  /** How long it is expected to run on. */
  readonly remaining_ms?: number | undefined;
  /** For how long the other place has been cheaper by enough, as far as the server has seen that was asked. */
  readonly cheaper_for_ms?: number | undefined;
}

/** A place and its price. */
export interface PricedPlaceView {
  readonly platform: string;
  readonly region: string;
  /** US dollars as a decimal string. */
  readonly price_per_hour: string;
}

/** An offer as it was judged for a container. */
export interface CandidateView {
  readonly platform: string;
  readonly offer: string;
  readonly region: string;
  /** As in `2:A100_SXM`. */
  readonly accelerator?: string | undefined;
  readonly price_per_hour: string;
  readonly spot: boolean;
  readonly fits: boolean;
  /** Why it is out of the question and by how much, or why it is asked later. */
  readonly why?: string | undefined;
}
