import { firstLine, type Masker, NebError, rootCause } from '@neb/core-types';
import { z } from 'zod';

/** What OpenMeter answered when it would not. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
  /** Of the header of that name: seconds, or a date. */
  readonly retryAfter: string | null;
  readonly nowMs: number;
}

/** Of OpenMeter itself, and of what may stand before it: not these events. */
const unacceptable = new Set([400, 413, 422]);

/** A refusal as an error for who runs the server. `invalid` says that what was sent is at fault, and no other code does. */
export function refused({ status, body, retryAfter, nowMs }: Refusal, redact: Masker): NebError {
  const said = redact(problemIn(body) ?? firstLine(body)) || `status ${status}`;
  const more = { cause: new Error(`status ${status}`), retryAfterMs: waitMs(retryAfter, nowMs), details: { status } };
  if (unacceptable.has(status)) return new NebError('invalid', `OpenMeter refuses what it was sent: ${said}`, more);
  if (status === 409) return new NebError('conflict', `OpenMeter says: ${said}`, more);
  if (status === 401) return new NebError('unauthenticated', `OpenMeter refuses the API key: ${said}`, { ...more, hint: 'Set OPENMETER_API_KEY to a key that is valid, and start the server again.' });
  if (status === 403) return new NebError('unauthorized', `OpenMeter does not allow this: ${said}`, { ...more, hint: 'Give the key in OPENMETER_API_KEY the right to ingest events and to read and write meters and subjects.' });
  if (status === 429) return new NebError('rate_limited', `OpenMeter asks for fewer calls: ${said}`, more);
  if (status >= 500) return new NebError('unavailable', `OpenMeter cannot take it now: ${said}`, { ...more, hint: 'What is not delivered stays in the ledger and is sent again by itself.' });
  return new NebError('unavailable', `what answers at OPENMETER_URL is no OpenMeter: status ${status}, ${said}`, { ...more, hint: 'Set OPENMETER_URL to where its API is, without /api/v1, such as https://openmeter.cloud.' });
}

/** An answer that says all is well in a form that cannot be read. */
export function unreadable(body: string, redact: Masker): NebError {
  return new NebError('unavailable', `what answers at OPENMETER_URL is no OpenMeter: ${redact(firstLine(body)) || 'nothing'}`, { hint: 'Set OPENMETER_URL to where its API is, without /api/v1, such as https://openmeter.cloud.' });
}

/** A connection that could not be made, or broke. Whether it was taken does not matter: events have ids, meters have names. */
export function unreachable(error: unknown, redact: Masker): NebError {
  const cause = rootCause(error);
  const said = redact(cause.message || ((cause as NodeJS.ErrnoException).code ?? ''));
  return new NebError('unavailable', `OpenMeter cannot be reached: ${said}`, { cause: new Error(said), hint: 'See that OPENMETER_URL is right and its server runs. What is not delivered stays in the ledger and is sent again by itself.' });
}

function waitMs(retryAfter: string | null, nowMs: number): number | undefined {
  if (retryAfter === null) return undefined;
  if (/^\d+$/.test(retryAfter.trim())) return Number(retryAfter) * 1_000;
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** What a problem (RFC 9457) says; `undefined` where the body is none. */
function problemIn(body: string): string | undefined {
  try {
    const { data } = problem.safeParse(JSON.parse(body));
    return data && (data.detail ?? data.title);
  } catch {
    return undefined;
  }
}

const problem = z.object({ title: z.string(), detail: z.string().optional() });