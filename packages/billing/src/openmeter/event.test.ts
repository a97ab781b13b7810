import { describe, expect, test } from 'vitest';
import { fact, platformFact } from '../../test/some-facts.ts';
import { batchesOf } from './batches.ts';
import { eventOf } from './event.ts';

describe('the event of a fact', () => {
  test('has the original\'s type and keys, and ours; numbers are texts', () => {
    expect(eventOf(fact(1, { accelerator: '2:A100_SXM', attempt: 1 }), 'neb/f1')).toEqual({
      specversion: '1.0', id: 'fact-1', source: 'neb/f1', type: 'runtime', subject: 'acme', time: '2026-11-01T01:00:00.000Z', datacontenttype: 'application/json',
      data: {
        value: '1800', metric: 'runtime', container_id: 'c1', currency: 'USD', cost: '0.37', unit: 'second', kind: 'Container', service: 'Nebulous', gpu_type: 'A100_SXM',
        amount: '0.185', cost_unit: 'hour', accelerator: '2:A100_SXM', namespace: 'shop', name: 'web', object_id: 'c1', platform: 'docker', region: 'local',
        from: '2026-11-01T01:00:00.000Z', to: '2026-11-01T01:30:00.000Z',
      },
    });
  });

  test('names no container where a service was used, and the service of a replica', () => {
    const object = { kind: 'Service', id: 's1', name: 'chat' } as const;
    expect(eventOf(fact(1, { object }), 'neb')!.data).not.toHaveProperty('container_id');
    expect(eventOf(fact(1, { of: { kind: 'Service', name: 'chat' } }), 'neb')!.data).toMatchObject({ container_id: 'c1', of_kind: 'Service', of_name: 'chat' });
  });

  test('costs nothing where nothing is asked, and says nothing of who called or what labels there are', () => {
    const { data } = eventOf(fact(1, { rate: undefined, amount: '0', caller: 'ada@example.com', labels: { secret: 'plan' } }), 'neb')!;
    expect(data).toMatchObject({ cost: '0', cost_unit: 'second', amount: '0' });
    expect(JSON.stringify(data)).not.toMatch(/ada|plan/);
  });

  test('is none for what a platform asks', () => {
    expect(eventOf(platformFact(1), 'neb')).toBeUndefined();
  });
});

describe('batches', () => {
  const placed = (count: number) => Array.from({ length: count }, (_, n) => ({ position: n + 1, event: eventOf(fact(n), 'neb')! }));
  const bytes = Buffer.byteLength(JSON.stringify(placed(1)[0]!.event)) + 1;

  test.each([
    [0, {}, []], [5, {}, [5]], [5, { events: 2 }, [2, 2, 1]], [5, { bytes: 2 * bytes }, [2, 2, 1]], [3, { bytes: 1 }, [1, 1, 1]], [2_001, { bytes: 1e9 }, [1_000, 1_000, 1]],
  ])('of %i events within %j are of %j', (count, limits, sizes) => {
    const batches = batchesOf(placed(count), limits);
    expect(batches.map(({ length }) => length)).toEqual(sizes);
    expect(batches.flat().map(({ position }) => position)).toEqual(Array.from({ length: count }, (_, n) => n + 1));
  });
});
