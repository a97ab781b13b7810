import type { LaunchSpec } from '@neb/core-types';
import { expect, it } from 'vitest';
import { refusalFor } from './refusal.ts';

const spec: LaunchSpec = { image: 'app', env: {}, ports: [], volumes: [], limits: {}, network: { namespace: 'default', hostnames: [] }, labels: {} };
const disks = { attach: async () => '/dev/sdb' };
const named = (name: string) => ({ volumes: [{ kind: 'named', name, mount: '/data' } as const] });
const port = { port: 80, protocol: 'tcp', public: true } as const;

it.each<[string, Partial<LaunchSpec>, { readonly disks?: typeof disks }, RegExp | undefined]>([
  ['nothing special', {}, {}, undefined],
  ['a private port', { ports: [{ ...port, public: false }] }, {}, undefined],
  ['a public port', { ports: [port] }, {}, /port-forward/],
  ['a named volume, where there are disks', named('data'), { disks }, undefined],
  ['a named volume, where there are none', named('data'), {}, /would end with the machine/],
  ['a volume whose name leads elsewhere', named('../../etc'), { disks }, /cannot name a volume/],
  ['a path of the host', { volumes: [{ kind: 'host', path: '/data', mount: '/data' }] }, { disks }, /no files of yours/],
  ['files that are secret', { secretFiles: [{ path: '/a', content: 'b' }] }, {}, /in memory only/],
])('of %s', (_, more, cloud, expected) => {
  const refusal = refusalFor({ ...spec, ...more }, cloud);
  if (expected) expect(refusal).toMatch(expected);
  else expect(refusal).toBeUndefined();
});
