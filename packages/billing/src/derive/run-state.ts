import { platformCurrency, type SeenRun } from '@neb/core-types';
import { type Rate, rateOf } from '../price/rate.ts';
import { millisecondsIn } from '../price/units.ts';

/** One thing that is asked for a run, at one rate. */
export interface RunLine {
  /** `platform`, or `runtime` with the meter's place. */
  readonly name: string;
  /** Absent where nothing can be asked, for the reason that `problem` gives. */
  readonly rate?: Rate | undefined;
  readonly currency: string;
  readonly problem?: string | undefined;
  /** In milliseconds since the epoch: where its totals begin, and up to where it is in the ledger. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** It goes on. */
  readonly open: boolean;
}

/** What a run is in the ledger for so far. */
export interface RunState {
  readonly version: number;
  readonly lines: readonly RunLine[];
  /** It was seen running. */
  readonly started: boolean;
  /** It has ended, and its owner is asked for all of it; absent in what earlier versions wrote. */
  readonly ended?: boolean;
  /** Nobody asks for it any more, and all of it is in the ledger. */
  readonly over: boolean;
}

export const newRun: RunState = { version: 0, lines: [], started: false, over: false };

type Wanted = Omit<RunLine, 'untilMs' | 'open'>;

/** The lines of a run with those that it is asked for now, from when it changed on; `endMs` is where one ends that goes on no longer. Pure. */
export function linesOf(seen: SeenRun, { lines: before, started, ended = false }: RunState): readonly (RunLine & { readonly endMs?: number })[] {
  const changedMs = Date.parse(seen.changedAt);
  const wanted = wantedOf(seen, ended);
  const kept = before.map((line) => {
    const same = wanted.find(({ name }) => name === line.name);
    if (!line.open || (same && isSame(same, line))) return line;
    // Until it runs a price is what an offer said; the first sight of it running says what it is from the beginning.
    if (same && !started && line.untilMs === line.fromMs) return { ...line, ...pick(same) };
    return { ...line, open: false, endMs: Math.max(changedMs, line.untilMs) };
  });
  const fresh = wanted.flatMap((want) => {
    if (kept.some(({ name, open }) => open && name === want.name)) return [];
    const earlier = kept.filter(({ name }) => name === want.name).map((line) => ('endMs' in line ? line.endMs : line.untilMs));
    const fromMs = Math.max(want.fromMs, ...(earlier.length > 0 ? [changedMs, ...earlier] : []));
    return [{ ...want, fromMs, untilMs: fromMs, open: true }];
  });
  return [...kept, ...fresh];
}

function wantedOf({ bought, intendedAt, billedFrom = intendedAt, startedAt, paused, pricePerHour, meters }: SeenRun, ended: boolean): readonly Wanted[] {
  const platform = { name: 'platform', rate: { currency: platformCurrency, price: pricePerHour, unit: 'hour' }, currency: platformCurrency, fromMs: Date.parse(billedFrom) };
  const runs = startedAt !== undefined && !paused && !ended;
  return [
    ...(bought ? [platform] : []),
    ...(runs ? meters.flatMap((meter, nth): Wanted[] => {
      if (meter.metric !== 'runtime') return [];
      const line = { name: `runtime/${nth}`, currency: meter.currency, fromMs: Date.parse(startedAt) };
      if (millisecondsIn(meter.unit) === undefined) return [{ ...line, problem: `runtime is time, and ${meter.unit} is no unit of it` }];
      return [{ ...line, ...rateOf(meter, pricePerHour) }];
    }) : []),
  ];
}

const pick = ({ rate, currency, problem }: Wanted): Pick<RunLine, 'rate' | 'currency' | 'problem'> => ({ rate, currency, problem });

function isSame(a: Wanted, b: RunLine): boolean {
  return a.currency === b.currency && a.problem === b.problem && a.rate?.price === b.rate?.price && a.rate?.unit === b.rate?.unit;
}
