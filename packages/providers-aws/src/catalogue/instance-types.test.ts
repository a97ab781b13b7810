import { acceleratorVariants, canonicalAccelerator, compareMoney, parseMoney } from '@neb/core-types';
import { describe, expect, it } from 'vitest';
import { acceleratorOf, gpuTypes } from './instance-types.ts';

it.each([
  ['A100', 40_960, 'A100_SXM_40GB'], ['A100', 81_920, 'A100_SXM'], ['H100', 81_920, 'H100_SXM'], ['H200', 144_384, 'H200_SXM'], ['L4', 22_888, 'L4'], ['L40S', 45_776, 'L40S'],
  ['T4', 16_384, 'T4'], ['T4g', 16_384, 'T4G'], ['A10G', 22_888, 'A10G'], ['B200', 183_359, 'B200'], ['RTX PRO Server 6000', 98_304, 'RTX_PRO_6000'], ['RTX PRO 4500', 32_768, 'RTX_PRO_4500'],
])('EC2\'s %s of %i MiB is %s', (gpu, mib, name) => {
  expect(acceleratorOf(gpu, mib)).toBe(name);
});

describe('the table', () => {
  it('has each type once', () => {
    expect(new Set(gpuTypes.map(({ name }) => name)).size).toBe(gpuTypes.length);
  });

  it('has prices that can be meant: for each GPU between $0.10 and $25 an hour', () => {
    const prices = gpuTypes.flatMap(({ name, accelerator, pricePerHour }) => Object.values(pricePerHour).map((price) => [name, accelerator!.count, price] as const));
    expect(prices.length).toBeGreaterThan(20);
    for (const [name, count, price] of prices) {
      expect(parseMoney(price), name).toBeGreaterThan(BigInt(count) * parseMoney('0.1')!);
      expect(compareMoney(price, String(25 * count)), name).toBeLessThan(0);
    }
  });

  it('names no family: each accelerator is one that can be asked for', () => {
    for (const { name, accelerator } of gpuTypes) {
      const known = canonicalAccelerator(accelerator!.name);
      if (known !== undefined) expect(acceleratorVariants(known), name).toEqual([accelerator!.name]);
    }
  });
});
