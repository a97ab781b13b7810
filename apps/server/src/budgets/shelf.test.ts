import type { Resource } from '@neb/scheduler';
import { expect, test } from 'vitest';
import { shelf } from './shelf.ts';

const at = '2026-11-01T08:00:00.000Z';
const budget: Resource<'Budget'> = {
  kind: 'Budget', id: 'b1', name: 'purse', namespace: 'shop', owner: 'acme', labels: {}, seq: 0, version: 3, generation: 1, finalizers: [], createdBy: 'ada', createdAt: at, updatedAt: at,
  spec: { limits: { total: '1' } }, status: { status: 'within', conditions: [] },
};
const over = { owner: 'acme', namespace: 'shop' };

test('a server that has just begun says of nothing that no budget bounds it, before it has heard of all', async () => {
  const one = shelf();
  const asked = one.known(over);
  let isTold = false;
  void asked.then(() => { isTold = true; });
  one.put(budget);
  await new Promise((resolve) => { setImmediate(resolve); });
  expect(isTold).toBe(false);
  one.open();
  expect(await asked).toEqual([budget]);
});

test('a server that ends before it has heard of any says so', async () => {
  const one = shelf();
  one.close();
  await expect(one.known(over)).rejects.toMatchObject({ code: 'unavailable' });
});

test('an older one never takes the place of a newer one, and one that is deleted is gone', () => {
  const one = shelf();
  one.put(budget);
  one.put({ ...budget, version: 2 });
  expect(one.get('b1')?.version).toBe(3);
  expect(one.over({ owner: 'acme', namespace: 'elsewhere' })).toEqual([]);
  one.put({ ...budget, version: 4, deletedAt: at });
  expect(one.over(over)).toEqual([]);
});
