const mark = Symbol.for('neb.error');

/** What went wrong, from a closed list, so that callers switch on it and never on message text. */
export type ErrorCode = keyof typeof errorCodes;

/**
 * Every way neb can fail: whether trying again may help, the HTTP status the API answers with,
 * and the exit code of the `neb` command.
 */
export const errorCodes = {
  invalid: { retry: false, http: 422, exit: 2 },
  unauthenticated: { retry: false, http: 401, exit: 4 },
  /** A credential was understood and refused, ours or a cloud's. */
  unauthorized: { retry: false, http: 403, exit: 4 },
  not_found: { retry: false, http: 404, exit: 3 },
  /** What was asked for existed once and is no longer kept. */
  expired: { retry: false, http: 410, exit: 3 },
  unsupported: { retry: false, http: 501, exit: 1 },
  conflict: { retry: true, http: 409, exit: 5 },
  /** What was asked for ran or was tried, and ended badly: a container that failed. */
  failed: { retry: false, http: 409, exit: 1 },
  no_capacity: { retry: true, http: 503, exit: 7 },
  quota: { retry: true, http: 403, exit: 6 },
  rate_limited: { retry: true, http: 429, exit: 1 },
  timeout: { retry: true, http: 504, exit: 8 },
  unavailable: { retry: true, http: 503, exit: 9 },
  /** The call may or may not have taken effect. Look before trying again. */
  uncertain: { retry: true, http: 503, exit: 1 },
  /** A fault of neb itself. */
  internal: { retry: true, http: 500, exit: 1 },
} as const satisfies Record<string, { retry: boolean; http: number; exit: number }>;

/** What an error says besides its code and message. */
export interface ErrorMore {
  readonly cause?: unknown;
  /** What to do about it, as one sentence. */
  readonly hint?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** Facts for programs, such as the field that is wrong. Never a secret. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** An error a user can meet: `code` for programs, `message` for people, `hint` for what to do next. */
export class NebError extends Error {
  override readonly name = 'NebError';
  readonly [mark] = true;
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, more: ErrorMore = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.hint = more.hint;
    this.retryAfterMs = more.retryAfterMs;
    this.details = more.details;
  }

  get retryable(): boolean {
    return errorCodes[this.code].retry;
  }
}

/** True for a NebError from any installed copy of this package, where `instanceof` would not be. */
export function isNebError(error: unknown, code?: ErrorCode): error is NebError {
  return typeof error === 'object' && error !== null && mark in error && (!code || (error as NebError).code === code);
}

/** The message of anything thrown, and what to do about it where that is known, for a status. */
export function messageWithHint(error: unknown): string {
  const message = messageOf(error);
  return isNebError(error) && error.hint !== undefined ? `${message.replace(/[.]$/, '')}. ${error.hint}` : message;
}

/** The message of anything thrown, for a status or a log line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
