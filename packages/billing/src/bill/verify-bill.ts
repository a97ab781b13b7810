import type { KeyObject } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { hashAfter, type Link, type UsageRecord, usageRecord } from '@neb/core-types';
import { type BillFooter, billFooter, type BillHeader, billHeader, billSeal, billSums, type BillTotal } from './bill.ts';
import { billKeyId, type BillSignature, type BillStatement, isSignedBy } from './signature.ts';

/** Something in a bill that is not as it was written. */
export interface BillProblem {
  readonly what: 'unreadable' | 'tampered' | 'missing' | 'reordered' | 'repeated' | 'foreign' | 'totals' | 'cut off' | 'other end' | 'unsigned' | 'unknown key' | 'wrong signature';
  /** Of the file, counted from 1. */
  readonly line: number;
  /** A sentence. */
  readonly message: string;
}

export type BillVerdict =
  | { readonly ok: true; readonly owner: string; readonly since: string; readonly until: string; readonly records: number; readonly totals: readonly BillTotal[]; readonly after: Link; readonly end: Link; readonly signature?: CheckedSignature | undefined }
  | { readonly ok: false; readonly problems: readonly BillProblem[] };

/** A bill's signature: by which key, and whether that was checked with it. */
export interface CheckedSignature {
  readonly key: string;
  readonly checked: boolean;
}

export interface VerifyOptions {
  /** The hash that the last record must have. */
  readonly end?: string | undefined;
  /** Public keys, of which one must have signed it. Without them a signature is not looked at. */
  readonly keys?: readonly KeyObject[] | undefined;
}

/** Enough to see what happened to a file. */
const mostProblems = 100;

/**
 * Checks a bill by itself: needs neither server nor database. Each line that was changed, moved, doubled or taken out is
 * named, at most 100 of them. Who can write a whole new chain is found only by comparing its end with one that was kept
 * elsewhere (`end`), such as the `after` of the next bill, or by its signature (`keys`).
 */
export async function verifyBill(lines: AsyncIterable<string> | Iterable<string>, { end, keys }: VerifyOptions = {}): Promise<BillVerdict> {
  const problems: BillProblem[] = [];
  const say = (line: number, what: BillProblem['what'], message: string): void => void (problems.length < mostProblems && problems.push({ line, what, message }));
  let number = 0;
  let footerAt = 0;
  let header: BillHeader | undefined;
  let footer: BillFooter | undefined;
  let seal: BillSignature | undefined;
  let walk: Walk | undefined;

  for await (const text of lines) {
    number++;
    if (text === '' && footer) continue;
    const value = parsed(text);
    if (!header) {
      header = billHeader.safeParse(value).data;
      if (!header) return { ok: false, problems: [{ line: number, what: 'unreadable', message: 'this is no bill: its first line does not say whose it is and of which time' }] };
      walk = along(header, say);
      continue;
    }
    const record = usageRecord.safeParse(value).data;
    const last = record ? undefined : billFooter.safeParse(value).data;
    const signed = footer && !seal ? billSeal.safeParse(value).data : undefined;
    if (signed) seal = signed.signature;
    else if (footer) say(number, 'unreadable', `line ${number} stands behind the end of the bill`);
    else if (record) walk!.step(record, number);
    else if (last) {
      footer = last;
      footerAt = number;
    }
    else say(number, 'unreadable', `line ${number} is no record of a bill`);
  }
  if (!header || !walk) return { ok: false, problems: [{ line: 1, what: 'unreadable', message: 'this is no bill: it is empty' }] };

  const seen = walk.end(number);
  if (!footer) say(number, 'cut off', 'the bill is cut off: its last line is missing');
  else {
    if (footer.end.seq > seen.last.seq) say(footerAt, 'missing', missing(seen.last.seq + 1, footer.end.seq));
    else if (!isDeepStrictEqual(footer.end, seen.last)) say(footerAt, 'tampered', `the bill says that it ends at another record than ${seen.last.seq}, or with another hash`);
    if (problems.length === 0 && !(footer.records === seen.records && isDeepStrictEqual(footer.totals, seen.totals))) say(footerAt, 'totals', 'the totals are not what the records come to');
    if (problems.length === 0 && end !== undefined && end !== footer.end.hash) say(footerAt, 'other end', `the chain ends with ${footer.end.hash}, and was expected to end with ${end}: it is another chain, or of another time`);
  }
  const { owner, since, until, after, made_at } = header;
  const unsound = footer && keys && signatureProblem({ owner, since, until, made_at, after, end: footer.end }, seal, keys);
  if (unsound) say(number, unsound.what, unsound.message);
  if (problems.length > 0) return { ok: false, problems: problems.sort((a, b) => a.line - b.line) };
  return { ok: true, owner, since, until, records: seen.records, totals: seen.totals, after, end: seen.last, ...(seal && { signature: { key: seal.key, checked: keys !== undefined } }) };
}

