import { expect, test } from 'vitest';
import { placeOf, remoteName, remoteTarget } from './places.ts';

test.each([
  ['./file', { do: 'here', path: './file' }],
  ['file', { do: 'here', path: 'file' }],
  ['./odd:name', { do: 'here', path: './odd:name' }],
  ['/abs/odd:name', { do: 'here', path: '/abs/odd:name' }],
  ['web:/etc/hosts', { do: 'there', namespace: undefined, container: 'web', path: '/etc/hosts' }],
  ['training/web:/out/', { do: 'there', namespace: 'training', container: 'web', path: '/out/' }],
  ['web:tmp/x', { do: 'there', namespace: undefined, container: 'web', path: 'tmp/x' }],
])('%s is understood', (text, place) => {
  expect(placeOf(text)).toEqual(place);
});

test('a container without a path is refused', () => {
  expect(() => placeOf('web:')).toThrow(/no path/);
});

test.each([
  ['/out', 'data', { folder: '/', name: 'out' }],
  ['/out/', 'data', { folder: '/out', name: 'data' }],
  ['/', 'data', { folder: '/', name: 'data' }],
  ['/a/../b/c', 'data', { folder: '/b', name: 'c' }],
  ['rel/x', 'data', { folder: '/rel', name: 'x' }],
])('a copy to %s of %s lands where cp would put it', (path, source, target) => {
  expect(remoteTarget(path, source)).toEqual(target);
});

test.each([['/etc/hosts', 'hosts'], ['/out/', 'out'], ['/', ''], ['/a/..', '']])('the archive of %s calls it "%s"', (path, name) => {
  expect(remoteName(path)).toBe(name);
});
