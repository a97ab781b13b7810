import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { systemClock } from '@neb/core-types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { environment } from '../../src/config.ts';
import { run } from '../../src/run.ts';
import { inProcess } from './in-process.ts';
import { type TestServer, testServer } from './server.ts';

let server: TestServer;
let home: string;
let env: Record<string, string>;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-login-'));
  server = await testServer();
  env = { HOME: home, LANG: 'C.UTF-8' };
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
});

/** `neb login` as it goes on while a person does something. */
function loggingIn(): { readonly stderr: () => string; readonly code: Promise<number> } {
  const [out, err, input] = [new PassThrough().resume(), new PassThrough(), new PassThrough()];
  let stderr = '';
  err.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  input.end();
  // Polls come a hundred times as fast, and the server's clock is its own: it says slow_down, which is waited for.
  const clock = { now: systemClock.now, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms > 1_000 ? ms / 2 : ms, signal) };
  return { stderr: () => stderr, code: run(['login', server.url], { env: environment(env), folder: home, clock, stdin: input, stdout: out, stderr: err, interrupted: new AbortController().signal }) };
}

async function confirm(url: string, decision: 'yes' | 'no'): Promise<void> {
  const page = await fetch(url);
  const [, csrf = ''] = /name="csrf" value="([0-9a-f]+)"/.exec(await page.text()) ?? [];
  const user_code = new URL(url).searchParams.get('user_code')!;
  const done = await fetch(`${server.url}/auth/device/confirm`, {
    method: 'POST', headers: { cookie: page.headers.getSetCookie()[0]!.split(';')[0]! }, body: new URLSearchParams({ csrf, user_code, secret: server.token, decision }),
  });
  expect(done.status).toBe(200);
}

async function shownUrl(stderr: () => string): Promise<string> {
  for (;;) {
    const [url] = /http\S+user_code=\S+/.exec(stderr()) ?? [];
    if (url !== undefined) return url;
    await systemClock.sleep(10);
  }
}

test('a login by code is kept, used, and ended by logout', { timeout: 60_000 }, async () => {
  const { stderr, code } = loggingIn();
  await confirm(await shownUrl(stderr), 'yes');
  expect(await code).toBe(0);
  const kept = readFileSync(join(home, '.neb/config.yaml'), 'utf8');
  const [token = ''] = /nebs_\w+/.exec(kept) ?? [];
  expect(token).not.toBe('');
  const whoami = await inProcess(['whoami', '-o', 'json'], { env });
  expect(JSON.parse(whoami.stdout)).toMatchObject({ id: 'local', admin: true, credential: expect.any(String) });
  const { code: out, stdout } = await inProcess(['logout'], { env });
  expect([out, stdout]).toEqual([0, expect.stringContaining(`Logged out at ${server.url}`)]);
  expect(readFileSync(join(home, '.neb/config.yaml'), 'utf8')).not.toContain('nebs_');
  expect((await fetch(`${server.url}/v1/logout`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
});

test('a login that is turned away says so', { timeout: 60_000 }, async () => {
  const { stderr, code } = loggingIn();
  await confirm(await shownUrl(stderr), 'no');
  expect(await code).toBe(4);
  expect(stderr()).toContain('the login was turned away');
});

test('a key comes alone on stdout, and can do what it is for', async () => {
  const asAdmin = { ...env, NEB_SERVER: server.url, NEB_TOKEN: server.token };
  const made = await inProcess(['create', 'key', 'reader', '--scope-verb', 'read', '--expires', '1h'], { env: asAdmin });
  expect(made.stdout).toMatch(/^neb_[a-z0-9]{12}_[0-9a-f]{64}\n$/);
  const asKey = { ...asAdmin, NEB_TOKEN: made.stdout.trim() };
  expect(await inProcess(['auth', 'can-i', 'list', 'containers'], { env: asKey })).toMatchObject({ code: 0, stdout: 'yes\n' });
  expect(await inProcess(['auth', 'can-i', 'delete', 'containers'], { env: asKey })).toMatchObject({ code: 1, stdout: 'no\n' });
  const id = made.stdout.split('_')[1]!;
  expect((await inProcess(['get', 'keys'], { env: asAdmin })).stdout).toContain(id);
  expect(await inProcess(['delete', 'key', id], { env: asAdmin })).toMatchObject({ code: 0, stdout: `key/${id} revoked\n` });
  expect(await inProcess(['whoami'], { env: asKey })).toMatchObject({ code: 4 });
});
