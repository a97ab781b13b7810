import { expect, test } from 'vitest';
import { cpus, memoryGiB } from './quantity.ts';
import { formatBytes, parseCpus, parseMemory } from './quantity-text.ts';
import { fraction } from './random.ts';
import { seededRandom } from './testing/seeded-random.ts';

test.each([
  ['16Gi', 16 * 2 ** 30],
  ['16GiB', 16 * 2 ** 30],
  ['512Mi', 512 * 2 ** 20],
  ['2GB', 2e9],
  ['2g', 2e9],
  ['1.5 Gi', 1.5 * 2 ** 30],
  ['1Ti', 2 ** 40],
  ['100k', 1e5],
  ['1024b', 1024],
  ['8', 8 * 2 ** 30],
  [8, 8 * 2 ** 30],
  [0.5, 2 ** 29],
])('%j is %d bytes', (value, bytes) => {
  expect(parseMemory(value)).toBe(bytes);
});

test.each(['', 'Gi', '-1Gi', '1 Gx', '1e3', 'constructor', '1constructor', Number.NaN, Infinity])('%j is not an amount of memory', (value) => {
  expect(parseMemory(value)).toBeUndefined();
});

test.each([
  ['2', 2],
  [2, 2],
  ['0.5', 0.5],
  ['500m', 0.5],
  [' 1500m ', 1.5],
])('%j is %d cores', (value, cores) => {
  expect(parseCpus(value)).toBe(cores);
});

test.each(['', 'm', '-1', '2 cores', '1k', '1e3'])('%j is not an amount of CPU', (value) => {
  expect(parseCpus(value)).toBeUndefined();
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1.0 kB'],
  [1_234, '1.2 kB'],
  [99_949, '99.9 kB'],
  [99_950, '100 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [1_234_567_890, '1.2 GB'],
  [5e18, '5000 PB'],
])('%d bytes are shown as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('bytes are shown to within a twentieth, in at most three digits', () => {
  const random = seededRandom(2);
  for (let round = 0; round < 500; round++) {
    const bytes = Math.floor(10 ** (fraction(random) * 17));
    const [number = '', unit = ''] = formatBytes(bytes).split(' ');
    const shown = Number(number) * 1_000 ** ['B', 'kB', 'MB', 'GB', 'TB', 'PB'].indexOf(unit);
    expect(Math.abs(shown - bytes)).toBeLessThanOrEqual(bytes / 20);
    expect(number.replace('.', '').length).toBeLessThanOrEqual(3);
  }
});

test('a manifest gives memory in GiB and CPU in cores, and neither may be nothing', () => {
  expect(memoryGiB.parse('512Mi')).toBe(0.5);
  expect(cpus.parse('500m')).toBe(0.5);
  for (const nothing of [0, '0', '0Mi', 'much', -1]) {
    expect(memoryGiB.safeParse(nothing).success).toBe(false);
    expect(cpus.safeParse(nothing).success).toBe(false);
  }
});
