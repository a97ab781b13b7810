import type { ExecSession } from '../facets.ts';

/** What reads a session's output until it has said some words, in all it said since the first call. Rejects where it ends before. */
export function ear({ output }: Pick<ExecSession, 'output'>): (words: string) => Promise<void> {
  const chunks = output[Symbol.asyncIterator]();
  let heard = '';
  return async (words) => {
    while (!heard.includes(words)) {
      const { value, done } = await chunks.next();
      if (done) throw new Error(`heard only ${heard}, not ${words}`);
      heard += Buffer.from(value.data).toString();
    }
  };
}
