import { expect, it } from 'vitest';
import { slots } from './slots.ts';

const never = new AbortController().signal;
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('no more than the limit run at once, first come, first served', async () => {
  const two = slots(2);
  const order: string[] = [];
  const gates = new Map<string, () => void>();
  const work = (name: string): Promise<void> => two.run(() => {
    order.push(name);
    return new Promise((resolve) => gates.set(name, resolve));
  }, never);

  const all = ['a', 'b', 'c', 'd'].map(work);
  await tick();
  expect(order).toEqual(['a', 'b']);
  expect(two.full).toBe(true);
  gates.get('b')?.();
  await tick();
  expect(order).toEqual(['a', 'b', 'c']);
  for (const name of ['a', 'c']) gates.get(name)?.();
  await tick();
  gates.get('d')?.();
  await Promise.all(all);
  expect(two.full).toBe(false);
});

it('one that gives up waiting takes no turn', async () => {
  const one = slots(1);
  const gate = Promise.withResolvers<void>();
  const first = one.run(() => gate.promise, never);
  const stop = new AbortController();
  const second = one.run(async () => 'ran', stop.signal);
  stop.abort(new Error('enough'));
  await expect(second).rejects.toThrow('enough');
  gate.resolve();
  await first;
  expect(await one.run(async () => 'third', never)).toBe('third');
});

it('work that fails gives its slot back', async () => {
  const one = slots(1);
  await expect(one.run(() => Promise.reject(new Error('no')), never)).rejects.toThrow('no');
  expect(await one.run(async () => 'next', never)).toBe('next');
});
