import type { GatewayGauge } from '../tally.ts';

export interface TellerOptions {
  readonly gauges: () => readonly GatewayGauge[];
  readonly say: (gauges: readonly GatewayGauge[]) => void;
  readonly everyMs: number;
}

export interface GaugeTeller {
  /** Something may be new. */
  soon(): void;
  now(): void;
  /** Somebody new listens: of every route something is told. */
  again(): void;
  stop(): void;
}

/** Tells what was seen as long as there is something new, and is quiet, without a timer, while there is not. */
export function gaugeTeller({ gauges, say, everyMs }: TellerOptions): GaugeTeller {
  /** Of which routes the last that was told was not nothing, or was nothing. */
  let told = new Map<string, boolean>();
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;

  const now = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const all = gauges();
    const news = all.filter((gauge) => isStirring(gauge) || told.get(gauge.id) !== false);
    told = new Map(all.map((gauge) => [gauge.id, isStirring(gauge)]));
    if (news.length > 0) say(news);
    if (all.some(isStirring)) soon();
  };
  const soon = (): void => {
    if (!isOver) timer ??= setTimeout(now, everyMs);
  };
  return {
    soon,
    now,
    again() {
      told = new Map();
      soon();
    },
    stop() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

function isStirring({ inFlight, waiting, answered, failed }: GatewayGauge): boolean {
  return inFlight + waiting + answered + failed > 0;
}
