const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const wholePattern = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+$/;
const partPattern = /(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g;

/** Milliseconds in `1h30m`, `100ms`, `1.5h` or `1d`; `undefined` if `text` is not a duration. */
export function parseDuration(text: string): number | undefined {
  const compact = text.replaceAll(/\s+/g, '');
  if (!wholePattern.test(compact)) return undefined;
  let ms = 0;
  for (const [, count, unit] of compact.matchAll(partPattern)) ms += Number(count) * unitMs[unit as keyof typeof unitMs];
  // Tenths do not add up exactly in binary; no unit is finer than a millisecond.
  return Math.round(ms);
}

/** Milliseconds of a duration that passed the `duration` schema; throws a plain error on any other text. */
export function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new Error(`not a duration: ${text}`);
  return ms;
}

/** 90,000 as `1m30s`: the two largest units, rounded down, for people. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.floor(ms))}ms`;
  let rest = Math.floor(ms / 1_000) * 1_000;
  const parts: string[] = [];
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const count = Math.floor(rest / unitMs[unit]);
    rest -= count * unitMs[unit];
    if (count > 0) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join('');
}
