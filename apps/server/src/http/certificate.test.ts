import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import type { IncomingMessage } from 'node:http';
import { type SelfSigned, selfSigned } from '@neb/core-types/testing';
import { afterAll, expect, test } from 'vitest';
import { type Served, served, token } from '../../test/served.ts';
import { readCertificate } from './certificate.ts';

const folder = mkdtempSync(join(tmpdir(), 'neb-tls-'));
afterAll(() => rmSync(folder, { recursive: true }));
const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
const [first, second] = [selfSigned('first'), selfSigned('second')];
const write = ({ cert, key }: SelfSigned): void => {
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
};

async function subject(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { subject: { CN } } = socket.getPeerCertificate();
  socket.destroy();
  return String(CN);
}

async function ask({ url }: Served, path: string, agent: Agent): Promise<{ readonly status: number | undefined; readonly headers: IncomingMessage['headers'] }> {
  const [response] = (await once(get(`${url}${path}`, { agent, headers: { authorization: `Bearer ${token}` } }), 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return { status: response.statusCode, headers: response.headers };
}

test('a server with a certificate answers over TLS to those who trust it, and not to others', async () => {
  write(first);
  await using s = await served({ running: false, tls: files });
  using trusting = closing(new Agent({ ca: first.cert }));
  expect((await ask(s, '/v1/containers', trusting.agent)).status).toBe(200);
  await expect(ask(s, '/v1/containers', new Agent())).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  await expect(fetch(s.url.replace('https', 'http'))).rejects.toThrow();
});

test('TLS older than 1.2 is refused', async () => {
  write(first);
  await using s = await served({ running: false, tls: files });
  const old = connect({ port: s.port, host: '127.0.0.1', rejectUnauthorized: false, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
  await expect(once(old, 'secureConnect')).rejects.toThrow(/alert protocol version|unsupported protocol/i);
});

test('a certificate that was renewed is taken over while connections go on, and one that does not fit its key is not', async () => {
  write(first);
  const refused: unknown[] = [];
  await using s = await served({ running: false, tls: files, onBadCertificate: (error) => void refused.push(error) });
  using kept = closing(new Agent({ ca: first.cert, keepAlive: true, maxSockets: 1 }));
  const sockets = new Set<TLSSocket>();
  kept.agent.on('free', (socket: TLSSocket) => void sockets.add(socket));
  await ask(s, '/', kept.agent);

  writeFileSync(files.cert, second.cert);
  await expect.poll(() => refused.length).toBeGreaterThan(0);
  expect(refused[0]).toMatchObject({ code: 'invalid', message: expect.stringContaining('are no certificate with its key') });
  expect(await subject(s.port)).toBe('first');

  writeFileSync(files.key, second.key);
  await expect.poll(() => subject(s.port)).toBe('second');
  expect((await ask(s, '/', kept.agent)).status).toBe(200);
  expect(sockets.size).toBe(1);
});

test('files that cannot be used are told by their names, and by nothing that is in them', async () => {
  write({ cert: first.cert, key: second.key });
  const error: unknown = await readCertificate(files).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'invalid', message: expect.stringContaining(files.key) });
  expect(String(error)).not.toContain('PRIVATE');
  await expect(readCertificate({ ...files, cert: '/nowhere/cert.pem' })).rejects.toMatchObject({ code: 'invalid', message: 'NEB_TLS_CERT names /nowhere/cert.pem, which cannot be read' });
});

test('browsers are bound to TLS where the name is the server\'s own, and not on loopback', async () => {
  write(first);
  using trusting = closing(new Agent({ ca: first.cert }));
  await using everywhere = await served({ running: false, tls: files, host: '0.0.0.0' });
  expect((await ask(everywhere, '/', trusting.agent)).headers).toHaveProperty('strict-transport-security', 'max-age=31536000');
  await using here = await served({ running: false, tls: files });
  expect((await ask(here, '/', trusting.agent)).headers).not.toHaveProperty('strict-transport-security');
  await using plain = await served({ running: false, host: '0.0.0.0' });
  expect((await fetch(plain.url)).headers.has('strict-transport-security')).toBe(false);
});

function closing(agent: Agent): { readonly agent: Agent } & Disposable {
  return { agent, [Symbol.dispose]: () => agent.destroy() };
}
