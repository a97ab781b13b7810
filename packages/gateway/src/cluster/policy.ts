import type { GatewayOptions } from '../options.ts';

/** What a worker's policy may use of the process that started it. */
export interface PolicyContext {
  /** As it was given to `createGatewayCluster`; a copy. */
  readonly data: unknown;
  /** Passes something on to `onTold` of the first process, such as a fact that is to be counted. Returns at once. */
  tell(told: unknown): void;
  /** What `onAsked` of the first process answers. Rejects while that is away. */
  ask(question: unknown): Promise<unknown>;
}

/** Who may pass, who watches, whom to trust and how far replicas are reached, in one worker. */
export type Policy = Pick<GatewayOptions, 'admission' | 'observer' | 'trusts' | 'dial'>;

/** The default export of a policy's module. */
export type MakePolicy = (context: PolicyContext) => Policy | Promise<Policy>;
