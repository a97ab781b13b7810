import type { Caller } from '@neb/core-types';
import { fakeClock } from '@neb/core-types/testing';
import { expect, test } from 'vitest';
import type { Found } from './look-up.ts';
import { standing } from './standing.ts';

test('what changes while somebody is looked at is looked at again at once, and not in a minute', async () => {
  const caller: Caller = { id: 'ada@example.com', handle: 'ada', roles: {}, admin: false, credential: 'key' };
  const asked: PromiseWithResolvers<ReadonlyMap<string, Found>>[] = [];
  const staying = standing({
    clock: fakeClock(),
    lookUp: async () => {
      asked.push(Promise.withResolvers());
      return await asked.at(-1)!.promise;
    },
  });
  const good = staying.watch(caller, new AbortController().signal);
  expect(asked).toHaveLength(1);
  staying.check();
  asked[0]!.resolve(new Map([['key', { caller, expiresMs: Infinity } as Found]]));
  await expect.poll(() => asked.length).toBe(2);
  expect(good.aborted).toBe(false);
  asked[1]!.resolve(new Map());
  await expect.poll(() => good.aborted).toBe(true);
  staying.close();
});
