import { Worker } from 'node:worker_threads';
import type { JsonPath } from './json-path.ts';
import type { Reading } from './numbers-at.ts';
import type { Answer, Question } from './numbers-thread.ts';

type Found = readonly Reading[] | undefined;

/** A thread that has had nothing to do for so long ends, as it holds memory. */
const idleMs = 10_000;

let thread: { readonly worker: Worker; readonly asked: Map<number, (found: Found) => void>; readonly idle: NodeJS.Timeout } | undefined;
let questions = 0;

/**
 * As `numbersAt`, in a thread of its own, since a text of some MiB takes longer to read than requests should wait. Takes
 * `bytes` over. Where the thread fails, what it had is told as a problem.
 */
export function numbersAside(bytes: Uint8Array<ArrayBuffer>, paths: readonly JsonPath[]): Promise<Found> {
  const { worker, asked, idle } = (thread ??= begin());
  const id = questions++;
  return new Promise((resolve) => {
    asked.set(id, (found) => {
      asked.delete(id);
      if (asked.size === 0) {
        idle.refresh();
        worker.unref();
      }
      resolve(found);
    });
    // A process stays for what it has asked, and no longer.
    worker.ref();
    worker.postMessage({ id, bytes, paths: paths.map(({ text }) => text) } satisfies Question, [bytes.buffer]);
  });

  function begin(): NonNullable<typeof thread> {
    const own = { worker: new Worker(threadPath()), asked: new Map<number, (found: Found) => void>(), idle: setTimeout(() => end(), idleMs) };
    const over = (): void => {
      if (thread === own) thread = undefined;
      clearTimeout(own.idle);
      for (const tell of own.asked.values()) tell(paths.map(() => ({ problem: 'it could not be read' })));
    };
    const end = (): void => {
      if (own.asked.size > 0) return void own.idle.refresh();
      over();
      void own.worker.terminate();
    };
    own.idle.unref();
    own.worker.on('message', ({ id: answered, readings }: Answer) => own.asked.get(answered)?.(readings)).on('error', over).on('exit', over);
    return own;
  }
}

/** Beside this file, in the sources and in what is built of them. */
function threadPath(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './numbers-thread.ts' : './numbers-thread.js', import.meta.url);
}
