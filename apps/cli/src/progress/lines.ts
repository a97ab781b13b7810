import { elapsed } from '../render/age.ts';
import type { Style } from '../render/style.ts';
import { harmless, truncate } from '../render/width.ts';
import type { Track } from './track.ts';

export interface LinesOptions {
  readonly now: number;
  readonly style: Style;
  readonly width: number;
}

/** What a terminal shows of one container: a line a phase. */
export function phaseLines(track: Track, { now, style, width }: LinesOptions): readonly string[] {
  const { phases, end } = track;
  const lines = phases.map((phase, at) => {
    const over = phases[at + 1]?.from ?? end?.at;
    const mark = over === undefined ? style.cyan(style.marks.bullet) : style.green(style.marks.good);
    const took = elapsed((over ?? now) - phase.from);
    const detail = over === undefined || /%|B$/.test(phase.detail) ? phase.detail : '';
    return `${mark} ${phase.name.padEnd(12)} ${took.padStart(6)}  ${style.dim(fitted(detail, width - 24, style))}`.trimEnd();
  });
  return end ? [...lines, endLine(track, { now, style, width })] : lines;
}

/** What a terminal shows of one container among several: a single line. */
export function summaryLine(track: Track, options: LinesOptions & { readonly titleWidth: number }): string {
  const { now, style, width, titleWidth } = options;
  const title = track.title.padEnd(titleWidth);
  if (track.end) {
    const { good, word, message, at } = track.end;
    const text = message === '' ? `${word} in ${elapsed(at - track.from)}` : `${word}: ${message}`;
    return `${good ? style.green(style.marks.good) : style.red(style.marks.bad)} ${title}  ${fitted(text, width - titleWidth - 6, style)}`;
  }
  const phase = track.phases.at(-1);
  const text = `${phase?.name ?? ''} ${elapsed(now - (phase?.from ?? now))}  ${phase?.detail ?? ''}`.trimEnd();
  return `${style.cyan(style.marks.bullet)} ${title}  ${fitted(text, width - titleWidth - 6, style)}`;
}

/** What a log of a build shows: a line when a phase begins, with the time of day. */
export function plainLine(track: Track, at: string): string {
  const { end } = track;
  const phase = track.phases.at(-1);
  const text = end ? `${end.word}${end.message && `: ${harmless(end.message)}`}` : `${phase?.name ?? ''}${phase?.detail ? `: ${harmless(phase.detail)}` : ''}`;
  return `${at} container/${track.title} ${text}`;
}

function endLine({ end, from }: Track, { style, width }: LinesOptions): string {
  if (!end) return '';
  const took = elapsed(end.at - from);
  const mark = end.good ? style.green(style.marks.good) : style.red(style.marks.bad);
  return `${mark} ${style.bold(end.word.padEnd(12))} ${took.padStart(6)}  ${fitted(end.message, width - 24, style)}`.trimEnd();
}

function fitted(text: string, width: number, style: Style): string {
  return truncate(harmless(text), Math.max(10, width), style.marks.more);
}
