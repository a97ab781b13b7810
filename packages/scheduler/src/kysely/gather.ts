/** What became of one of the things that were done together. */
export type Outcome<O> = { readonly value: O } | { readonly error: unknown };

export interface Gathering<I, O> {
  /** How many rounds may be under way at once. */
  readonly lanes: number;
  /** How many items a round takes at most. */
  readonly limit: number;
  /** Does one round; answers for each item in its order. Where it throws, all of them failed. */
  readonly round: (items: readonly I[]) => Promise<readonly Outcome<O>[]>;
}

/** A function that does things together that were asked for while an earlier round was under way: alone it waits for nobody. */
export function gather<I, O>({ lanes, limit, round }: Gathering<I, O>): (item: I) => Promise<O> {
  const waiting: { readonly item: I; readonly answer: PromiseWithResolvers<O> }[] = [];
  let running = 0;

  return (item) => {
    const answer = Promise.withResolvers<O>();
    waiting.push({ item, answer });
    // What is asked for in this very turn of the loop joins the same round.
    if (running < lanes) queueMicrotask(start);
    return answer.promise;
  };

  function start(): void {
    if (running >= lanes || waiting.length === 0) return;
    running++;
    void run(waiting.splice(0, limit)).finally(() => {
      running--;
      start();
    });
  }

  async function run(batch: typeof waiting): Promise<void> {
    try {
      const outcomes = await round(batch.map(({ item }) => item));
      for (const [n, { answer }] of batch.entries()) {
        const outcome = outcomes[n]!;
        if ('error' in outcome) answer.reject(outcome.error);
        else answer.resolve(outcome.value);
      }
    } catch (error) {
      for (const { answer } of batch) answer.reject(error);
    }
  }
}
