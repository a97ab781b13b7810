import { basename, posix } from 'node:path';
import { NebError } from '@neb/core-types';

/** One side of a copy. */
export type Place =
  | { readonly do: 'here'; readonly path: string }
  | { readonly do: 'there'; readonly namespace: string | undefined; readonly container: string; readonly path: string };

/** Reads `./file`, `NAME:/path` and `NS/NAME:/path`. A colon after a slash or a dot belongs to a local name. */
export function placeOf(text: string): Place {
  const [, namespace, container, path] = /^(?:([^/:.][^/:]*)\/)?([^/:.][^/:]*):(.*)$/s.exec(text) ?? [];
  if (container === undefined || path === undefined) return { do: 'here', path: text };
  if (path === '') throw new NebError('invalid', `"${text}" names no path in the container`, { hint: `Write ${text}/path.` });
  return { do: 'there', namespace, container, path };
}

/** What a remote path's archive calls it: its last part, or all that is in it for the root. */
export function remoteName(path: string): string {
  return basename(posix.resolve('/', path));
}

/** The folder a copy to `path` is unpacked in, and the name it gets there; a trailing slash means into it. */
export function remoteTarget(path: string, sourceName: string): { readonly folder: string; readonly name: string } {
  const clean = posix.resolve('/', path);
  if (path.endsWith('/') || clean === '/') return { folder: clean, name: sourceName };
  return { folder: posix.dirname(clean), name: posix.basename(clean) };
}
