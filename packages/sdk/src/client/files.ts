import type { Call } from '@neb/core-types';
import { isNebError, NebError } from '@neb/core-types/errors';
import type { Ref } from '../contract/services.ts';
import { filesPath } from '../wire/paths.ts';
import type { Http } from './http.ts';

/** A tar of what is at `path`. Throws `unavailable` where it breaks off. */
export async function readFiles(send: Http, { ref, path }: { readonly ref: Ref; readonly path: string }, call?: Call): Promise<AsyncIterable<Uint8Array>> {
  const { body } = await send({ method: 'GET', path: filesPath(ref, path), signal: call?.signal });
  return whole(body ?? new ReadableStream(), call?.signal);
}

export interface WriteFilesRequest {
  readonly ref: Ref;
  /** A directory that exists. */
  readonly path: string;
  readonly tar: AsyncIterable<Uint8Array>;
}

/** Unpacks a tar at `path`. */
export async function writeFiles(send: Http, { ref, path, tar }: WriteFilesRequest, call?: Call): Promise<void> {
  await send({
    method: 'PUT', path: filesPath(ref, path), body: ReadableStream.from(tar), headers: { 'content-type': 'application/x-tar' },
    signal: call?.signal, changes: 'the copy',
  });
}

async function* whole(body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void> {
  try {
    yield* body;
  } catch (cause) {
    signal?.throwIfAborted();
    if (isNebError(cause)) throw cause;
    throw new NebError('unavailable', 'the copy broke off', { cause, hint: 'What has arrived is not complete: copy it again.' });
  }
}
