import type { Style } from '../render/style.ts';

/** What cells are rendered against. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly style: Style;
}
