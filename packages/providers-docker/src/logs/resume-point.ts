import type { LogLine } from '@neb/core-types';
import { sinceParameter } from './since.ts';

/**
 * The engine stamps and writes the lines of stdout and stderr beside each other: in its file a line may follow one of
 * the other stream that was stamped later. Within a stream they are in order. So much before the last line is read again.
 */
const unevennessMs = 1_000;

interface Shown {
  at: string;
  /** How many lines of that time were shown, as a burst may share one. */
  count: number;
  /** How many lines of that time are still to come by again; -1 once the stream is past it. */
  skip: number;
}

/** Where a log that is read again goes on: in each stream, past its last line that was shown. */
export function resumePoint(asked: string | undefined): { began(): boolean; since(): string | undefined; passes(line: LogLine): boolean } {
  const streams = new Map<LogLine['stream'], Shown>();
  let first: string | undefined;

  return {
    began: () => first !== undefined,
    since() {
      for (const shown of streams.values()) shown.skip = shown.count;
      const last = [...streams.values()].map(({ at }) => at).toSorted(byTime).at(-1);
      return last === undefined || first === undefined ? asked : [first, before(last)].toSorted(byTime).at(-1);
    },
    passes({ stream, at }) {
      first ??= at;
      const shown = streams.get(stream);
      if (shown && shown.skip >= 0) {
        const order = byTime(at, shown.at);
        if (order < 0) return false;
        if (order === 0 && shown.skip > 0) {
          shown.skip--;
          return false;
        }
      }
      streams.set(stream, { at, count: shown?.at === at ? shown.count + 1 : 1, skip: -1 });
      return true;
    },
  };
}

function byTime(one: string, other: string): number {
  const [a, b] = [sinceParameter(one), sinceParameter(other)];
  return a === b ? 0 : a < b ? -1 : 1;
}
const before = (at: string): string => new Date(Date.parse(at) - unevennessMs).toISOString();
