import { fraction } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { describe, expect, it } from 'vitest';
import { chooseSubnet, poolSize, type Range, rangeOf, routedRanges } from './subnets.ts';

const pool = { cidr: '10.213.0.0/16', prefix: 26 };
const range = (cidr: string): Range => rangeOf(cidr)!;
const overlap = (a: Range, b: Range): boolean => a.from < b.to && b.from < a.to;

describe('a pool of subnets', () => {
  it('holds as many as fit', () => {
    expect(poolSize(pool)).toBe(1_024);
    expect(poolSize({ cidr: '10.208.0.0/12', prefix: 24 })).toBe(4_096);
  });

  it.each([['10.0.0.0', 24], ['10.0.0.0/24', 16], ['10.0.0.0/8', 30], ['300.0.0.0/8', 24], ['fd00::/8', 64]])('is refused if it is %s in pieces of /%i', (cidr, prefix) => {
    expect(() => poolSize({ cidr, prefix })).toThrow('is not usable');
  });

  it('gives each owner a piece of its own until there are none, then none', () => {
    const taken: Range[] = [];
    for (let nth = 0; nth < 1_024; nth++) {
      const chosen = range(chooseSubnet(pool, `owner ${nth}`, taken)!);
      expect(taken.some((other) => overlap(other, chosen))).toBe(false);
      taken.push(chosen);
    }
    expect(chooseSubnet(pool, 'one more', taken)).toBeUndefined();
    const freed = taken.splice(500, 1);
    expect(range(chooseSubnet(pool, 'one more', taken)!)).toEqual(freed[0]);
  });

  it('gives the same owner the same piece while that is free', () => {
    expect(chooseSubnet(pool, 'a', [])).toBe(chooseSubnet(pool, 'a', [range('192.168.0.0/16')]));
  });

  it('never touches what is taken, whatever its size', () => {
    const random = seededRandom(3);
    for (let round = 0; round < 200; round++) {
      const taken = Array.from({ length: 20 }, () => {
        const prefix = 18 + Math.floor(fraction(random) * 13);
        return range(`10.213.${Math.floor(fraction(random) * 256)}.${Math.floor(fraction(random) * 256)}/${prefix}`);
      });
      const chosen = chooseSubnet(pool, `owner ${round}`, taken);
      if (chosen) expect(taken.filter((other) => overlap(other, range(chosen)))).toEqual([]);
    }
  });

  it('has none where a route takes it all', () => {
    expect(chooseSubnet(pool, 'a', [range('10.0.0.0/8')])).toBeUndefined();
  });
});

it('routes are read as the kernel writes them, but for the default', () => {
  const text = [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
    'docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
    'tun0\t0000D50A\t00000000\t0001\t0\t0\t0\t00C0FFFF\t0\t0\t0',
    '',
  ].join('\n');
  expect(routedRanges(text)).toEqual([range('172.17.0.0/16'), range('10.213.0.0/18')]);
});
