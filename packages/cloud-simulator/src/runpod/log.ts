import { type Clock, timestamp } from '@neb/core-types';

/** One line of a pod's log, as RunPod streams it. */
export interface LogEvent {
  /** Where a reader goes on after it. */
  readonly id: string;
  readonly ts: string;
  readonly source: 'container' | 'system';
  readonly line: string;
}

/** What a pod has written. */
export interface PodLog {
  add(source: LogEvent['source'], line: string): void;
  /** What a request asks to see of the past, in order. */
  past(request: LogRequest): readonly LogEvent[];
  /** Hears every line from now on, and `undefined` once there will be none. Returns what ends it. */
  listen(hear: (event: LogEvent | undefined) => void): () => void;
  /** How many listen. */
  listeners(): number;
  /** No more lines will come, and who listens is told. */
  close(): void;
}

/** Which lines: a cursor wins over a time, and a time over a number. */
export interface LogRequest {
  readonly source?: string | undefined;
  readonly lastEventId?: string | undefined;
  readonly since?: string | undefined;
  readonly tail: number;
}

export function podLog(clock: Clock): PodLog {
  const lines: LogEvent[] = [];
  const ears = new Set<(event: LogEvent | undefined) => void>();
  return {
    add(source, line) {
      const ts = timestamp(clock.now());
      const event = { id: `${ts}/${String(lines.length + 1).padStart(12, '0')}`, ts, source, line };
      lines.push(event);
      for (const hear of ears) hear(event);
    },
    past({ source, lastEventId, since, tail }) {
      const asked = lines.filter((line) => source === undefined || line.source === source);
      // As far as its description goes, a stream goes on *from* its cursor: the reader gets that line again.
      if (lastEventId !== undefined) return asked.filter(({ id }) => id >= lastEventId);
      if (since !== undefined) return asked.filter(({ ts }) => Date.parse(ts) >= Date.parse(since));
      return tail === 0 ? [] : asked.slice(-tail);
    },
    listen(hear) {
      ears.add(hear);
      return () => void ears.delete(hear);
    },
    listeners: () => ears.size,
    close() {
      for (const hear of ears) hear(undefined);
      ears.clear();
    },
  };
}
