import type { Kind } from '@neb/core-types';
import { type Pulse, pulse } from '../pulse.ts';

/** What may be new: the change feed, who may do what, or work of a kind. */
export type Topic = 'feed' | 'identity' | Kind;

/** How processes on one database tell each other that something is new. A hint: it may be lost. */
export interface Notices {
  /** Calls `heard` with what any process sent, until disposed of. Keeps itself connected, and calls `missed` whenever it was not. */
  listen(heard: (text: string) => void, missed: () => void): Promise<AsyncDisposable>;
  send(text: string): Promise<void>;
}

export interface SignalOptions {
  /** Tells this process from the others. */
  readonly id: string;
  /** Absent where this process is the only one. */
  readonly notices?: Notices | undefined;
}

/** Pulses that beat when something may be new, here or in another process. Disposing of it says what is yet unsaid. */
export interface Signals extends AsyncDisposable {
  readonly on: (topic: Topic) => Pulse;
  /** Beats here at once, and elsewhere within 50 ms. */
  say(topics: Iterable<Topic>): void;
  /** Beats here only. */
  sayHere(topic: Topic): void;
}

/** Between notices to other processes: each is a transaction that others queue behind, so in bursts one stands for all. */
const quietMs = 50;

export async function signals({ id, notices }: SignalOptions): Promise<Signals> {
  const pulses = new Map<Topic, Pulse>();
  const unsaid = new Set<Topic>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const on = (topic: Topic): Pulse => {
    const known = pulses.get(topic) ?? pulse();
    pulses.set(topic, known);
    return known;
  };
  const heard = (text: string): void => {
    const [from, ...topics] = text.split(' ');
    if (from !== id) for (const topic of topics) pulses.get(topic as Topic)?.beat();
  };
  const missed = (): void => {
    for (const each of pulses.values()) each.beat();
  };
  const listening = await notices?.listen(heard, missed);

  async function send(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (unsaid.size === 0) return;
    const text = [id, ...unsaid].join(' ');
    unsaid.clear();
    // Lost notices are made up for by looking now and again.
    await notices?.send(text).catch(() => {});
  }

  return {
    on,
    say(topics) {
      for (const topic of topics) {
        on(topic).beat();
        if (notices) unsaid.add(topic);
      }
      if (unsaid.size > 0) timer ??= setTimeout(() => void send(), quietMs).unref();
    },
    sayHere: (topic) => on(topic).beat(),
    async [Symbol.asyncDispose]() {
      await send();
      await listening?.[Symbol.asyncDispose]();
    },
  };
}
