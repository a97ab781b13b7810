import type { Clock } from '@neb/core-types';
import type { Keyring } from '@neb/ssh';
import type { Access } from './access.ts';
import type { Machines } from './machines.ts';

/** What everything about machines stands on. */
export interface World {
  readonly machines: Machines;
  readonly access: Access;
  readonly keys: Keyring;
  readonly clock: Clock;
  readonly bootMs: number;
  readonly startMs: number;
  readonly beatMs: number;
  readonly pollMs: number;
}
