import { NebError } from '@neb/core-types/errors';
import { codeOfStatus, errorFrom } from '../failure.ts';
import { cutOff, neverArrived, unreachable } from './unreachable.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** From the server's root, with its query. */
  readonly path: string;
  readonly body?: string | ReadableStream<Uint8Array> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What a cut connection leaves uncertain, in words; absent where nothing is changed. */
  readonly changes?: string | undefined;
}

/** Sends a request with the credential. Throws a NebError where no server answered, or where it refused. */
export type Http = (request: HttpRequest) => Promise<Response>;

export interface HttpOptions {
  readonly url: string;
  readonly token?: string | undefined;
  readonly fetch: typeof fetch;
}

export function http({ url, token, fetch: send }: HttpOptions): Http {
  return async ({ method, path, body, headers, signal, changes }) => {
    const response = await send(`${url}${path}`, {
      method,
      headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
      ...(signal && { signal }),
      ...(body !== undefined && { body, duplex: 'half' }),
    }).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw changes === undefined || neverArrived(cause) ? unreachable(url, cause) : cutOff(changes, cause);
    });
    if (response.ok) return response;
    throw await refusalIn(response);
  };
}

/** The JSON of an answer. Throws `unavailable` where it is cut off, `invalid` where it is no JSON. */
export async function jsonOf(response: Response, signal?: AbortSignal): Promise<unknown> {
  const text = await response.text().catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new NebError('unavailable', 'the connection was cut in the middle of the answer', { cause });
  });
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw notNeb(response, 'invalid');
  }
}

async function refusalIn(response: Response): Promise<NebError> {
  const answer: unknown = await response.json().catch(() => undefined);
  return errorIn(answer) ?? notNeb(response, codeOfStatus(response.status));
}

/** The error of an answer of either door: under `error`, or under `error.data.neb`. */
export function errorIn(answer: unknown): NebError | undefined {
  const error = field(answer, 'error');
  return errorFrom(error) ?? errorFrom(field(field(error ?? answer, 'data'), 'neb'));
}

function notNeb(response: Response, code: NebError['code']): NebError {
  return new NebError(code, `${new URL(response.url || 'http://unknown').origin} answered ${response.status}, but not as a neb server does`, { hint: 'Check the address; a proxy may stand in between.' });
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
