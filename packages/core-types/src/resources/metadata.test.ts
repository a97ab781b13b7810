import { describe, expect, test } from 'vitest';
import { labels, name, namespaceName } from './metadata.ts';

describe('names', () => {
  test.each(['a', 'trl-job', 'Qwen2.5-7B', 'a_b', '0', 'x'.repeat(128)])('%s is one', (text) => {
    expect(name.parse(text)).toBe(text);
  });
  test.each(['', '-', '-a', 'a-', '.a', 'a.', '_a', 'a b', 'a/b', 'ä', 'x'.repeat(129), 'a\n', 7])('%j is none', (text) => {
    expect(name.safeParse(text).success).toBe(false);
  });
  test('"-" stands for one\'s own namespace, and for nothing else', () => {
    expect(namespaceName.parse('-')).toBe('-');
    expect(namespaceName.parse('training')).toBe('training');
    expect(namespaceName.safeParse('--').success).toBe(false);
  });
});

describe('labels', () => {
  test('take numbers and booleans as text', () => {
    expect(labels.parse({ 'neb.io/team': 'a', shard: 1, canary: true })).toEqual({ 'neb.io/team': 'a', shard: '1', canary: 'true' });
  });
  test.each([{ '': 'x' }, { '-a': 'x' }, { 'a b': 'x' }, { a: null }, { a: ['x'] }])('%j are none', (value) => {
    expect(labels.safeParse(value).success).toBe(false);
  });
});
