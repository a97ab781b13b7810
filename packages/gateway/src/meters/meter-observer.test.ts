import type { RouteFact } from '@neb/core-types';
import { fakeClock } from '@neb/core-types/testing';
import { expect, test } from 'vitest';
import { plainRoute } from '../../test/plain-route.ts';
import { meterObserver } from './meter-observer.ts';

test('what passes a door is told once it is over, and nothing of routes without a meter there', async () => {
  const told = Promise.withResolvers<readonly RouteFact[]>();
  const observer = meterObserver({ clock: fakeClock(0), tell: told.resolve });
  expect(observer.watch({ id: 'r0', route: plainRoute(), headers: {} }, 'ann')).toBeUndefined();
  const route = plainRoute({ meters: [{ metric: 'response_value', json_path: '$.usage.total_tokens', unit: 'token', currency: 'USD' }, { metric: 'bytes', unit: 'byte', currency: 'USD' }] });
  const watch = observer.watch({ id: 'r1', route, headers: {} }, 'ann')!;
  watch.request(Buffer.from('abc'));
  watch.answer(200, { 'content-type': ['text/event-stream'] });
  watch.data(Buffer.from('data: {"usage":{"total_tokens":5}}\n\n'));
  watch.end({ complete: true });
  expect((await told.promise).map(({ key, caller, value }) => `${key} ${caller} ${value}`)).toEqual(['r1/0 ann 5', 'r1/1 ann 39']);
});
