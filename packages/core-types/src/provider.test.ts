import { expect, test } from 'vitest';
import { capabilities, type Provider } from './provider.ts';
import { memoryCloud } from './testing/memory/cloud.ts';

test('what a platform can do is read off it', () => {
  const { provider } = memoryCloud();
  expect(capabilities(provider)).toEqual(['logs', 'exec', 'port-forward', 'top', 'watch', 'suspend:memory', 'fork']);
  const { logs, exec, dial, usage, watch, suspend, ...bare } = provider;
  expect(capabilities(bare)).toEqual([]);
  const spot: Provider = { ...bare, traits: { ...bare.traits, spot: true }, networks: { remove: async () => {} } };
  expect(capabilities(spot)).toEqual(['networks', 'spot']);
});
