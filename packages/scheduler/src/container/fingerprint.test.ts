import { type ContainerSpec, containerSpec } from '@neb/core-types';
import { expect, test } from 'vitest';
import { needsRestart } from './fingerprint.ts';

test.each([
  ['its image', { image: 'y' }, true], ['its environment', { env: [{ key: 'A', value: '2' }] }, true], ['its ports', { ports: [{ port: 1 }] }, true], ['its secret files', { secret_files: [{ secret_name: 's', path: '/s' }] }, true],
  ['its meters', { meters: [] }, false], ['its timeout', { timeout: '1m' }, false], ['its health check', { health_check: {} }, false], ['its restart policy', { restart: 'Always' as const }, false],
])('a change of %s needs a new instance or not', (...[, change, expected]) => {
  const spec = containerSpec.parse({ image: 'x', env: [{ key: 'A', value: '1' }] });
  expect(needsRestart(spec, { ...spec, ...change })).toBe(expected);
});

test('a spec whose fields come back in another order needs no new instance', () => {
  const spec = containerSpec.parse({ image: 'x', resources: { min_cpu: 1, max_cpu: 2 }, ports: [{ port: 1, public: true }] });
  const shuffled = JSON.parse('{"restart":"Never","ports":[{"public":true,"port":1}],"resources":{"max_cpu":2,"min_cpu":1},"image":"x"}') as ContainerSpec;
  expect(needsRestart(spec, shuffled)).toBe(false);
});
