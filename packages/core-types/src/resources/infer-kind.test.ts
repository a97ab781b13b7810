import { expect, test } from 'vitest';
import { inferKind } from './infer-kind.ts';

test.each([
  [{ meters: [] }, 'Container'],
  [{ image: 'x', metadata: {} }, 'Container'],
  [{ platform: 'gce' }, 'Container'],
  [{ min_workers: 0 }, 'Processor'],
  [{ schema: [] }, 'Processor'],
  [{ stream: 's' }, 'Processor'],
  [{ container: {}, scale: {} }, 'Processor'],
  [{ min_containers: 0 }, 'Service'],
  [{ max_containers: 5, container: {} }, 'Service'],
  [{ container: {}, platform: 'gce' }, 'Service'],
  [{ value: 'x' }, 'Secret'],
  [{ image: 'x', value: 'y' }, undefined],
  [{ imag: 'x' }, undefined],
  [{ metadata: { name: 'x' } }, undefined],
  [{}, undefined],
])('%j is a %s', (document, kind) => {
  expect(inferKind(document)).toBe(kind);
});
