import { expect, it } from 'vitest';
import { keyQueue } from './hints.ts';

it('a key that waits already is told once, however often it changes', async () => {
  const stop = new AbortController();
  const keys = keyQueue(stop.signal);
  for (let nth = 0; nth < 10_000; nth++) keys.add(nth % 2 === 0 ? 'a' : 'b');
  const got: string[] = [];
  const reading = (async () => {
    for await (const key of keys) {
      got.push(key);
      if (key === 'c') stop.abort();
    }
  })();
  await new Promise((resolve) => setImmediate(resolve));
  keys.add('a');
  keys.add('c');
  await reading;
  expect(got).toEqual(['a', 'b', 'a', 'c']);
});
