import { expect, it } from 'vitest';
import * as names from './index.ts';

it('the public names are these', () => {
  expect(Object.keys(names)).toEqual(['docker', 'podman', 'ssh', 'engineService']);
});
