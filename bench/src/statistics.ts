/** The value below which `share` of the sorted samples lie, by nearest rank. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
  if (value === undefined) throw new Error('no samples');
  return value;
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5);

/** One line of the report: what was measured, beside its floor and its target. */
export interface Figure {
  readonly what: string;
  readonly ours: string;
  readonly floor?: string | undefined;
  readonly target: string;
  readonly met: boolean;
}

export function printFigures(title: string, figures: readonly Figure[]): void {
  console.log(`\n## ${title}\n`);
  console.log('| what | ours | floor in this run | target | |\n|---|---|---|---|---|');
  for (const f of figures) console.log(`| ${f.what} | ${f.ours} | ${f.floor ?? ''} | ${f.target} | ${f.met ? 'met' : '**missed**'} |`);
}

/** `spread` of samples in milliseconds: median, and from the fifth to the ninety-fifth percentile. */
export const spread = (ms: readonly number[]): string =>
  `${median(ms).toFixed(0)} ms (${percentile(ms, 0.05).toFixed(0)} to ${percentile(ms, 0.95).toFixed(0)})`;
