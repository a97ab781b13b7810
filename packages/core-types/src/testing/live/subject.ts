import type { Clock } from '../../clock.ts';
import type { LaunchSpec } from '../../launch-spec.ts';
import type { Provider } from '../../provider.ts';
import type { Random } from '../../random.ts';

/** A platform where things cost money, with what the live suite needs to buy there for a short time. */
export interface LiveSubject {
  readonly provider: Provider;
  /** Nobody's but this suite's: whatever is in it is taken away. */
  readonly fleet: string;
  /** The cheapest workload there is: it writes a line with `says`, sleeps, and ends by itself some minutes later, should all else fail. */
  readonly spec: LaunchSpec;
  readonly says: string;
  /** What an instance costs an hour beside its offer, such as its disk: US dollars as a decimal string. */
  readonly extrasPerHour: string;
  /** When the life of the one instance must be over, in milliseconds. */
  readonly lifeMs: number;
  /** How long a sweep may then take, in milliseconds. */
  readonly sweepMs: number;
}

/** What a live run may spend, and what it runs with. */
export interface LiveRun {
  /** US dollars as a decimal string. */
  readonly maxUsd: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Hears what happens, a line at a time. */
  say(line: string): void;
}
