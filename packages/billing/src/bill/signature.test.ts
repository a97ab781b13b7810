import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { collect, hashAfter, type Link, origin, type UsageRecord } from '@neb/core-types';
import { describe, expect, it, test } from 'vitest';
import { fact, hour } from '../../test/some-facts.ts';
import { billLines } from './bill.ts';
import { billKeyId, publicKeysIn, signBill } from './signature.ts';
import { verifyBill } from './verify-bill.ts';

const [ours, other] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
const about = { owner: 'acme', since: hour(0), until: hour(8), made_at: hour(24), after: origin };

function recordsOf(amount: string): UsageRecord[] {
  let before: Link = origin;
  return Array.from({ length: 4 }, (_, n) => fact(n, { amount })).map((one) => {
    before = { seq: before.seq + 1, hash: hashAfter(before, JSON.stringify(one)) };
    return { ...before, fact: one };
  });
}

/** A header, four records, a footer and a signature. */
async function bill(key: KeyObject = ours.privateKey, amount = '0.185'): Promise<string[]> {
  const records = recordsOf(amount);
  const { seq, hash } = records.at(-1)!;
  return await collect(billLines(about, (async function* () { yield* records; })(), signBill({ ...about, end: { seq, hash } }, key)));
}

async function problems(lines: readonly string[], keys: readonly KeyObject[] = [ours.publicKey]): Promise<string[]> {
  const verdict = await verifyBill(lines, { keys });
  return verdict.ok ? [] : verdict.problems.map(({ line, what }) => `${line} ${what}`);
}

describe('a signed bill', () => {
  test('is right with one of the keys that it is checked with, and says which signed it', async () => {
    const lines = await bill();
    expect(await verifyBill(lines, { keys: [other.publicKey, ours.publicKey] })).toMatchObject({ ok: true, signature: { key: billKeyId(ours.publicKey), checked: true } });
    expect(await verifyBill(lines)).toMatchObject({ ok: true, signature: { checked: false } });
    expect((await verifyBill(lines.slice(0, -1)))).not.toHaveProperty('signature');
  });

  it.each<[string, (lines: string[]) => string[] | Promise<string[]>, string[]]>([
    ['whose line was changed', (lines) => lines.with(2, lines[2]!.replace('0.185', '0.1')), ['3 tampered']],
    ['whose lines were all written anew by whoever has no key', async (lines) => [...(await bill(other.privateKey, '0.1')).slice(0, -1), lines.at(-1)!], ['7 wrong signature']],
    ['that was signed by somebody else', async () => await bill(other.privateKey), ['7 unknown key']],
    ['whose owner was changed', (lines) => lines.map((line) => line.replaceAll('"acme"', '"evil"')), ['2 tampered', '3 tampered', '4 tampered', '5 tampered', '7 wrong signature']],
    ['whose time was changed', (lines) => lines.with(0, lines[0]!.replace(hour(8), hour(9))), ['7 wrong signature']],
    ['whose end was cut off', (lines) => lines.slice(0, -2), ['5 cut off']],
    ['whose records were cut off, with a footer that fits', async (lines) => {
      const records = recordsOf('0.185').slice(0, 3);
      return [...(await collect(billLines(about, (async function* () { yield* records; })()))), lines.at(-1)!];
    }, ['6 wrong signature']],
    ['whose signature was cut off', (lines) => lines.slice(0, -1), ['6 unsigned']],
    ['whose signature was changed', (lines) => lines.with(-1, lines.at(-1)!.replace(/"value":"(.)/, (_, first: string) => `"value":"${first === 'A' ? 'B' : 'A'}`)), ['7 wrong signature']],
    ['with something behind its signature', (lines) => [...lines, lines.at(-1)!], ['8 unreadable']],
  ])('%s is found out', async (_, change, expected) => {
    expect(await problems(await change(await bill()))).toEqual(expected);
  });

  test('is checked with keys out of PEM and out of JSON, and with nothing else', () => {
    const pem = (key: KeyObject): string => key.export({ format: 'pem', type: 'spki' }) as string;
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    expect(publicKeysIn(pem(ours.publicKey) + pem(rsa.publicKey)).map(billKeyId)).toEqual([billKeyId(ours.publicKey)]);
    expect(publicKeysIn(JSON.stringify({ keys: [ours, other].map(({ publicKey }) => ({ public_key: pem(publicKey) })) })).map(billKeyId)).toEqual([ours, other].map(({ publicKey }) => billKeyId(publicKey)));
    expect(publicKeysIn('-----BEGIN PUBLIC KEY-----\nnothing\n-----END PUBLIC KEY-----')).toEqual([]);
  });
});
