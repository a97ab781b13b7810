import { type ContainerSpec, formatDuration } from '@neb/core-types';

/** What is known once a platform has given notice that it takes an instance away. */
export interface NoticeFacts {
  /** What the container's author wants. */
  readonly wish: NonNullable<ContainerSpec['on_interruption']>;
  /** Until it is gone. */
  readonly leftMs: number;
  /** For how long it is needed yet: to be put aside, or until its snapshot is at another place. */
  readonly neededMs: number;
  /** Why what is wished cannot be, in words; `undefined` where it can. */
  readonly refusal: string | undefined;
}

/** What is done about it. `let go`: its restart policy decides once it is gone, and `why` says why not otherwise. */
export type Answer = { readonly do: 'migrate' | 'suspend' } | { readonly do: 'let go'; readonly why: string };

/** What becomes of a container whose instance is taken away soon. Pure. */
export function answerNotice({ wish, leftMs, neededMs, refusal }: NoticeFacts): Answer {
  const verb = wish === 'migrate' ? 'moved' : 'suspended';
  if (refusal !== undefined) return { do: 'let go', why: `it cannot be ${verb}: ${refusal}` };
  if (leftMs <= 0) return { do: 'let go', why: `no time is left in which it could be ${verb}` };
  if (neededMs > leftMs) return { do: 'let go', why: `to be ${verb} it would need about ${formatDuration(Math.ceil(neededMs))}` };
  return { do: wish };
}
