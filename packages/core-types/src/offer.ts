/** What is asked of a platform before something is bought there. */
export interface OfferQuery {
  /** Alternatives in order of preference; none asks for offers without an accelerator too. */
  readonly accelerators?: readonly AcceleratorCount[] | undefined;
  /** True: only what may be interrupted; false: only what may not; absent: both. */
  readonly spot?: boolean | undefined;
  readonly regions?: readonly string[] | undefined;
}

/** So many of one accelerator. */
export interface AcceleratorCount {
  /** A canonical name, such as `A100_SXM`. */
  readonly name: string;
  readonly count: number;
}

/** What a platform could run now, and for how much. */
export interface Offer {
  /** Unique within the platform. */
  readonly id: string;
  readonly region: string;
  readonly accelerator?: (AcceleratorCount & { readonly memoryGiB?: number | undefined }) | undefined;
  readonly cpus?: number | undefined;
  readonly memoryGiB?: number | undefined;
  /** US dollars as a decimal string; `"0"` on one's own machine. */
  readonly pricePerHour: string;
  readonly spot: boolean;
  readonly available: 'yes' | 'no' | 'unknown';
}
