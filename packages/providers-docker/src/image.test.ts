import { expect, it } from 'vitest';
import { imageName } from './image.ts';

it.each([
  ['busybox', 'docker.io', 'busybox:latest'],
  ['library/busybox:1', 'docker.io', 'library/busybox:1'],
  ['ghcr.io/org/app', 'ghcr.io', 'ghcr.io/org/app:latest'],
  ['localhost/app', 'localhost', 'localhost/app:latest'],
  ['127.0.0.1:5000/team/app', '127.0.0.1:5000', '127.0.0.1:5000/team/app:latest'],
  ['127.0.0.1:5000/app:v2', '127.0.0.1:5000', '127.0.0.1:5000/app:v2'],
  ['app@sha256:abc', 'docker.io', 'app@sha256:abc'],
])('%s comes from %s and is pulled as %s', (image, registry, pull) => {
  expect(imageName(image)).toEqual({ registry, pull });
});
