import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { environment } from '../config.ts';
import { changeContexts, readContexts, readProject, readToken, userFile } from './files.ts';
import { type Flags, resolveSettings, type Settings, withScheme } from './settings.ts';

let home: string;
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'neb-settings-'))));
afterEach(() => rmSync(home, { recursive: true }));

const put = (file: string, text: string): void => {
  mkdirSync(join(home, file, '..'), { recursive: true });
  writeFileSync(join(home, file), text);
};

async function settings(flags: Flags = {}, env: Record<string, string> = {}, folder = home): Promise<Settings> {
  const read = environment({ HOME: home, ...env });
  return resolveSettings({ flags, env: read, project: await readProject(read, folder), contexts: await readContexts(read), readToken: (file) => readToken(file, read) });
}

test('with nothing set, it is this machine, with the token a local server wrote', async () => {
  put('.neb/token', 'local-token\n');
  expect(await settings()).toMatchObject({
    server: { value: 'http://127.0.0.1:3000', origin: 'default' },
    token: { value: 'local-token', origin: join(home, '.neb/token') },
    namespace: undefined,
  });
});

test('flag wins over environment, over project, over context, and each says so', async () => {
  put('.neb/config.yaml', 'current: prod\ncontexts:\n  prod: { server: https://neb.acme.dev, token: t, namespace: ctx }\n');
  expect((await settings()).namespace).toEqual({ value: 'ctx', origin: 'context prod' });
  put('code/.neb.yaml', 'namespace: proj\n');
  expect((await settings({}, {}, join(home, 'code/deep/er'))).namespace).toEqual({ value: 'proj', origin: join(home, 'code/.neb.yaml') });
  expect((await settings({}, { NEB_NAMESPACE: 'env' }, join(home, 'code'))).namespace).toEqual({ value: 'env', origin: 'NEB_NAMESPACE' });
  expect((await settings({ namespace: 'flag' }, { NEB_NAMESPACE: 'env' })).namespace).toEqual({ value: 'flag', origin: '--namespace' });
});

test('a context\'s token goes to that context\'s server only', async () => {
  put('.neb/config.yaml', 'current: prod\ncontexts:\n  prod: { server: https://neb.acme.dev, token: secret }\n');
  put('.neb/token', 'local-token');
  expect((await settings()).token?.value).toBe('secret');
  expect((await settings({ server: 'https://evil.example' })).token).toBeUndefined();
  put('code/.neb.yaml', 'server: https://evil.example\n');
  expect((await settings({}, {}, join(home, 'code'))).token).toBeUndefined();
  expect((await settings({ server: '127.0.0.1:3000' })).token?.value).toBe('local-token');
});

test('a project file must not hold a token', async () => {
  put('.neb.yaml', 'token: oops\n');
  await expect(settings()).rejects.toThrow(/must not/);
});

test.each([
  ['a map', 'servers:\n  cloud: { name: cloud, api_key: k1, server: https://a.example, auth_server: https://b }\ncurrent_server: cloud\n'],
  ['a list', 'servers:\n  - { name: cloud, api_key: k1, server: https://a.example, auth_server: https://b }\ncurrent_server: cloud\n'],
])('the original\'s settings are read with servers as %s', async (_, text) => {
  put('.agentsea/nebu.yaml', text);
  expect(await settings()).toMatchObject({ server: { value: 'https://a.example', origin: 'context cloud' }, token: { value: 'k1' } });
});

test.each(['NEBU', 'AGENTSEA', 'NEBULOUS'])('the original\'s %s_SERVER and %s_API_KEY are read', async (prefix) => {
  expect(await settings({}, { [`${prefix}_SERVER`]: 'http://10.0.0.1:3000', [`${prefix}_API_KEY`]: 'key' })).toMatchObject({
    server: { value: 'http://10.0.0.1:3000', origin: `${prefix}_SERVER` }, token: { value: 'key', origin: `${prefix}_API_KEY` },
  });
});

test('an unknown context is named with those there are', async () => {
  put('.neb/config.yaml', 'contexts:\n  production: { server: https://neb.acme.dev }\n');
  await expect(settings({ context: 'prodution' })).rejects.toThrow(/no context "prodution".*Did you mean "production"/);
});

test.each([
  ['contexts: { a: { servr: x } }', /contexts\.a: "servr" is not a field/],
  ['contexts: [1]', /contexts must be a map/],
  ['current: 3', /current must be text/],
  ['contexts: { a: {} }', /contexts\.a has no server/],
  ['a: [', /cannot be read/],
])('a settings file of %j is refused by name', async (text, message) => {
  put('.neb/config.yaml', text);
  await expect(settings()).rejects.toThrow(message);
});

test('a change keeps comments, and the file to its owner', async () => {
  put('.neb/config.yaml', '# mine\ncontexts:\n  a:\n    server: http://a # here\n');
  const env = environment({ HOME: home });
  await changeContexts(env, { do: 'put', name: 'b', context: { server: 'http://b', tokenFile: '~/t', namespace: undefined }, use: true });
  expect(readFileSync(userFile(env), 'utf8')).toBe('# mine\ncontexts:\n  a:\n    server: http://a # here\n  b:\n    server: http://b\n    token_file: ~/t\ncurrent: b\n');
  expect(statSync(userFile(env)).mode & 0o777).toBe(0o600);
  await changeContexts(env, { do: 'drop', name: 'b' });
  expect(await readContexts(env)).toMatchObject({ current: undefined });
});

test('the first context made is the one in use', async () => {
  const env = environment({ HOME: home });
  await changeContexts(env, { do: 'put', name: 'local', context: { server: 'http://127.0.0.1:3000' } });
  expect((await readContexts(env)).current).toBe('local');
});

test.each([
  ['localhost:3000', 'http://localhost:3000'],
  ['neb.acme.dev', 'https://neb.acme.dev'],
  ['http://10.0.0.1:3000/', 'http://10.0.0.1:3000'],
])('%s is meant as %s', (text, url) => {
  expect(withScheme(text)).toBe(url);
});
