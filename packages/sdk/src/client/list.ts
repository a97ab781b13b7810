import type { Page } from '@neb/core-types';

/** A list that is asked for when it is used: awaited it is its first page, iterated it is all of it. */
export interface List<T, P extends Page<T> = Page<T>> extends PromiseLike<P>, AsyncIterable<T> {
  /** One page: the first, or the one after `next` of another. */
  page(cursor?: string): Promise<P>;
  /** All pages, collected. */
  all(): Promise<T[]>;
}

export function list<T, P extends Page<T>>(fetchPage: (cursor: string | undefined) => Promise<P>): List<T, P> {
  async function* items(): AsyncGenerator<T, void> {
    let cursor: string | undefined;
    do {
      const page = await fetchPage(cursor);
      yield* page.items;
      cursor = page.next;
    } while (cursor !== undefined);
  }
  return {
    page: (cursor) => fetchPage(cursor),
    all: async () => {
      const all: T[] = [];
      for await (const item of items()) all.push(item);
      return all;
    },
    then: (done, failed) => fetchPage(undefined).then(done, failed),
    [Symbol.asyncIterator]: items,
  };
}
