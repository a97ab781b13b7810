const secondMs = 1_000n;

/** Names of one unit of time are one unit. */
const timeUnits: Readonly<Record<string, bigint | undefined>> = {
  ms: 1n, millisecond: 1n,
  s: secondMs, sec: secondMs, second: secondMs,
  m: 60n * secondMs, min: 60n * secondMs, minute: 60n * secondMs,
  h: 3_600n * secondMs, hr: 3_600n * secondMs, hour: 3_600n * secondMs,
  d: 86_400n * secondMs, day: 86_400n * secondMs,
};

/** How many milliseconds a unit of time has: `hour`, `hours` and `h` are one; `undefined` for a unit of something else, such as `token`. */
export function millisecondsIn(unit: string): bigint | undefined {
  const word = unit.trim().toLowerCase();
  return Object.hasOwn(timeUnits, word) ? timeUnits[word] : word.length > 2 && word.endsWith('s') && Object.hasOwn(timeUnits, word.slice(0, -1)) ? timeUnits[word.slice(0, -1)] : undefined;
}
