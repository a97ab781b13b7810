import { isNebError, NebError } from '@neb/core-types';
import { path } from './connection/client.ts';
import type { Located } from './engine.ts';
import { unreachable } from './errors.ts';

/** An upload may be large and its source slow. */
const uploadMs = 24 * 3_600_000;

/** A file or folder of a container as tar, its entries named relative to its parent. Throws `not_found`. */
export async function readFiles({ engine, name }: Located, from: string, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const { client } = engine;
  const body = await client.stream({ method: 'GET', path: path`/containers/${name}/archive`, query: { path: from }, signal }).catch((error: unknown) => {
    throw missing(error, from);
  });
  return (async function* () {
    try {
      for await (const chunk of body) yield chunk as Uint8Array;
    } catch (error) {
      signal?.throwIfAborted();
      throw unreachable(client.at, error as Error);
    }
  })();
}

/** Unpacks tar into a folder that exists. After it every entry is there. Throws `not_found` for a folder that is not. */
export async function writeFiles({ engine, name }: Located, into: string, more: { readonly tar: AsyncIterable<Uint8Array>; readonly signal?: AbortSignal | undefined }): Promise<void> {
  const { tar: upload, signal } = more;
  const headers = { 'Content-Type': 'application/x-tar' };
  await engine.client.done({ method: 'PUT', path: path`/containers/${name}/archive`, query: { path: into }, upload, headers, timeoutMs: uploadMs, signal }).catch((error: unknown) => {
    throw missing(error, into);
  });
}

function missing(error: unknown, where: string): unknown {
  return isNebError(error, 'not_found') ? new NebError('not_found', `there is no ${where} in the container`, { cause: error }) : error;
}
