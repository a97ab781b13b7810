import type { InstanceRef } from '@neb/core-types';
import { expect, it } from 'vitest';
import { containerName, networkName, placeOf, refOf, volumeName } from './names.ts';

it('different fleets and keys never share a container', () => {
  const pairs = [['a', 'b-c'], ['a-b', 'c'], ['a', 'b.c'], ['a.b', 'c'], ['a', 'b_c'], ['A', 'b'], ['a', 'b']] as const;
  expect(new Set(pairs.map(([fleet, key]) => containerName(fleet, key))).size).toBe(pairs.length);
});

it('names are such as engines take', () => {
  const odd = { fleet: 'fleet', namespace: 'Größe/../x y' };
  for (const name of [containerName('f', '-k'), networkName(odd), volumeName(odd, 'data set')]) expect(name).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/);
});

it('a ref tells its place again', () => {
  const place = { host: 'gpu-1.example.org', name: containerName('fleet', 'key') };
  expect(placeOf(refOf(place))).toEqual(place);
});

it.each(['mem-1', 'local/web', '/neb.a.b', ''])('the ref "%s" is not one of ours', (ref) => {
  expect(() => placeOf(ref as InstanceRef)).toThrow('is not an instance of a Docker Engine');
});
