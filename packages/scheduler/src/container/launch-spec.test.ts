import { containerSpec, NebError } from '@neb/core-types';
import { describe, expect, test } from 'vitest';
import type { Resource } from '../store.ts';
import { launchSpec } from './launch-spec.ts';
import { newContainerStatus } from './new-status.ts';
import { registryCredentials } from './registry-credentials.ts';
import { splitWords } from './words.ts';

const secrets: Readonly<Record<string, string>> = { tok: 's3cret', reg: 'user:pa:ss', db: '{"user":"ada","port":5432}' };

function container(spec: Readonly<Record<string, unknown>>): Resource<'Container'> {
  const at = '2026-01-01T00:00:00.000Z';
  return {
    kind: 'Container', id: 'c1', namespace: 'n', name: 'web', owner: 'o', labels: {}, seq: 1, version: 1, generation: 1, createdBy: 'o', createdAt: at, updatedAt: at,
    spec: containerSpec.parse(spec), status: newContainerStatus, finalizers: [],
  };
}

const prepare = (spec: Readonly<Record<string, unknown>>) => launchSpec(container(spec), {
  secrets: {
    async open(_, name) {
      if (name === 'old') throw new NebError('expired', 'too old', { details: { expiresAt: '2026-01-01T00:00:00.000Z' } });
      return secrets[name] ?? Promise.reject(new NebError('not_found', 'no'));
    },
  },
  defaults: { image: 'fallback', env: { NEB_SERVER: 'http://here', SHARED: 'ours' } },
  now: Date.UTC(2026, 0, 2),
});

async function launched(spec: Readonly<Record<string, unknown>>) {
  const prepared = await prepare(spec);
  if (prepared.do !== 'launch') throw new Error(prepared.message);
  return prepared.spec;
}

test('a container with nothing said runs the default image and knows who it is', async () => {
  expect(await launched({})).toMatchObject({
    image: 'fallback',
    env: { NEB_SERVER: 'http://here', NEB_NAME: 'web', NEBU_NAME: 'web', NEB_NAMESPACE: 'n', NEBU_NAMESPACE: 'n', NEB_CONTAINER_ID: 'c1', NEBU_CONTAINER_ID: 'c1', NEB_DATE: '2026-01-02', NEBU_DATE: '2026-01-02' },
    network: { namespace: 'n', hostnames: ['container-c1', 'web'] },
  });
});

test('what its author says of the environment wins, and secrets are opened', async () => {
  const { env } = await launched({ env: [{ key: 'SHARED', value: 'theirs' }, { key: 'TOKEN', secret_name: 'tok' }] });
  expect(env).toMatchObject({ SHARED: 'theirs', TOKEN: 's3cret' });
});

test('fields of a secret that is a JSON object can be taken, and files', async () => {
  const { env, secretFiles } = await launched({
    env: [{ key: 'USER', secret_name: 'db', secret_key: 'user' }, { key: 'PORT', secret_name: 'db', secret_key: 'port' }],
    secret_files: [{ secret_name: 'tok', path: '/run/secrets/tok' }, { secret_name: 'db', secret_key: 'user', path: '/run/user', mode: 444 }],
  });
  expect(env).toMatchObject({ USER: 'ada', PORT: '5432' });
  expect(secretFiles).toEqual([{ path: '/run/secrets/tok', content: 's3cret' }, { path: '/run/user', content: 'ada', mode: 0o444 }]);
});

test.each([
  ['text is for a shell', { command: 'echo $HOME' }, { entrypoint: ['/bin/sh', '-c', 'echo $HOME'] }],
  ['a list is run as it is', { command: ['echo', '$HOME'] }, { entrypoint: ['echo', '$HOME'] }],
  ['args alone replace the image\'s', { args: '--a "b c"' }, { args: ['--a', 'b c'] }],
  ['args of a text become its parameters', { command: 'train.py\n', args: ['--n', '3'] }, { entrypoint: ['/bin/sh', '-c', 'train.py "$@"', 'sh'], args: ['--n', '3'] }],
])('commands: %s', async (_, spec, expected) => { expect(await launched(spec)).toMatchObject(expected); });

