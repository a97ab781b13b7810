import type { LogEvent } from './events.ts';

/** Where a log that is read again goes on. A stream may begin with lines that were read already: those at the time of its cursor. */
export interface Place {
  /** The cursor to go on from; `undefined` before the first line. */
  cursor(): string | undefined;
  /** Whether the event is news. It then counts as read. */
  passes(event: LogEvent): boolean;
}

export function place(): Place {
  let last: { readonly id: string; readonly ts: string } | undefined;
  let sameTime = new Set<string>();
  return {
    cursor: () => last?.id,
    passes({ id, ts }) {
      if (last && (sameTime.has(id) || Date.parse(ts) < Date.parse(last.ts))) return false;
      if (ts !== last?.ts) sameTime = new Set();
      sameTime.add(id);
      last = { id, ts };
      return true;
    },
  };
}
