const bytesPer = new Map([
  ['', 2 ** 30], ['b', 1],
  ['k', 1e3], ['kb', 1e3], ['ki', 2 ** 10], ['kib', 2 ** 10],
  ['m', 1e6], ['mb', 1e6], ['mi', 2 ** 20], ['mib', 2 ** 20],
  ['g', 1e9], ['gb', 1e9], ['gi', 2 ** 30], ['gib', 2 ** 30],
  ['t', 1e12], ['tb', 1e12], ['ti', 2 ** 40], ['tib', 2 ** 40],
]);

/** Bytes in `16Gi`, `512Mi`, `2GB`, or in a bare number of GiB; `undefined` if `value` is not an amount of memory. */
export function parseMemory(value: string | number): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(String(value).trim());
  const unit = match && bytesPer.get(match[2]!.toLowerCase());
  return unit ? Math.round(Number(match[1]) * unit) : undefined;
}

/** Cores in `2`, `0.5` or `500m`; `undefined` if `value` is not an amount of CPU. */
export function parseCpus(value: string | number): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(m?)$/.exec(String(value).trim());
  return match ? Number(match[1]) / (match[2] ? 1_000 : 1) : undefined;
}

/** Bytes for people: `1.2 GB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 'B';
  // What would round up to a thousand belongs to the next unit.
  for (const next of ['kB', 'MB', 'GB', 'TB', 'PB']) {
    if (value < 999.5) break;
    value /= 1_000;
    unit = next;
  }
  return `${unit === 'B' || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${unit}`;
}
