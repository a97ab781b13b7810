import { type ErrorCode, firstLine, type Masker, NebError, rootCause } from '@neb/core-types';
import { z } from 'zod';

/** What RunPod answered when it would not. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
  /** Of the header of that name, in seconds. */
  readonly retryAfter?: string | null | undefined;
  /** Whether the call, if it took effect all the same, has bought something. */
  readonly buys: boolean;
}

/** A refusal as an error for the user. */
export function refused({ status, body, retryAfter, buys }: Refusal, redact: Masker): NebError {
  const told = problemIn(body);
  const said = redact(told ?? firstLine(body)) || `status ${status}`;
  const more = { cause: new Error(`status ${status}`) };
  if (isOutOfStock(status, said)) return new NebError('no_capacity', `RunPod has none free: ${said}`, more);
  switch (status) {
    case 401: return new NebError('unauthorized', `RunPod refuses the API key: ${said}`, { ...more, hint: 'Set RUNPOD_API_KEY to a key that is valid; the RunPod console makes one under Settings, API Keys.' });
    case 403: return new NebError('unauthorized', `RunPod does not allow this: ${said}`, { ...more, hint: 'Give the key in RUNPOD_API_KEY the right to read and write pods, volumes and registries.' });
    case 402: return new NebError('quota', `the wallet of the RunPod account is empty: ${said}`, { ...more, details: { scope: 'account' }, hint: 'Add funds to the account in the RunPod console.' });
    case 429: return new NebError('rate_limited', `RunPod asks for fewer calls: ${said}`, { ...more, retryAfterMs: waitMs(retryAfter) });
    default: return new NebError(codeOf(status, { buys, told: told !== undefined }), `RunPod says: ${said}`, more);
  }
}

/** An answer that says all is well in a form that cannot be read. */
export function unreadable(body: string, { buys }: Pick<Refusal, 'buys'>, redact: Masker): NebError {
  const said = redact(firstLine(body)) || 'nothing';
  return new NebError(buys ? 'uncertain' : 'unavailable', `RunPod answers with what is no answer: ${said}`);
}

/** A connection that could not be made, or broke. */
export function unreachable(error: unknown, { buys }: Pick<Refusal, 'buys'>, redact: Masker): NebError {
  const cause = rootCause(error);
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const said = redact(cause.message || code);
  const lost = buys && !neverSent.has(code);
  return new NebError(lost ? 'uncertain' : 'unavailable', lost ? `the connection to RunPod broke before it answered: ${said}` : `RunPod cannot be reached: ${said}`, { cause: new Error(said) });
}

/** RunPod, and its older APIs, have no code for it but these words. */
const outOfStock = /no (?:longer any )?instances? (?:are )?(?:currently )?available|does not have the resources|no capacity|out of stock|not enough free gpus/i;

function isOutOfStock(status: number, said: string): boolean {
  return (status === 400 || status === 500) && outOfStock.test(said);
}

function codeOf(status: number, { buys, told }: { readonly buys: boolean; readonly told: boolean }): ErrorCode {
  if (status === 404) return 'not_found';
  if (status === 409) return 'conflict';
  // A gateway's error does not tell whether what is behind it has acted.
  if (status >= 500) return buys ? 'uncertain' : 'unavailable';
  return told ? 'invalid' : 'unavailable';
}

/** No connection came about, so nothing was asked. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

const defaultWaitMs = 5_000;

function waitMs(retryAfter: string | null | undefined): number {
  const seconds = Number(retryAfter ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : defaultWaitMs;
}

/** What a problem (RFC 9457) says; `undefined` where the body is none. */
function problemIn(body: string): string | undefined {
  try {
    const { data } = problem.safeParse(JSON.parse(body));
    return data && [data.detail ?? data.title, data.errors?.join('; ')].filter((part) => part !== undefined && part !== '').join(' ');
  } catch {
    return undefined;
  }
}

const problem = z.object({ title: z.string(), detail: z.string().optional(), errors: z.array(z.string()).optional() });
