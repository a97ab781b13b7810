import { expect, test } from 'vitest';
import { patienceOf } from './preference.ts';

test.each([
  [undefined, undefined],
  ['return=minimal', undefined],
  ['wait=10', undefined],
  ['respond-async', 0],
  ['Respond-Async', 0],
  ['respond-async, wait=10', 10_000],
  ['wait=2; a=b, respond-async; why="so"', 2_000],
  ['respond-async, wait="3", wait=9', 3_000],
  ['respond-async, wait=soon', 0],
  ['respond-async, wait=-1', 0],
  [['return=minimal', 'respond-async'], 0],
  ['x-respond-async', undefined],
])('of %o it is %o', (prefer, patience) => expect(patienceOf(prefer)).toBe(patience));
