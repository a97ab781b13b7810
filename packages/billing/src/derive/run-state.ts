import { type Meter, platformCurrency, type SeenRun } from '@neb/core-types';
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

type Wanted = Omit<RunLine, 'untilMs' | 'open'> & { readonly endMs?: number | undefined };
type Line = RunLine & { readonly endMs?: number };

/** The lines of a run with those that it is asked for now; `endMs` is where one ends that goes on no longer. Pure. */
export function linesOf(seen: SeenRun, state: RunState): readonly Line[] {
  const wanted = Map.groupBy(wantedOf(seen), ({ name }) => name);
  const before = Map.groupBy(state.lines, ({ name }) => name);
  const names = [...new Set([...before.keys(), ...wanted.keys()])];
  return names.flatMap((name) => {
    const known = before.get(name) ?? [];
    const asked = (wanted.get(name) ?? []).filter(() => name === 'platform' || !state.ended);
    return [...known.slice(0, -1), ...following(known.at(-1), asked, { changedMs: Date.parse(seen.changedAt), started: state.started })];
  });
}

interface When {
  /** When it became as it is seen. */
  readonly changedMs: number;
  /** It was seen running before. */
  readonly started: boolean;
}

/** The last line of a name as it is now, and those that follow it. What the ledger knows of stays as it is: only what comes after it is taken from what is seen. */
function following(last: RunLine | undefined, wanted: readonly Wanted[], when: When): readonly Line[] {
  if (!last) return wanted.map((want) => fresh(want, when.started && want.endMs === undefined && want.name !== 'platform' && wanted.length === 1 ? when.changedMs : want.fromMs));
  const { changedMs } = when;
  if (!last.open) return [last, ...wanted.filter(({ endMs = Infinity }) => endMs > last.untilMs).map((want) => fresh(want, Math.max(want.fromMs, last.untilMs, want.fromMs < last.untilMs && want.endMs === undefined ? changedMs : 0)))];
  const at = wanted.findLastIndex(({ fromMs }) => fromMs <= last.fromMs);
  const [same, rest] = [wanted[at], wanted.slice(at + 1).map((want) => fresh(want, want.fromMs))];
  // Until it runs a price is what an offer said; the first sight of it running says what it is from the beginning.
  const line = same && !when.started && last.untilMs === last.fromMs ? { ...last, ...pick(same) } : last;
  if (same?.endMs !== undefined) return [{ ...line, open: false, endMs: same.endMs }, ...rest];
  if (same && isSame(same, line)) return [line];
  // What is asked was changed, and nothing but the time of the last change tells when.
  const endMs = Math.max(last.untilMs, Math.min(changedMs, rest[0]?.fromMs ?? Infinity));
  return [{ ...line, open: false, endMs }, ...(same ? [fresh(same, endMs)] : rest)];
}

function fresh({ endMs, ...want }: Wanted, fromMs: number): Line {
  return { ...want, fromMs, untilMs: fromMs, open: endMs === undefined, ...(endMs !== undefined && { endMs }) };
}

/** What a run is asked for, as its object tells it by itself: one line for each stretch at one price. */
function wantedOf({ bought, intendedAt, billedFrom = intendedAt, startedAt, endedAt, terms = [], paused, pricePerHour, meters }: SeenRun): readonly Wanted[] {
  const all = [...terms, { until: undefined, pricePerHour, paused }].map((term, nth) => ({
    ...term, fromMs: nth === 0 ? -Infinity : Date.parse(terms[nth - 1]!.until), endMs: term.until === undefined ? undefined : Date.parse(term.until),
  }));
  const stretch = (line: Pick<Wanted, 'name' | 'rate' | 'currency' | 'problem'>, begunMs: number, { fromMs, endMs }: { readonly fromMs: number; readonly endMs: number | undefined }): Wanted[] =>
    (endMs !== undefined && endMs < begunMs ? [] : [{ ...line, fromMs: Math.max(begunMs, fromMs), ...(endMs !== undefined && { endMs }) }]);
  const platform = bought ? all.flatMap((term) => stretch({ name: 'platform', rate: { currency: platformCurrency, price: term.pricePerHour, unit: 'hour' }, currency: platformCurrency }, Date.parse(billedFrom), term)) : [];
  const ran = startedAt === undefined ? [] : all.filter((term) => !term.paused && (endedAt === undefined || term.fromMs < Date.parse(endedAt)));
  return [platform, ...meters.map((meter, nth): Wanted[] => (meter.metric === 'runtime' ? ran.flatMap((term) => stretch(asking(meter, nth, term.pricePerHour), Date.parse(startedAt!), term)) : []))].flatMap(joined);
}

function asking(meter: Meter, nth: number, pricePerHour: string): Pick<Wanted, 'name' | 'rate' | 'currency' | 'problem'> {
  const line = { name: `runtime/${nth}`, currency: meter.currency };
  if (millisecondsIn(meter.unit) === undefined) return { ...line, problem: `runtime is time, and ${meter.unit} is no unit of it` };
  return { ...line, ...rateOf(meter, pricePerHour) };
}

/** Stretches at one price that follow each other are one. */
function joined(stretches: readonly Wanted[]): readonly Wanted[] {
  return stretches.reduce<readonly Wanted[]>((all, next) => {
    const last = all.at(-1);
    if (!last || last.endMs !== next.fromMs || !isSame(last, next)) return [...all, next];
    const { endMs: _, ...whole } = last;
    return [...all.slice(0, -1), { ...whole, ...(next.endMs !== undefined && { endMs: next.endMs }) }];
  }, []);
}

const pick = ({ rate, currency, problem }: Wanted): Pick<RunLine, 'rate' | 'currency' | 'problem'> => ({ rate, currency, problem });

function isSame(a: Pick<Wanted, 'currency' | 'problem' | 'rate'>, b: Pick<Wanted, 'currency' | 'problem' | 'rate'>): boolean {
  return a.currency === b.currency && a.problem === b.problem && a.rate?.price === b.rate?.price && a.rate?.unit === b.rate?.unit;
}
