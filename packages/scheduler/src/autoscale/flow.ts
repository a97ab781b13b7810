import { type Observation, pressureOf } from './sample.ts';

/** What of a look is kept for the next. */
export type Seen = Omit<Observation, 'starting'>;

/** What is known of the messages' flow. Rates are a second. */
export interface Flow {
  /** Messages that arrive, of the last seconds and of the last minutes. */
  readonly arriving: { readonly recent: number; readonly usual: number };
  /** For how long they were looked at, in milliseconds, up to the minutes that count. */
  readonly lookedMs: number;
  /** The pressure, over the last moments. */
  readonly pressure: number;
  /** Messages acknowledged while every worker had enough to do, the seconds that this lasted, and those seconds of all workers together. They fade. */
  readonly worked: { readonly messages: number; readonly seconds: number; readonly workerSeconds: number };
}

/** Of nothing, nothing is known. */
export const noFlow: Flow = { arriving: { recent: 0, usual: 0 }, pressure: 0, lookedMs: 0, worked: { messages: 0, seconds: 0, workerSeconds: 0 } };

const recentMs = 10_000;
/** How much of the work counts: the last minute, or the last hundred messages where that is more. */
const halfLifeMs = 60_000;
const keptMessages = 100;
/** What makes a rate: this many messages, or else this many seconds with fewer. */
const enoughMessages = 10;
const enoughSeconds = 60;

/** What is known after one more look. `usualMs` is how far back the usual reaches; a tenth of it are moments. Of a counter that began anew, or a clock that was set back, nothing is learnt. Pure. */
export function learn(flow: Flow, { before, seen, usualMs }: { readonly before: Seen; readonly seen: Seen; readonly usualMs: number }): Flow {
  const ms = seen.at - before.at;
  const acknowledged = seen.acknowledged - before.acknowledged;
  if (ms <= 0 || acknowledged < 0) return flow;
  const seconds = ms / 1_000;
  const lookedMs = Math.min(flow.lookedMs + ms, usualMs);
  const arriving = arrivals(before, seen) / seconds;
  const usual = ms / Math.max(lookedMs, ms);
  return {
    arriving: { recent: toward(flow.arriving.recent, arriving, 1 - Math.exp(-ms / recentMs)), usual: toward(flow.arriving.usual, arriving, usual) },
    pressure: toward(flow.pressure, pressureOf(seen), 1 - Math.exp(-ms / (usualMs / 10 + 1))),
    lookedMs,
    worked: before.backlog > 0 && seen.backlog > 0 ? worked(flow, acknowledged, { seconds, workers: (before.working + seen.working) / 2 }) : flow.worked,
  };
}

/** Messages that one worker finishes a second while it has enough to do; `undefined` while too little was seen. Where none was finished in a minute, what it would be if one had been just now. */
export function ratePerWorker({ worked: { messages, seconds, workerSeconds } }: Flow): number | undefined {
  if (workerSeconds <= 0 || (messages < enoughMessages && seconds < enoughSeconds)) return undefined;
  return Math.max(messages, 1) / workerSeconds;
}

/** Messages that came in between; none where the counter began anew. Pure. */
export function arrivals(before: Seen, seen: Seen): number {
  const acknowledged = seen.acknowledged - before.acknowledged;
  return acknowledged < 0 ? 0 : Math.max(0, pressureOf(seen) - pressureOf(before) + acknowledged);
}

function worked(flow: Flow, messages: number, { seconds, workers }: { readonly seconds: number; readonly workers: number }): Flow['worked'] {
  if (workers <= 0) return flow.worked;
  const fading = 0.5 ** ((seconds * 1_000) / halfLifeMs);
  const kept = Math.max(fading, Math.min(1, keptMessages / Math.max(flow.worked.messages, 1)));
  return { messages: flow.worked.messages * kept + messages, seconds: flow.worked.seconds * kept + seconds, workerSeconds: flow.worked.workerSeconds * kept + seconds * workers };
}

/** `from`, moved by a share of the way to `to`. Pure. */
export function toward(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}
