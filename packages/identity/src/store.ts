import type { Clock, Random } from '@neb/core-types';
import type { Kysely } from 'kysely';
import type { Within } from './trouble.ts';

/** What every part of the store works with. */
export interface Store {
  readonly db: Kysely<unknown> | Within;
  readonly clock: Clock;
  readonly random: Random;
  /** Names that nobody gets. */
  readonly reserved: readonly string[];
  /** The local administrator, who is in no table. */
  readonly administrator: Administrator | undefined;
  /** Called after what decides who somebody is has changed. */
  readonly changed: () => void;
}

/** Who runs the server, as its configuration says. */
export interface Administrator {
  readonly id: string;
  readonly handle: string;
  /** What came of another epoch counts no more: change it with the token that makes somebody the administrator. */
  readonly epoch: string;
}
