import { type ErrorCode, errorCodes, NebError } from '@neb/core-types/errors';

/** A NebError as it travels: in `data.neb` of a tRPC error, in `error` of a REST answer, in an error frame of a socket. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly retryAfterMs?: number | undefined;
  /** Names the request in the server's log. */
  readonly requestId?: string | undefined;
}

/** What a client is told of `error`: never its stack or its cause. */
export function failureOf(error: NebError, requestId?: string): Failure {
  const { requestId: kept, ...details } = error.details ?? {};
  const id = requestId ?? (typeof kept === 'string' ? kept : undefined);
  return {
    code: error.code,
    message: error.message,
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(Object.keys(details).length > 0 && { details }),
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    ...(id !== undefined && { requestId: id }),
  };
}

/** The NebError that `failure` stands for, its request id in `details.requestId`; `undefined` where it is no failure of ours. */
export function errorFrom(failure: unknown): NebError | undefined {
  if (!isRecord(failure) || typeof failure.code !== 'string' || typeof failure.message !== 'string') return undefined;
  const { code, message, hint, retryAfterMs, requestId } = failure;
  const details = { ...(isRecord(failure.details) && failure.details), ...(typeof requestId === 'string' && { requestId }) };
  return new NebError(isErrorCode(code) ? code : 'internal', message, {
    ...(typeof hint === 'string' && { hint }),
    ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
    ...(Object.keys(details).length > 0 && { details }),
  });
}

/** The code that an HTTP status stands for, where an answer says nothing more. */
export function codeOfStatus(status: number): ErrorCode {
  switch (status) {
    case 401: return 'unauthenticated';
    case 403: return 'unauthorized';
    case 404: return 'not_found';
    case 408: return 'timeout';
    case 409: return 'conflict';
    case 410: return 'expired';
    case 429: return 'rate_limited';
    case 501: return 'unsupported';
    case 504: return 'timeout';
    case 502: case 503: return 'unavailable';
    default: return status >= 500 ? 'internal' : 'invalid';
  }
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
