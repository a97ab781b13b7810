import type { LaunchSpec } from '../../launch-spec.ts';
import type { InstanceRef, Provider } from '../../provider.ts';

/** A provider under test, with what the kit needs to handle it. */
export interface Subject {
  readonly provider: Provider;
  /** Unlike any other fleet, so that runs do not see each other. */
  readonly fleet: string;
  /** The cheapest workload the cloud will run: it prints a line to stdout, then sleeps until deleted. */
  readonly spec: LaunchSpec;
  /** A workload that exits with 3 soon after its start; absent where that cannot be staged. */
  readonly exits?: LaunchSpec | undefined;
  /** A workload that cannot start, such as one whose image does not exist; absent where that cannot be staged. */
  readonly unstartable?: LaunchSpec | undefined;
  /** A workload that listens on a port; absent where that cannot be staged. */
  readonly listens?: Listener | undefined;
  /** A workload whose memory shows from outside; absent where that cannot be staged. */
  readonly remembers?: Memory | undefined;
  /** Another place of the same kind, to which snapshots are brought as files; absent where that cannot be staged. `settle` lets its time pass too. */
  readonly elsewhere?: Provider | undefined;
  /** Lets time pass, for real or on a fake clock, until `reached` holds or the cloud may have moved on. */
  settle(reached: () => Promise<boolean>): Promise<void>;
  /** Makes the cloud act on the next create, or the other verb named, but lose its answer; absent where that cannot be staged. */
  loseNextAnswer?(verb?: 'create' | 'save' | 'restore'): void;
  dispose(): Promise<void>;
}

/** How to see that a port is reached. */
export interface Listener {
  readonly spec: LaunchSpec;
  readonly port: number;
  /** What is written to a new connection; nothing if absent. */
  readonly send?: string | undefined;
  /** What then comes back, among other things. */
  readonly says: string;
}

/** How to see that processes go on, and are not begun anew. */
export interface Memory {
  /** A workload that draws a word of chance at its start, and keeps it and what it is told in memory alone. */
  readonly spec: LaunchSpec;
  /** Tells it a word. */
  tell(ref: InstanceRef, word: string, provider: Provider): Promise<void>;
  /** The word it drew and those it was told, in order, separated by spaces. */
  recall(ref: InstanceRef, provider: Provider): Promise<string>;
}

/** One promise, to hand to a test runner. */
export interface ConformanceCase {
  readonly name: string;
  /** `skip` is the runner's own (`t.skip` in vitest and in node:test), so what was left out is on show. */
  run(skip: Skip): Promise<void>;
}

/** Says that a case cannot be shown here, and why. */
export type Skip = (why: string) => void;

/** What one case does with a subject of its own. */
export interface Check {
  readonly name: string;
  readonly check: (subject: Subject, skip: Skip) => Promise<void>;
}

/** One promise of the contract, in words, and what shows that it is kept. */
export function it(name: string, check: Check['check']): Check {
  return { name, check };
}
