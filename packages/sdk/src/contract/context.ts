import type { Caller } from '@neb/core-types';
import type { Services } from './services.ts';

/** What every procedure finds about its request. The server makes one per request. */
export interface Context {
  /** Absent where no valid credential came. */
  readonly caller: Caller | undefined;
  readonly services: Services;
  /** Names the request in its errors and in the server's log. */
  readonly requestId: string;
  /** Aborts with `until`, and before that, with a NebError for a reason, when the caller may not stay; absent where it always may. */
  readonly whileGood?: ((until: AbortSignal) => AbortSignal) | undefined;
  /** Told of faults whose text the client does not see. */
  readonly onError?: ((fault: Fault) => void) | undefined;
}

/** An error that is not a NebError: a fault of neb itself. */
export interface Fault {
  readonly error: unknown;
  readonly requestId: string;
  /** The procedure or the route. */
  readonly path: string;
}
