import { NebError } from '../../errors.ts';
import type { Call } from '../../provider.ts';

/** What a process held, as a file that comes in pieces. */
export async function* archived(memory: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of ['neb memory archive\n', ...memory.map((word) => `${JSON.stringify(word)}\n`), 'end\n']) yield new TextEncoder().encode(piece);
}

/** The same again. Rejects with `invalid` what is another file or not the whole of one. */
export async function unarchived(archive: AsyncIterable<Uint8Array>, call: Call | undefined): Promise<readonly string[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) {
    call?.signal?.throwIfAborted();
    chunks.push(chunk);
  }
  const [first, ...lines] = Buffer.concat(chunks).toString().split('\n');
  const end = lines.indexOf('end');
  if (first !== 'neb memory archive' || end < 0) throw new NebError('invalid', 'this is no archive of a cloud in memory, or not the whole of one');
  return lines.slice(0, end).map((line) => String(JSON.parse(line)));
}
