import { collect, hashAfter, type Link, origin, type UsageFact, type UsageRecord } from '@neb/core-types';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { fact, hour } from '../../test/some-facts.ts';
import { billLines } from './bill.ts';
import { verifyBill } from './verify-bill.ts';

const about = { owner: 'acme', since: hour(0), until: hour(8), made_at: hour(24) };

function recordsOf(facts: readonly UsageFact[], after: Link): UsageRecord[] {
  let before = after;
  return facts.map((one) => {
    before = { seq: before.seq + 1, hash: hashAfter(before, JSON.stringify(one)) };
    return { ...before, fact: one };
  });
}

/** Of ten hours, two of which are not of its time. */
async function bill(after: Link = origin): Promise<string[]> {
  const records = recordsOf(Array.from({ length: 10 }, (_, n) => fact(n)), after);
  return await collect(billLines({ ...about, after }, (async function* () { yield* records; })()));
}

async function problems(lines: readonly string[], end?: string): Promise<string[]> {
  const verdict = await verifyBill(lines, { end });
  return verdict.ok ? [] : verdict.problems.map(({ line, what, message }) => `${line} ${what}: ${message}`);
}

describe('a bill', () => {
  test('as it was written is right, and says what it comes to', async () => {
    const after = { seq: 41, hash: 'a'.repeat(64) };
    expect(await verifyBill([...(await bill(after)), ''])).toMatchObject({ ok: true, owner: 'acme', records: 10, totals: [{ currency: 'USD', amount: '1.48', cost: '0' }], after, end: { seq: 51 } });
  });

  test('of nothing is right', async () => {
    expect(await verifyBill(await collect(billLines({ ...about, after: origin }, (async function* () {})())))).toMatchObject({ ok: true, records: 0, totals: [], end: origin });
  });

  it.each<[string, (lines: string[]) => string[], string[]]>([
    ['a changed amount', (lines) => lines.with(3, lines[3]!.replace('0.185', '0.1')), ['4 tampered: record 3 (fact-2) is not what was written, or the one before it is not']],
    ['a changed hash', (lines) => lines.with(3, lines[3]!.replace(/"hash":"./, '"hash":"f').replace('"hash":"ff', '"hash":"fe')), ['4 tampered: record 3', '5 tampered: record 4']],
    ['a missing line', (lines) => lines.toSpliced(3, 1), ['4 missing: record 3 is missing']],
    ['missing lines', (lines) => lines.toSpliced(3, 4), ['4 missing: records 3 to 6 are missing']],
    ['a missing first line', (lines) => lines.toSpliced(1, 1), ['2 missing: record 1 is missing']],
    ['a missing last line', (lines) => lines.toSpliced(10, 1), ['11 missing: record 10 is missing']],
    ['two that changed places', (lines) => lines.with(3, lines[4]!).with(4, lines[3]!), ['5 reordered: record 3 (fact-2) stands behind record 4']],
    ['one that moved to the end', (lines) => [...lines.slice(0, 2), ...lines.slice(3, 11), lines[2]!, lines[11]!], ['11 reordered: record 2 (fact-1) stands behind record 10']],
    ['a changed one that moved', (lines) => [...lines.slice(0, 2), ...lines.slice(3, 11), lines[2]!.replace('0.185', '9'), lines[11]!], ['11 reordered: record 2', '11 tampered: record 2']],
    ['one twice', (lines) => lines.toSpliced(5, 0, lines[3]!), ['6 repeated: record 3 (fact-2) stands here again']],
    ['another owner\'s', (lines) => lines.with(3, lines[3]!.replace('"owner":"acme"', '"owner":"eve"')), ['4 foreign: record 3 (fact-2) is of eve, and the bill of acme', '4 tampered: record 3']],
    ['changed totals', (lines) => lines.with(11, lines[11]!.replace('1.48', '1')), ['12 totals: the totals are not what the records come to']],
    ['another time', (lines) => lines.with(0, lines[0]!.replace(hour(8), hour(7))), ['12 totals: the totals']],
    ['another end', (lines) => lines.with(11, lines[11]!.replace(/"hash":"[\da-f]{64}"/, `"hash":"${'0'.repeat(64)}"`)), ['12 tampered: the bill says that it ends at another record than 10']],
    ['no end', (lines) => lines.slice(0, -1), ['11 cut off: the bill is cut off']],
    ['a line behind the end', (lines) => [...lines, lines[3]!], ['13 unreadable: line 13 stands behind the end of the bill']],
    ['half a line', (lines) => lines.with(3, lines[3]!.slice(0, 50)), ['4 unreadable: line 4 is no record of a bill', '5 missing: record 3 is missing']],
    ['no header', (lines) => lines.slice(1), ['1 unreadable: this is no bill']],
    ['nothing', () => [], ['1 unreadable: this is no bill: it is empty']],
  ])('with %s is found out, by line', async (_, forge, expected) => {
    const found = await problems(forge(await bill()));
    expect(found).toHaveLength(expected.length);
    expected.forEach((start, nth) => expect(found[nth]).toContain(start));
  });

  test('of a whole new chain is found out by an end that was kept', async () => {
    const [first, ...more] = Array.from({ length: 10 }, (_, n) => fact(n));
    const forged = await collect(billLines({ ...about, after: origin }, (async function* () { yield* recordsOf([{ ...first!, amount: '0' }, ...more], origin); })()));
    const verdict = await verifyBill(await bill());
    const kept = verdict.ok ? verdict.end.hash : '';
    expect(await problems(forged)).toEqual([]);
    expect(await problems(await bill(), kept)).toEqual([]);
    expect(await problems(forged, kept)).toEqual([expect.stringContaining('12 other end: the chain ends with')]);
  });

  test('in which anything at all was changed, left out or moved is not right', async () => {
    const lines = await bill();
    await fc.assert(fc.asyncProperty(fc.nat({ max: lines.length - 1 }), fc.nat({ max: 1_000 }), fc.constantFrom('change', 'drop', 'move'), async (at, place, how) => {
      const line = lines[at]!;
      const digit = line.search(/\d/) === -1 ? 0 : [...line.matchAll(/\d/g)][place % [...line.matchAll(/\d/g)].length]!.index;
      const changed = `${line.slice(0, digit)}${(Number(line[digit]) + 1) % 10}${line.slice(digit + 1)}`;
      const to = place % lines.length;
      const forged = how === 'change' ? lines.with(at, changed) : how === 'drop' ? lines.toSpliced(at, 1) : lines.toSpliced(at, 1).toSpliced(to, 0, line);
      // When it was made is said, and nothing depends on it.
      if (to === at && how === 'move') return;
      const isMadeAt = how === 'change' && at === 0 && digit >= line.indexOf('made_at') && digit < line.indexOf('"after"');
      // A time that holds the same facts comes to the same.
      const isTime = how === 'change' && at === 0 && digit >= line.indexOf('since') && digit < line.indexOf('made_at');
      if (!isMadeAt && !isTime) expect((await verifyBill(forged)).ok).toBe(false);
    }));
  });
});
