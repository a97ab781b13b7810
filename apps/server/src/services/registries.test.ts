import { expect, test } from 'vitest';
import { ada, admin, stage } from '../../test/stage.ts';
import { registryFault } from './registries.ts';

test.each([
  'debian', 'debian:stable-slim', 'library/debian', 'docker.io/library/debian', 'ghcr.io/acme/app:1', 'quay.io:443/acme/app@sha256:aa', 'registry.example.com/a/b/c',
  '8.8.8.8/app', '[2606:4700::1111]:5000/app', 'acme/localhost', 'my_team/app', 'localhostage.example.com/app', 'internal.example.com/app',
])('%s may be pulled by anyone', (image) => {
  expect(registryFault(image, [])).toBeUndefined();
});

test.each([
  'localhost/app', 'LOCALHOST/app', 'localhost:5000/app', 'localhost./app', 'foo.localhost/app', 'registry:5000/app', 'REGISTRY/app',
  '127.0.0.1/app', '127.0.0.1:5000/app', '127.1/app', '0177.0.0.1/app', '0x7f.1/app', '0x7f000001:80/app', '2130706433:80/app', '127.0.0.1./app', '0.0.0.0:80/app',
  '10.1.2.3/app', '100.64.0.1/app', '172.31.255.255/app', '192.168.0.1:5000/app', '169.254.169.254/latest', '2852039166:80/latest', '0xa9fea9fe:80/latest', '224.0.0.1/app', '255.255.255.255/app',
  '[::1]/app', '[::1]:5000/app', '[::]/app', '[::ffff:127.0.0.1]/app', '[::ffff:7f00:1]:80/app', '[::ffff:8.8.8.8]/app', '[fe80::1]/app', '[fd00:ec2::254]/latest', '[64:ff9b::a9fe:a9fe]/app', '[2002:7f00:1::]/app', '[::7f00:1]/app',
  'metadata.google.internal/app', 'METADATA.google.internal./app', 'registry.local/app', 'registry.svc.cluster.local:5000/app', 'nas.lan/app', 'host.docker.internal:5000/app',
])('%s is inside, and refused', (image) => {
  expect(registryFault(image, [])).toMatch(/of this network$/);
});

test.each([
  'user@127.0.0.1/app', 'user:pw@ghcr.io/app', 'http://169.254.169.254/latest', 'ghcr.io:/app', 'ghcr.io:999999/app', '[fe80::1%25eth0]/app', '１２７.０.０.１/app', 'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/app',
  'gh%63r.io/app', '/etc/passwd', './app', '256.256.256.256/app', 'a b.io/app', 'ghcr.io\\@10.0.0.1/app', '\u0000.io/app', 'ghcr.io#/app', 'ghcr.io?x/app', '[::1/app',
])('%s names no registry', (image) => {
  expect(registryFault(image, [])).toMatch(/is no name of a registry|of this network/);
});

test.each([
  ['10.0.0.5:5000/app', '10.0.0.5:5000', undefined],
  ['10.0.0.5:5000/app', '10.0.0.5', undefined],
  ['10.0.0.5:22/app', '10.0.0.5:5000', 'the registry 10.0.0.5:22 is an address of this network'],
  ['registry:5000/app', 'Registry:5000', undefined],
  ['0xa000005:5000/app', '10.0.0.5:5000', undefined],
  ['[fd00::5]:5000/app', '[fd00::5]', undefined],
  ['registry.corp/app', 'other.corp', 'the registry registry.corp is a name of this network'],
])('%s with %s allowed: %s', (image, allowed, fault) => {
  expect(registryFault(image, [allowed])).toBe(fault);
});

test('a tenant\'s container is refused by the name of its registry, and an administrator\'s is not', async () => {
  await using s = stage({ running: false, allowedRegistries: ['10.0.0.5:5000'] });
  const write = (who: typeof ada, image: string) => s.api.apply(who, { manifests: [{ kind: 'Container', metadata: { name: 'web', namespace: who.handle }, image }], mode: 'apply' });
  await expect(write(ada, '169.254.169.254/latest')).rejects.toMatchObject({ code: 'unauthorized', message: 'container ada/web: the registry 169.254.169.254 is an address of this network', hint: expect.stringContaining('NEB_ALLOWED_REGISTRIES') });
  await write(ada, '10.0.0.5:5000/app');
  await write(ada, 'ghcr.io/acme/app');
  await expect(write(ada, 'localhost:5000/app')).rejects.toMatchObject({ code: 'unauthorized' });
  await write(admin, '169.254.169.254/latest');
});
