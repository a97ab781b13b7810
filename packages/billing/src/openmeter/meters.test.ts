import { describe, expect, test } from 'vitest';
import { metersOf } from './meters.ts';

describe('the meters of a metric', () => {
  test.each([
    ['runtime', 'neb_value_runtime', 'neb_amount_runtime'],
    ['response_value', 'neb_value_response_value', 'neb_amount_response_value'],
    ['GPU-Time', 'neb_value_gpu_time_26c2fedc', 'neb_amount_gpu_time_26c2fedc'],
    ['gpu__time', 'neb_value_gpu_time_9308ed6e', 'neb_amount_gpu_time_9308ed6e'],
    ['日', 'neb_value_', 'neb_amount_'],
    ['a'.repeat(90), 'neb_value_aaaa', 'neb_amount_aaaa'],
  ])('%s are %s and %s', (metric, value, amount) => {
    const slugs = metersOf(metric).map(({ slug }) => slug);
    expect(slugs).toEqual([expect.stringContaining(value), expect.stringContaining(amount)]);
    for (const slug of slugs) expect(slug).toMatch(/^(?=.{1,64}$)[a-z0-9]+(?:_[a-z0-9]+)*$/);
  });

  test('have names of their own where metrics differ only in what a name cannot hold', () => {
    const slugs = ['gpu time', 'gpu-time', 'gpu_time', 'GPU_TIME', '', '日', '月', 'a'.repeat(90), 'a'.repeat(91)].flatMap(metersOf).map(({ slug }) => slug);
    expect(new Set(slugs).size).toBe(slugs.length);
  });

  test('add up what was used and what it costs, told apart by unit and by currency', () => {
    const [value, amount] = metersOf('runtime');
    expect(value).toMatchObject({ aggregation: 'SUM', eventType: 'runtime', valueProperty: '$.value', groupBy: { unit: '$.unit', namespace: '$.namespace' } });
    expect(amount).toMatchObject({ aggregation: 'SUM', eventType: 'runtime', valueProperty: '$.amount', groupBy: { currency: '$.currency', namespace: '$.namespace' } });
  });
});
