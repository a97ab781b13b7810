import { expect, test } from 'vitest';
import { kindNamed, kindNames } from './kinds.ts';

test.each([
  ['container', 'Container'], ['containers', 'Container'], ['co', 'Container'], ['CONTAINERS', 'Container'],
  ['namespace', 'Namespace'], ['ns', 'Namespace'], ['secrets', 'Secret'], ['sec', 'Secret'],
  ['processors', 'Processor'], ['proc', 'Processor'], ['services', 'Service'], ['svc', 'Service'], ['snapshots', 'Snapshot'], ['snap', 'Snapshot'],
])('%s names %s', (text, kind) => {
  expect(kindNamed(text)).toBe(kind);
});

test.each(['', 'pod', 'containerss', 'constructor'])('%j names none', (text) => {
  expect(kindNamed(text)).toBeUndefined();
});

test('there are these kinds', () => {
  expect(kindNames).toEqual(['Container', 'Namespace', 'Secret', 'Processor', 'Service', 'Snapshot', 'Budget']);
});
