import type { Clock } from '@neb/core-types';

/** Answers that stay true for a while. */
export interface Kept<T> {
  /** The answer under `name`, asked for where none is young enough. Who asks at the same time shares it; a failure is not kept. */
  get(name: string, ask: () => Promise<T>): Promise<T>;
}

export function kept<T>(clock: Clock, keepMs: number): Kept<T> {
  const answers = new Map<string, { readonly answer: Promise<T>; readonly at: number }>();
  return {
    async get(name, ask) {
      const known = answers.get(name);
      if (known && clock.now() - known.at < keepMs) return await known.answer;
      const entry = { answer: ask(), at: clock.now() };
      answers.set(name, entry);
      try {
        return await entry.answer;
      } catch (error) {
        if (answers.get(name) === entry) answers.delete(name);
        throw error;
      }
    },
  };
}
