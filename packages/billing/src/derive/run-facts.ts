import { type SeenRun, timestamp, type UsageFact } from '@neb/core-types';
import { formatDecimal } from '../money/decimal.ts';
import { amountOver } from '../price/amount.ts';
import { linesOf, type RunLine, type RunState } from './run-state.ts';

export interface Periods {
  /** A run is written up to each multiple of this since the epoch, so that it is billed while it lasts; an hour by default. */
  readonly periodMs: number;
  /** How long after the end of a period it is written: an end that is seen a little late then needs no correction. 5 minutes by default. */
  readonly settleMs: number;
}

export const usualPeriods: Periods = { periodMs: 3_600_000, settleMs: 300_000 };

export interface Derived {
  readonly facts: readonly UsageFact[];
  readonly state: RunState;
  /** When a period is over that can be written; `undefined` where nothing is to come until the run is seen to have changed. */
  readonly dueMs: number | undefined;
}

/**
 * What a sight of a run adds to the ledger. All facts of a run add up to what its observed start and end make of it: where
 * an end is seen that lies before what was written already, the rest is taken back. The time now only says which periods
 * are over, so a clock that steps, to either side, changes when a fact is written and never what a run comes to. Pure.
 */
export function deriveRun(seen: SeenRun, state: RunState, { nowMs, periodMs, settleMs }: Periods & { readonly nowMs: number }): Derived {
  if (state.over || seen.version < state.version) return { facts: [], state, dueMs: undefined };
  const overMs = Math.floor((nowMs - settleMs) / periodMs) * periodMs;
  const endedMs = seen.endedAt === undefined ? undefined : Date.parse(seen.endedAt);
  const paidMs = endedMs === undefined || seen.lingers ? undefined : Date.parse(seen.billedUntil ?? seen.endedAt!);
  const written = linesOf(seen, state).map((line) => {
    const lineEndMs = line.name === 'platform' ? paidMs : endedMs;
    const toMs = goal(line, { overMs, endedMs: lineEndMs });
    return { facts: pieces(line.untilMs, toMs, periodMs).map((piece) => fact(seen, line, piece)), line: { ...bare(line), untilMs: toMs, open: line.open && lineEndMs === undefined } };
  });
  const lines = lately(written.map(({ line }) => line));
  const goesOn = lines.some(({ open }) => open);
  return { facts: written.flatMap(({ facts }) => facts), state: { version: seen.version, lines, started: state.started || seen.startedAt !== undefined, ended: endedMs !== undefined, over: endedMs !== undefined && !seen.lingers }, dueMs: goesOn ? overMs + periodMs + settleMs : undefined };
}

/** Those that can still change: what is written before them is not looked at again, however often a run is suspended. */
function lately(lines: readonly RunLine[]): readonly RunLine[] {
  return [...Map.groupBy(lines, ({ name }) => name).values()].flatMap((ofName) => ofName.slice(-2));
}

/** Up to where a line is to be written. */
function goal(line: RunLine & { readonly endMs?: number }, { overMs, endedMs }: { readonly overMs: number; readonly endedMs: number | undefined }): number {
  const end = line.open ? (endedMs ?? Math.max(line.untilMs, overMs)) : Math.min(line.endMs ?? line.untilMs, endedMs ?? Infinity);
  return Math.max(line.fromMs, end);
}

function bare({ name, rate, currency, problem, fromMs, untilMs, open }: RunLine): RunLine {
  return { name, rate, currency, problem, fromMs, untilMs, open };
}

interface Piece {
  readonly fromMs: number;
  readonly toMs: number;
  readonly back: boolean;
}

/** The way from one moment to another, cut where periods end; taken back where it leads backwards. */
function pieces(fromMs: number, toMs: number, periodMs: number): readonly Piece[] {
  const [first, last, back] = fromMs <= toMs ? [fromMs, toMs, false] : [toMs, fromMs, true];
  const cut: Piece[] = [];
  for (let at = first; at < last;) {
    const next = Math.min(last, (Math.floor(at / periodMs) + 1) * periodMs);
    cut.push({ fromMs: at, toMs: next, back });
    at = next;
  }
  return cut;
}

function fact({ key, attempt, owner, namespace, object, of, labels, platform, region, accelerator }: SeenRun, line: RunLine, { fromMs, toMs, back }: Piece): UsageFact {
  const { name, rate, currency, problem } = line;
  const isPlatform = name === 'platform';
  const [start, end] = (back ? [toMs, fromMs] : [fromMs, toMs]).map((ms) => ms - line.fromMs) as [number, number];
  const money = rate ? amountOver(rate, { fromMs: start, toMs: end }, isPlatform ? 'up' : 'down').amount : '0';
  return {
    id: `${key}/${name}/${line.fromMs}/${fromMs}${back ? '/back' : ''}`,
    kind: isPlatform ? 'platform' : 'runtime',
    from: timestamp(fromMs), to: timestamp(toMs), owner, namespace, object, ...(of && { of }), labels, attempt,
    ...(platform !== undefined && { platform }), ...(region !== undefined && { region }), ...(accelerator !== undefined && { accelerator }),
    metric: isPlatform ? 'platform' : 'runtime', quantity: formatDecimal({ digits: BigInt(end - start), places: 3 }), unit: 'second',
    ...(rate && { rate: { price: rate.price, unit: rate.unit } }), currency,
    amount: isPlatform ? '0' : money, cost: isPlatform ? money : '0', ...(problem !== undefined && { problem }),
  };
}
