import type { Clock } from '@neb/core-types';

/** How RunPod is used. */
export interface RunpodOptions {
  /** The key of the account that pays: `RUNPOD_API_KEY` by custom. */
  readonly apiKey: string;
  /** The platform's name; `runpod` by default. */
  readonly name?: string | undefined;
  /** Where the API is; `https://api.runpod.io` by default. */
  readonly baseUrl?: string | undefined;
  /** Whose hardware is offered: RunPod's own, or also that of its hosts (`community`), which is cheaper and less private. `['secure']` by default. */
  readonly clouds?: readonly ('secure' | 'community')[] | undefined;
  /** The disk of a pod in GB, which goes with it; 50 by default. */
  readonly diskGB?: number | undefined;
  /** The disk at `/workspace` in GB, at least 10, that GPU pods without a volume get: all that outlives a suspend of theirs. None by default. */
  readonly workspaceGB?: number | undefined;
  /** The size in GB that a named volume is made with, 10 to 4,096; 50 by default. It can grow, and costs money until it is removed. */
  readonly volumeGB?: number | undefined;
  /** For how long one list of pods answers every `inspect`, in milliseconds; 3,000 by default. RunPod allows about 60 calls a minute. */
  readonly listForMs?: number | undefined;
  /** How long lists may not show what was created, in milliseconds; 30,000 by default. After a lost answer nothing is bought again sooner. */
  readonly lagMs?: number | undefined;
  /** How long RunPod may take to answer, in milliseconds; 60,000 by default. */
  readonly answerMs?: number | undefined;
  /**
   * What SSH keys are derived from, at least 32 characters of chance, the same in every process; without it there is no exec, and
   * `dial` reaches public ports alone. With it pods publish port 22, and where their image has sshd or Dropbear it lets in who has this secret.
   */
  readonly secret?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly fetch?: typeof fetch | undefined;
}
