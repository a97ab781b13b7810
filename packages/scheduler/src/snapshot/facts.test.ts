import { expect, it } from 'vitest';
import { isAt } from './facts.ts';

it.each([
  [{ region: 'one' }, 'podman', { platform: 'podman', region: 'one' }, true],
  [{ region: 'one' }, 'podman', { platform: 'podman', region: 'two' }, false],
  [{ region: 'one' }, 'podman', { platform: 'docker', region: 'one' }, false],
  [{}, 'podman', { platform: 'podman', region: 'two' }, true],
  [{}, undefined, { platform: 'podman', region: 'one' }, false],
])('knows whether a snapshot %j of %s has to be brought to %j: %s', (facts, from, to, there) => {
  expect(isAt(facts, from, to)).toBe(there);
});
