import { createHash } from 'node:crypto';
import { NebError } from '@neb/core-types';
import type { SubnetPool } from '../options.ts';

/** A range of IPv4 addresses: the first and the one after the last. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** How many networks fit into the pool. Throws `invalid` for a pool that is none. */
export function poolSize({ cidr, prefix }: SubnetPool): number {
  const range = rangeOf(cidr);
  if (!range || !Number.isInteger(prefix) || prefix > 29 || 2 ** (32 - prefix) > range.to - range.from) {
    throw new NebError('invalid', `the subnet pool ${cidr} in pieces of /${prefix} is not usable; write such as 10.208.0.0/12 in pieces of /24`);
  }
  return (range.to - range.from) / 2 ** (32 - prefix);
}

/**
 * A piece of the pool that touches none of `taken`, as CIDR; `undefined` if there is none. It is the same for the
 * same `owner` while that one is free, so that two who make one owner's network at once collide instead of making two.
 */
export function chooseSubnet(pool: SubnetPool, owner: string, taken: readonly Range[]): string | undefined {
  const count = poolSize(pool);
  const size = 2 ** (32 - pool.prefix);
  const start = rangeOf(pool.cidr)!.from;
  const used = new Set(taken.flatMap((range) => piecesIn(range, { start, size, count })));
  const first = createHash('sha256').update(owner).digest().readUInt32BE() % count;
  for (let step = 0; step < count; step++) {
    const at = (first + step) % count;
    if (!used.has(at)) return `${dotted(start + at * size)}/${pool.prefix}`;
  }
  return undefined;
}

/** The addresses of `10.0.0.0/8`; `undefined` where it is not IPv4 in CIDR form. */
export function rangeOf(cidr: string): Range | undefined {
  const [, a, b, c, d, bits] = (/^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr) ?? []).map(Number);
  if (a === undefined || b === undefined || c === undefined || d === undefined || bits === undefined) return undefined;
  if (Math.max(a, b, c, d) > 255 || bits > 32) return undefined;
  const size = 2 ** (32 - bits);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const from = address - (address % size);
  return { from, to: from + size };
}

/** The ranges that Linux's `/proc/net/route` sends somewhere, but for the default route. */
export function routedRanges(text: string): readonly Range[] {
  return text.split('\n').slice(1).flatMap((line) => {
    const words = line.split('\t');
    const [destination, mask] = [littleEndian(words[1]), littleEndian(words[7])];
    if (destination === undefined || mask === undefined || mask === 0) return [];
    return [{ from: destination, to: destination + 2 ** 32 - mask }];
  });
}

function piecesIn(range: Range, pool: { readonly start: number; readonly size: number; readonly count: number }): readonly number[] {
  const first = Math.max(0, Math.floor((range.from - pool.start) / pool.size));
  const after = Math.min(pool.count, Math.ceil((range.to - pool.start) / pool.size));
  return Array.from({ length: Math.max(0, after - first) }, (_, step) => first + step);
}

/** An address as people write it. */
export function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

function littleEndian(hex: string | undefined): number | undefined {
  if (!hex || !/^[0-9A-F]{8}$/i.test(hex)) return undefined;
  return Number.parseInt(hex.match(/../g)!.toReversed().join(''), 16);
}