/** What is wrong with a signature, or that there is none. */
function signatureProblem(statement: BillStatement, seal: BillSignature | undefined, keys: readonly KeyObject[]): Pick<BillProblem, 'what' | 'message'> | undefined {
  if (!seal) return { what: 'unsigned', message: 'the bill is not signed: the line with its signature is missing' };
  const key = keys.find((one) => billKeyId(one) === seal.key);
  if (!key) return { what: 'unknown key', message: `the bill is signed with the key ${seal.key}, which is none of those it was checked with: ${keys.map(billKeyId).join(', ') || 'there are none'}` };
  if (isSignedBy(statement, seal, key)) return undefined;
  return { what: 'wrong signature', message: `the signature is not of this bill: its owner, its time, or where it begins or ends is not what the holder of the key ${seal.key} signed` };
}

interface Walk {
  step(record: UsageRecord, line: number): void;
  end(line: number): { readonly last: Link; readonly records: number; readonly totals: readonly BillTotal[] };
}

/** A place where records are missing, unless they stand further down. */
interface Gap {
  readonly line: number;
  readonly seqs: Set<number>;
}

/** More than these in a row are not looked for further down. */
const widestGap = 100_000;

function along(header: BillHeader, say: (line: number, what: BillProblem['what'], message: string) => void): Walk {
  const sums = billSums(header);
  /** Of records beside a gap: what those in it follow, and those whose turn comes once it is filled. */
  const edges = new Map<number, string>();
  const waiting = new Map<number, { readonly record: UsageRecord; readonly line: number }>();
  let gaps: readonly Gap[] = [];
  let last: Link = header.after;
  let records = 0;

  function check(before: Link, { seq, hash, fact }: UsageRecord, line: number): void {
    if (hash !== hashAfter(before, JSON.stringify(fact))) say(line, 'tampered', `record ${seq} (${fact.id}) is not what was written, or the one before it is not`);
  }

  return {
    step(record, line) {
      const { seq, hash, fact } = record;
      records++;
      sums.add(fact);
      if (fact.owner !== header.owner) say(line, 'foreign', `record ${seq} (${fact.id}) is of ${fact.owner}, and the bill of ${header.owner}`);
      if (seq > last.seq) {
        if (seq === last.seq + 1) check(last, record, line);
        else {
          const to = Math.min(seq, last.seq + 1 + widestGap);
          gaps = [...gaps, { line, seqs: new Set(Array.from({ length: to - last.seq - 1 }, (_, nth) => last.seq + 1 + nth)) }];
          edges.set(last.seq, last.hash);
          waiting.set(seq, { record, line });
        }
        last = { seq, hash };
        return;
      }
      const gap = gaps.find(({ seqs }) => seqs.has(seq));
      if (!gap) return say(line, 'repeated', `record ${seq} (${fact.id}) stands here again`);
      gap.seqs.delete(seq);
      say(line, 'reordered', `record ${seq} (${fact.id}) stands behind record ${last.seq}`);
      edges.set(seq, hash);
      const before = edges.get(seq - 1);
      if (before === undefined) waiting.set(seq, { record, line });
      else check({ seq: seq - 1, hash: before }, record, line);
      const next = waiting.get(seq + 1);
      if (next) check({ seq, hash }, next.record, next.line);
    },
    end() {
      for (const { line, seqs } of gaps) {
        for (const [from, to] of rangesOf([...seqs])) say(line, 'missing', missing(from, to));
      }
      return { last, records, totals: sums.totals() };
    },
  };
}

function missing(from: number, to: number): string {
  return from === to ? `record ${from} is missing` : `records ${from} to ${to} are missing`;
}

/** Neighbours together: `[1, 2, 5]` is `[[1, 2], [5, 5]]`. */
function rangesOf(numbers: readonly number[]): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range?.[1] === number - 1) range[1] = number;
    else ranges.push([number, number]);
  }
  return ranges;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
