import type { LaunchSpec, VolumeSpec } from '@neb/core-types';
import { expect, it } from 'vitest';
import { refusalFor } from './refusal.ts';

const spec = (volumes: readonly VolumeSpec[], image = 'a'): LaunchSpec => ({ image, env: {}, ports: [], volumes, limits: {}, network: { namespace: 'n', hostnames: [] }, labels: {} });
const host = (path: string, mount: string): VolumeSpec => ({ kind: 'host', path, mount });
const named = (mount: string): VolumeSpec => ({ kind: 'named', name: 'data', mount });

it.each([
  ['a host path that is not allowed', spec([host('/etc', '/etc')]), false, /\/etc is a path of the host, which only an administrator may allow/],
  ['a relative host path', spec([host('etc', '/etc')]), true, /not an absolute path of the host/],
  ['a relative mount', spec([named('data')]), true, /write \/data/],
  ['two volumes in one place', spec([named('/data'), named('/data')]), true, /two volumes are mounted at \/data/],
  ['no image', spec([], ' '), true, /image is empty/],
])('%s is refused', (_, refused, allowHostPaths, why) => {
  expect(refusalFor(refused, allowHostPaths)).toMatch(why);
});

it('an allowed host path is not refused', () => {
  expect(refusalFor(spec([host('/srv', '/srv'), named('/data')]), true)).toBeUndefined();
});
