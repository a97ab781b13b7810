import type { IncomingMessage } from 'node:http';
import { type Caller, isNebError } from '@neb/core-types';

/** Aborts with `until`, and before that, with a NebError for a reason, when `caller` may not stay. */
export type WhileGood = (caller: Caller, until: AbortSignal) => AbortSignal;

/** How long one who is told that it may not stay has to read that. */
const farewellMs = 5_000;

/** `whileGood` for one request, whose connection is cut where its sender does not take its leave. */
export function staying(whileGood: WhileGood, caller: Caller, request: IncomingMessage): (until: AbortSignal) => AbortSignal {
  return (until) => {
    const good = whileGood(caller, until);
    if (good === until) return good;
    good.addEventListener('abort', () => isNebError(good.reason) && cutLater(request, until), { once: true });
    return good;
  };
}

function cutLater(request: IncomingMessage, until: AbortSignal): void {
  const timer = setTimeout(() => request.destroy(), farewellMs).unref();
  until.addEventListener('abort', () => clearTimeout(timer), { once: true });
}
