import type { Durability } from '@neb/streams';
import { expect, test } from 'vitest';
import { cautionOf } from './caution.ts';

test.each<[Durability, RegExp | undefined]>([
  [{ loses: 'nothing', keepsKeys: true }, undefined],
  [{ loses: 'a second', keepsKeys: true }, /the last second or two .*set appendfsync always$/],
  [{ loses: 'snapshots', keepsKeys: false }, /since its last snapshot .*; messages are dropped .*noeviction$/],
  [{ loses: 'everything', keepsKeys: true }, /all messages .*set appendonly yes/],
  [{ loses: 'unknown', keepsKeys: true }, /keeps its settings to itself/],
  [{ loses: 'nothing', keepsKeys: false }, /^messages are dropped/],
])('%o', (durability, expected) => {
  if (expected === undefined) expect(cautionOf(durability)).toBeUndefined();
  else expect(cautionOf(durability)).toMatch(expected);
});
