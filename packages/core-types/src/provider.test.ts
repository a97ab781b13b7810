import { expect, test } from 'vitest';
import { capabilities, type Provider, refusalOf } from './provider.ts';
import { memoryCloud } from './testing/memory/cloud.ts';

test('what a platform can do is read off it', () => {
  const { provider } = memoryCloud();
  expect(capabilities(provider)).toEqual(['logs', 'exec', 'port-forward', 'top', 'watch', 'suspend:memory', 'fork', 'secret-files']);
  const { logs, exec, dial, usage, watch, suspend, ...bare } = provider;
  expect(capabilities({ ...bare, traits: { ...bare.traits, secretFiles: false } })).toEqual([]);
  const spot: Provider = { ...bare, traits: { ...bare.traits, spot: true }, networks: { remove: async () => {} } };
  expect(capabilities(spot)).toEqual(['networks', 'spot', 'secret-files']);
});

test('a platform that cannot keep secrets in memory refuses secret files, and nothing else', () => {
  const { provider } = memoryCloud();
  const weak: Provider = { ...provider, traits: { ...provider.traits, secretFiles: false } };
  const spec = { image: 'a', env: {}, ports: [], volumes: [], limits: {}, network: { namespace: 'n', hostnames: [] }, labels: {} };
  const withFile = { ...spec, secretFiles: [{ path: '/s', content: 'x' }] };
  expect([refusalOf(weak, spec), refusalOf(provider, withFile)]).toEqual([undefined, undefined]);
  expect(refusalOf(weak, withFile)).toContain('in memory only');
});
