import { describePath, type ErrorCode, errorCodes, isNebError, NebError, problemsOf } from '@neb/core-types';
import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import type { Context } from './context.ts';

type TrpcCode = TRPCError['code'];

/** tRPC's own clients decide by these whether to connect again; ours read `data.neb`. */
const trpcCodes: Readonly<Record<ErrorCode, TrpcCode>> = {
  invalid: 'UNPROCESSABLE_CONTENT', unauthenticated: 'UNAUTHORIZED', unauthorized: 'FORBIDDEN', not_found: 'NOT_FOUND', expired: 'NOT_FOUND',
  unsupported: 'NOT_IMPLEMENTED', conflict: 'CONFLICT', failed: 'CONFLICT', no_capacity: 'SERVICE_UNAVAILABLE', quota: 'FORBIDDEN',
  rate_limited: 'TOO_MANY_REQUESTS', timeout: 'GATEWAY_TIMEOUT', unavailable: 'SERVICE_UNAVAILABLE', uncertain: 'SERVICE_UNAVAILABLE',
  internal: 'INTERNAL_SERVER_ERROR',
};

/** What a client may be told of anything thrown: a NebError as it is, all else as `internal`, without its text. */
export function refusal(thrown: unknown, requestId: string): NebError {
  const cause = thrown instanceof TRPCError ? (thrown.cause ?? thrown) : thrown;
  if (isNebError(cause)) return cause;
  if (thrown instanceof TRPCError) return ofTrpc(thrown) ?? internal(cause, requestId);
  return internal(cause, requestId);
}

/** `refusal` as tRPC throws it. Tells `context.onError` of faults, except of a request that its client gave up. */
export function trpcRefusal(thrown: unknown, about: { readonly context: Context; readonly path: string; readonly signal?: AbortSignal | undefined }): TRPCError {
  const { context, path, signal } = about;
  const error = refusal(thrown, context.requestId);
  const fault = thrown instanceof TRPCError ? (thrown.cause ?? thrown) : thrown;
  if (error.code === 'internal' && fault !== error && !signal?.aborted) context.onError?.({ error: fault, requestId: context.requestId, path });
  return new TRPCError({ code: trpcCodes[error.code], message: error.message, cause: error });
}

/** The status that HTTP answers `error` with. */
export function httpStatus(error: NebError): number {
  return errorCodes[error.code].http;
}

/** An input that its schema refused, in the words of its problems. */
export function invalidInput(error: z.ZodError, schema?: z.ZodType): NebError {
  const problems = schema ? problemsOf(error, schema) : error.issues.map(({ path, message }) => ({ path: path.map(plain), message }));
  const text = problems.map((problem) => `${describePath(problem.path)}${problem.message}`).join('; ');
  return new NebError('invalid', `the request is not valid: ${text}`, { details: { problems } });
}

function plain(part: PropertyKey): string | number {
  return typeof part === 'symbol' ? String(part) : part;
}

/** What tRPC itself refuses. Its own texts may quote the input, so they stay out. */
function ofTrpc(error: TRPCError): NebError | undefined {
  switch (error.code) {
    case 'BAD_REQUEST': return error.cause instanceof z.ZodError ? invalidInput(error.cause) : new NebError('invalid', 'the request is not valid');
    case 'PARSE_ERROR': return new NebError('invalid', 'the request is not valid JSON');
    case 'PAYLOAD_TOO_LARGE': return new NebError('invalid', 'the request is too large');
    case 'METHOD_NOT_SUPPORTED': return new NebError('invalid', 'this call wants another HTTP method: GET for queries, POST for mutations');
    case 'UNSUPPORTED_MEDIA_TYPE': return new NebError('invalid', 'the request\'s content type is not application/json');
    case 'NOT_FOUND': return new NebError('unsupported', 'this server has no such call', { hint: 'The client may be newer than the server: compare `neb version`.' });
    case 'UNAUTHORIZED': return unauthenticated();
    default: return undefined;
  }
}

/** What a request without a valid credential gets. */
export function unauthenticated(): NebError {
  return new NebError('unauthenticated', 'this needs a valid token', { hint: 'Send `Authorization: Bearer <token>`; `neb up` writes one for your own machine.' });
}

function internal(cause: unknown, requestId: string): NebError {
  return new NebError('internal', `internal error, request id ${requestId}`, { cause, hint: 'The server\'s log says more under this id.' });
}
