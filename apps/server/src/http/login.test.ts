import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createNeb } from '@neb/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type RunningServer } from '../compose.ts';
import { type DataFolder, dataFolder } from '../../test/data-folder.ts';

let folder: DataFolder;
let server: RunningServer;
beforeAll(async () => {
  folder = await dataFolder();
  server = await startServer(folder.config({ NEB_DATABASE: 'pglite' }));
});
afterAll(async () => {
  await server.close();
  await folder.remove();
});

const post = (path: string, form: Readonly<Record<string, string>>, cookie = ''): Promise<Response> =>
  fetch(`${server.url}${path}`, { method: 'POST', body: new URLSearchParams(form), headers: { cookie }, redirect: 'manual' });

test('a device logs in with the server\'s own token, acts as the administrator, and logs out', async () => {
  const token = (await readFile(join(folder.path, 'token'), 'utf8')).trim();
  const device = (await (await post('/auth/device', { client_id: 'test' })).json()) as Record<string, string>;
  const page = await fetch(device.verification_uri_complete!);
  const csrf = /name="csrf" value="([0-9a-f]+)"/.exec(await page.text())![1]!;
  const cookie = page.headers.getSetCookie()[0]!.split(';')[0]!;
  expect((await post('/auth/device/confirm', { csrf, user_code: device.user_code!, secret: token, decision: 'yes' }, cookie)).status).toBe(200);
  const granted = (await (await post('/auth/token', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: device.device_code! })).json()) as { access_token: string };
  const neb = createNeb({ url: server.url, token: granted.access_token });
  expect(await neb.whoami()).toMatchObject({ id: 'local', admin: true, credential: expect.any(String) });

  const { token: key } = await neb.keys.create({ name: 'ops' });
  expect(await createNeb({ url: server.url, token: key }).whoami()).toMatchObject({ id: 'local', admin: true });
  expect(await neb.logout()).toEqual({ ended: true });
  await expect(neb.whoami()).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(await createNeb({ url: server.url, token: key }).whoami()).toMatchObject({ id: 'local' });
});

test('what is under /auth and is nothing is not found, and no form is too large', async () => {
  expect((await fetch(`${server.url}/auth/nothing`)).status).toBe(404);
  expect((await post('/auth/device', { client_id: 'x'.repeat(20_000) })).status).toBe(422);
});

test('an issuer that anybody could answer for is refused', () => {
  expect(() => folder.config({ NEB_OIDC_ISSUER: 'http://issuer.example' })).toThrow(/NEB_OIDC_ISSUER must be https/);
  expect(folder.config({ NEB_OIDC_ISSUER: 'http://127.0.0.1:4000' }).login.issuer).toMatchObject({ clientId: 'neb' });
});
