import type { Clock } from '@neb/core-types';
import type { Access } from './access.ts';

/** How containers are run on machines. */
export interface MachineProviderOptions {
  /**
   * What SSH keys are derived from: at least 32 characters of chance, the same in every process of the control plane and for
   * as long as it has machines. Whoever has it can log in on all of them.
   */
  readonly secret: string;
  /** How long a machine may take to boot until Docker answers, in milliseconds; 600,000 by default. Then its container has failed. */
  readonly bootMs?: number | undefined;
  /** How long a machine whose container another process was to start may be without one, in milliseconds; 1,800,000 by default. Then it has failed. */
  readonly startMs?: number | undefined;
  /** How long a machine lives without hearing from the control plane, in milliseconds; 1,800,000 by default. Then it ends itself. */
  readonly silenceMs?: number | undefined;
  /** How often a machine hears from the control plane, in milliseconds; 60,000 by default. */
  readonly beatMs?: number | undefined;
  /** How often a machine that boots is looked at, in milliseconds; 3,000 by default. */
  readonly pollMs?: number | undefined;
  /** How machines are reached; over SSH by default. */
  readonly access?: Access | undefined;
  readonly clock?: Clock | undefined;
}
