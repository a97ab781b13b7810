import { type Pulse, pulse } from '../pulse.ts';

export type Topic = 'feed' | 'work';

/** How processes on one database tell each other that something is new. A hint: it may be lost. */
export interface Notices {
  /** Calls `heard` with each notice of another process, until disposed of. Keeps itself connected. */
  listen(heard: (text: string) => void): Promise<AsyncDisposable>;
  send(text: string): Promise<void>;
}

export interface Signals extends AsyncDisposable {
  /** Beats when the change feed has something new. */
  readonly feed: Pulse;
  /** Beats when work may be due. */
  readonly work: Pulse;
  /** Something was written: beats here at once, and elsewhere within `quietMs`. */
  wrote(topic: Topic): void;
}

/** Notices to other processes at most every so often: in bursts, one stands for all. */
const quietMs = 50;

/** With `notices`, across processes; without, within this one. */
export async function signals(notices: Notices | undefined): Promise<Signals> {
  const pulses = { feed: pulse(), work: pulse() };
  const unsent = new Set<Topic>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listening = await notices?.listen((text) => {
    for (const topic of ['feed', 'work'] as const) if (text.includes(topic)) pulses[topic].beat();
  });

  function send(): void {
    timer = undefined;
    const text = [...unsent].join(' ');
    unsent.clear();
    // Timers make up for a lost notice.
    notices?.send(text).catch(() => {});
  }

  return {
    ...pulses,
    wrote(topic) {
      pulses[topic].beat();
      if (!notices) return;
      unsent.add(topic);
      timer ??= setTimeout(send, quietMs).unref();
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(timer);
      await listening?.[Symbol.asyncDispose]();
    },
  };
}
