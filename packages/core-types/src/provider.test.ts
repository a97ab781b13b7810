import { expect, test } from 'vitest';
import { capabilities, type Provider, refusalOf, type Terms } from './provider.ts';
import { memoryCloud } from './testing/memory/cloud.ts';

test('what a platform can do is read off it', () => {
  const { provider } = memoryCloud();
  expect(capabilities(provider)).toEqual(['logs', 'exec', 'port-forward', 'top', 'watch', 'suspend:memory', 'fork', 'archive', 'secret-files']);
  const { logs, exec, dial, usage, watch, suspend, ...bare } = provider;
  expect(capabilities({ ...bare, traits: { ...bare.traits, secretFiles: false } })).toEqual([]);
  const spot: Provider = { ...bare, traits: { ...bare.traits, spot: true }, networks: { remove: async () => {} } };
  expect(capabilities(spot)).toEqual(['networks', 'spot', 'secret-files']);
  const firm: Provider = { ...provider, traits: { ...provider.traits, spot: true, suspendsSpot: false } };
  const suspends = (asked?: { spot: boolean }) => capabilities(firm, asked).filter((name) => /suspend|fork|archive/.test(name));
  expect([suspends(), suspends({ spot: false }), suspends({ spot: true })]).toEqual([['suspend:memory:on-demand', 'fork', 'archive'], ['suspend:memory', 'fork', 'archive'], []]);
});

test.each<[Terms, string | undefined]>([
  [{}, undefined],
  [{ needs: ['suspend', 'suspend:memory', 'exec', 'fork'] }, undefined],
  [{ needs: ['exec'], spot: true }, undefined],
  [{ needs: ['exec', 'cp', 'networks'] }, 'it has no cp and no networks, which needs asks for'],
  [{ needs: ['suspend'], spot: true }, 'what may be interrupted has no suspend there, which needs asks for; leave spot out'],
  [{ needs: ['suspend', 'cp'], spot: true }, 'it has no suspend and no cp'],
])('on terms of %j a platform says %s', (terms, said) => {
  const { provider } = memoryCloud();
  const firm: Provider = { ...provider, traits: { ...provider.traits, spot: true, suspendsSpot: false } };
  const spec = { image: 'a', env: {}, ports: [], volumes: [], limits: {}, network: { namespace: 'n', hostnames: [] }, labels: {} };
  const refusal = refusalOf(firm, spec, terms);
  if (said === undefined) expect(refusal).toBeUndefined();
  else expect(refusal).toContain(said);
});

test('a platform that cannot keep secrets in memory refuses secret files, and nothing else', () => {
  const { provider } = memoryCloud();
  const weak: Provider = { ...provider, traits: { ...provider.traits, secretFiles: false } };
  const spec = { image: 'a', env: {}, ports: [], volumes: [], limits: {}, network: { namespace: 'n', hostnames: [] }, labels: {} };
  const withFile = { ...spec, secretFiles: [{ path: '/s', content: 'x' }] };
  expect([refusalOf(weak, spec), refusalOf(provider, withFile)]).toEqual([undefined, undefined]);
  expect(refusalOf(weak, withFile)).toContain('in memory only');
});
