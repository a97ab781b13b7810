import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSigned } from '@neb/core-types/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtCommand, type Command, command } from './command.ts';
import { type TestServer, testServer } from './server.ts';

const home = mkdtempSync(join(tmpdir(), 'neb-cli-tls-'));
const file = (name: string, text: string): string => {
  writeFileSync(join(home, name), text);
  return join(home, name);
};
const [first, second] = [selfSigned('first'), selfSigned('second')];
const [cert, key, other] = [file('cert.pem', first.cert), file('key.pem', first.key), file('other.pem', second.cert)];
let server: TestServer;
let neb: Command;
let built: Awaited<ReturnType<typeof builtCommand>>;
beforeAll(async () => {
  [server, built] = await Promise.all([testServer({ NEB_TLS_CERT: cert, NEB_TLS_KEY: key }), builtCommand()]);
  neb = command({ main: built.main, home, env: { NEB_SERVER: server.url, NEB_TOKEN: server.token } });
});
afterAll(async () => {
  await Promise.all([server[Symbol.asyncDispose](), built[Symbol.asyncDispose]()]);
  rmSync(home, { recursive: true });
});

test.each(['NEB_CA_FILE', 'NODE_EXTRA_CA_CERTS'])('with %s calls, streams and sockets reach a server that signed its own certificate', async (name) => {
  const env = { [name]: cert };
  const container = name.toLowerCase().replaceAll('_', '-');
  expect(await neb(['create', 'container', container, '--image', 'busybox', '--platform', 'memory', '-n', 'tls', '--wait'], { env })).toMatchObject({ code: 0 });
  expect(await neb(['exec', container, '-n', 'tls', '-c', 'echo over TLS'], { env })).toMatchObject({ code: 0, stdout: 'over TLS\n' });
  expect(await neb(['logs', container, '-n', 'tls'], { env })).toMatchObject({ code: 0, stdout: expect.stringContaining('running busybox') });
}, 60_000);

test('without it, or with another authority, the certificate is refused in words, and the token stays here', async () => {
  for (const env of [{}, { NEB_CA_FILE: other }]) {
    expect(await neb(['get', 'containers'], { env })).toMatchObject({ code: 9, stdout: '', stderr: expect.stringMatching(/certificate of https:.* is signed by nobody known here[\s\S]*NEB_CA_FILE/) });
  }
});

test('a file that holds no certificate is told by its name', async () => {
  expect(await neb(['get', 'containers'], { env: { NEB_CA_FILE: '/nowhere.pem' } })).toMatchObject({ code: 2, stderr: expect.stringContaining('NEB_CA_FILE names /nowhere.pem') });
  expect(await neb(['get', 'containers'], { env: { NEB_CA_FILE: key } })).toMatchObject({ code: 2, stderr: expect.stringContaining('NEB_CA_FILE names') });
});
