import { initTRPC, type TRPC_ERROR_CODE_KEY, type TRPC_ERROR_CODE_NUMBER, tracked, type TrackedEnvelope } from '@trpc/server';
import { type Failure, failureOf } from '../failure.ts';
import type { Context } from './context.ts';
import { httpStatus, refusal, trpcRefusal, unauthenticated } from './refusal.ts';
import { lasting, whileGood } from './while-good.ts';

/** How often a silent subscription shows that it is alive; a client that hears nothing for `silenceMs` connects again. */
const pingMs = 15_000;
const silenceMs = 40_000;

/** How tRPC answers with an error: clients of ours read `neb` alone. */
export interface ErrorShape {
  readonly code: TRPC_ERROR_CODE_NUMBER;
  readonly message: string;
  readonly data: { readonly code: TRPC_ERROR_CODE_KEY; readonly httpStatus: number; readonly path?: string; readonly neb: Failure };
}

const t = initTRPC.context<Context>().create({
  isDev: false,
  errorFormatter: ({ shape, error, ctx }): ErrorShape => {
    const refused = refusal(error, ctx?.requestId ?? 'unknown');
    const { code, path } = shape.data;
    return {
      code: shape.code,
      message: refused.message,
      data: { code, httpStatus: httpStatus(refused), ...(path !== undefined && { path }), neb: failureOf(refused, ctx?.requestId) },
    };
  },
  sse: { ping: { enabled: true, intervalMs: pingMs }, client: { reconnectAfterInactivityMs: silenceMs } },
});

export const routerOf = t.router;

/** Anyone may call it. */
export const open = t.procedure.use(async ({ ctx, next, path, signal }) => {
  const result = await next();
  if (result.ok) return result;
  throw trpcRefusal(result.error, { context: ctx, path, signal });
});

/** Only callers with a valid credential; `ctx.caller` is theirs. */
export const authed = open.use(({ ctx, next }) => {
  if (!ctx.caller) throw unauthenticated();
  return next({ ctx: { ...ctx, caller: ctx.caller } });
});

export interface Subscription {
  readonly context: Context;
  readonly path: string;
  readonly signal: AbortSignal;
}

/** A subscription that a client can go on with after the last position it saw. It ends with its caller's credential. */
export async function* resumable<T extends { readonly position: string }>(about: Subscription, open: (signal: AbortSignal) => AsyncIterable<T>): AsyncGenerator<TrackedEnvelope<T>, void> {
  const signal = whileGood(about.context, about.signal);
  try {
    for await (const entry of lasting(signal, open(signal))) yield tracked(entry.position, entry);
  } catch (thrown) {
    throw trpcRefusal(thrown, about);
  }
}