test('ports, volumes and limits are in numbers', async () => {
  const spec = await launched({
    ports: [8080, '80:8000', { port: 53, protocol: 'udp' }, { port: 443, protocol: 'https', public: true }],
    volumes: [{ name: 'cache', mount: '/cache' }, { source: '/srv/data', dest: '/data' }],
    resources: { max_cpu: '500m', max_memory: '2Gi', min_memory: '1Gi' },
  });
  expect(spec.ports).toEqual([
    { port: 8080, protocol: 'tcp', public: false }, { port: 8000, protocol: 'tcp', public: true, hostPort: 80 },
    { port: 53, protocol: 'udp', public: false }, { port: 443, protocol: 'tcp', public: true },
  ]);
  expect(spec.volumes).toEqual([{ kind: 'named', name: 'cache', mount: '/cache' }, { kind: 'host', path: '/srv/data', mount: '/data' }]);
  expect(spec.limits).toEqual({ cpus: 0.5, memoryBytes: 2 ** 31 });
});

test.each([
  ['a secret that is not there is waited for', { env: [{ key: 'A', secret_name: 'nope' }] }, { do: 'wait', reason: 'SecretMissing', message: 'waits for the secret "nope", which namespace n does not have' }],
  ['so is one that has expired', { pull_secret: 'old' }, { do: 'wait', reason: 'SecretExpired', message: 'waits for a new value of the secret "old", which expired at 2026-01-01T00:00:00.000Z' }],
  ['a field that the value lacks is waited for', { env: [{ key: 'A', secret_name: 'db', secret_key: 'nope' }] }, { do: 'wait', reason: 'SecretMissing', message: 'waits for the field "nope" of the secret "db"' }],
  ['a value without fields too, and is not repeated', { env: [{ key: 'A', secret_name: 'tok', secret_key: 'x' }] }, { do: 'wait', reason: 'SecretUnfit', message: 'waits for a value of the secret "tok" that is a JSON object, since it takes the field "x"' }],
  ['synced volumes are refused', { volumes: [{ source: 's3://b/x', dest: '/x' }] }, { do: 'fail', reason: 'Unsupported' }],
  ['so are volumes that go elsewhere', { volumes: [{ source: '/x', dest: 's3://b/x' }] }, { do: 'fail', reason: 'Unsupported' }],
  ['args with an open quote are refused', { args: 'a "b' }, { do: 'fail', message: 'args cannot be split into words: a " is never closed' }],
  ['a pull secret that is none is refused, without its value', { pull_secret: 'tok' }, { do: 'fail', message: 'the pull secret "tok" is neither user:password nor JSON' }],
])('%s', async (_, spec, expected) => { expect(await prepare(spec)).toMatchObject(expected); });

describe('pull secrets', () => {
  const auth = Buffer.from('bob:hunter:2').toString('base64');
  test.each([
    ['user:password', 'bob:pa:ss', 'x', { username: 'bob', password: 'pa:ss' }],
    ['JSON', '{"username":"bob","password":"x"}', 'x', { username: 'bob', password: 'x' }],
    ['a Docker config for Docker Hub', `{"auths":{"https://index.docker.io/v1/":{"auth":"${auth}"}}}`, 'library/x', { username: 'bob', password: 'hunter:2' }],
    ['a Docker config for another registry', `{"auths":{"ghcr.io":{"username":"a","password":"b"},"reg:5000":{"auth":"${auth}"}}}`, 'reg:5000/x:1', { username: 'bob', password: 'hunter:2' }],
    ['a Docker config with a token', '{"auths":{"ghcr.io":{"identitytoken":"t"}}}', 'ghcr.io/a/b', { username: '<token>', password: 't' }],
  ])('are read: %s', (...[, value, image, expected]) => { expect(registryCredentials(value, { image, secret: 's' })).toEqual(expected); });

  test.each([
    ['broken JSON', '{"a"', 'the pull secret "s" looks like JSON but cannot be read'],
    ['another registry', '{"auths":{"ghcr.io":{"auth":"x"}}}', 'the pull secret "s" has no credentials for docker.io'],
  ])('say what is wrong: %s', (_, value, message) => { expect(() => registryCredentials(value, { image: 'x', secret: 's' })).toThrow(message); });
});

test.each([
  ['a b', ['a', 'b']], ['  a\t b\n', ['a', 'b']], ['', []], ['""', ['']], ["'a b'c", ['a bc']], ['"a \\"b\\" \\n"', ['a "b" \\n']], ["'\\'", ['\\']],
  ['a\\ b', ['a b']], ['--x="$HOME"', ['--x=$HOME']], ['a\\\nb', ['ab']], ['"a\\\nb"', ['ab']],
])('words of %j', (line, words) => { expect(splitWords(line)).toEqual(words); });
