import type { LaunchSpec } from '@neb/core-types';
import { expect, it } from 'vitest';
import { refusalFor } from './refusal.ts';

const spec: LaunchSpec = { image: 'a', env: {}, ports: [], volumes: [], limits: {}, network: { namespace: 'n', hostnames: [] }, labels: {} };
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`V${at}`, 'x']));

it.each<[string, Partial<LaunchSpec>, RegExp | undefined]>([
  ['a plain one', {}, undefined],
  ['one with a volume', { volumes: [{ kind: 'named', name: 'v', mount: '/v' }] }, undefined],
  ['one with UDP inside', { ports: [{ port: 53, protocol: 'udp', public: false }] }, undefined],
  ['43 variables', { env: many(43) }, undefined],
  ['no image', { image: ' ' }, /image is empty/],
  ['two volumes', { volumes: [{ kind: 'named', name: 'v', mount: '/v' }, { kind: 'named', name: 'w', mount: '/w' }] }, /one volume/],
  ['a path of the host', { volumes: [{ kind: 'host', path: '/etc', mount: '/v' }] }, /path of the host/],
  ['a relative mount', { volumes: [{ kind: 'named', name: 'v', mount: 'v' }] }, /write \/v/],
  ['UDP for all', { ports: [{ port: 53, protocol: 'udp', public: true }] }, /UDP/],
  ['a port of the host', { ports: [{ port: 80, protocol: 'tcp', public: true, hostPort: 80 }] }, /chooses/],
  ['a variable of ours', { env: { NEB_KEY: 'x' } }, /NEB_KEY/],
  ['44 variables', { env: many(44) }, /room for 43/],
])('of %s is this said', (_, more, said) => {
  const refusal = refusalFor({ ...spec, ...more });
  if (said === undefined) expect(refusal).toBeUndefined();
  else expect(refusal).toMatch(said);
});
