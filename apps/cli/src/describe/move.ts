import { formatBytes, formatDuration, inDollars } from '@neb/core-types';
import type { MoveView, PricedPlaceView } from '@neb/sdk';
import type { Section } from './sections.ts';

/** The break-even of a move to a cheaper place, and what is decided. */
export function moveSections(move: MoveView | undefined): readonly Section[] {
  if (!move) return [];
  const { here, there, takes, costs, saves_per_hour: saves, break_even_ms: breakEven, remaining_ms: remaining, cheaper_for_ms: cheaper } = move;
  return [{ title: 'Move', facts: [
    ['Here', here && placeText(here)],
    ['There', there ? placeText(there) : here && 'nowhere'],
    ['Takes', takes && takesText(takes)],
    ['Costs', costs && `${inDollars(costs)}${saves === undefined ? '' : `, and saves ${inDollars(saves)} an hour`}${breakEven === undefined ? '' : `: pays for itself in ${inSeconds(breakEven)}`}`],
    ['Runs on', remaining === undefined ? undefined : `about ${inSeconds(remaining)} more`],
    ['Cheaper for', cheaper === undefined ? undefined : inSeconds(cheaper)],
    ['Decision', `${move.decision === 'move' ? 'moves' : 'stays'}: ${move.why}`],
  ] }];
}

function placeText({ platform, region, price_per_hour: price }: PricedPlaceView): string {
  return `${platform} (${region}) at $${price}/h`;
}

function takesText({ known, took_ms: took, down_ms: down, size_bytes: size }: NonNullable<MoveView['takes']>): string {
  const from = known === 'measured' ? 'measured at its last move' : size === undefined ? 'assumed' : 'assumed from its memory';
  return `${inSeconds(took)}, and it stands still for ${inSeconds(down)} of it${size === undefined ? '' : `; ${formatBytes(size)}`} (${from})`;
}

function inSeconds(ms: number): string {
  return formatDuration(Math.ceil(ms / 1_000) * 1_000);
}
