import { expect, it } from 'vitest';
import { refused } from '../errors.ts';
import { isGone } from './gone.ts';

it.each([
  [404, 'No such image: neb/snapshot:1', true],
  [409, 'conflict: unable to delete 5b (must be forced) - image is being used by running container 7c', true],
  [500, 'checkpoint neb-1-2-3 does not exist for container neb.f.k', true],
  [500, 'checkpoint  does not exist for container neb.f.k', true],
  [500, 'unrecognized image ID sha256:b36255f87585', true],
  [500, 'unlinkat /var/lib/docker/overlay2/1: device or resource busy', false],
  [400, 'invalid checkpoint', false],
])('a refusal of %i, "%s", tells that it is gone: %s', (status, text, expected) => {
  expect(isGone(refused('/run/docker.sock', status, text))).toBe(expected);
});
