import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@neb/core-types';
import { memoryCloud } from '@neb/core-types/testing';
import { createNeb } from '@neb/sdk';
import { expect, test } from 'vitest';
import { dataFolder } from '../../test/data-folder.ts';
import { startServer } from '../compose.ts';
import { makeLog } from '../log.ts';

const apiKey = 'om_canary-77c0ffee77';

interface Event {
  readonly subject: string;
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
}

/** What takes everything from its second call on; the first time it repeats the key that it was shown. */
async function standIn() {
  const events: Event[] = [];
  const keys = new Set<string | undefined>();
  let calls = 0;
  const server = createServer((request, response) => void (async () => {
    keys.add(request.headers.authorization);
    let body = '';
    for await (const part of request) body += String(part);
    if (calls++ === 0) return response.writeHead(503).end(`no room for ${request.headers.authorization}`);
    if (request.url === '/api/v1/events') events.push(...(JSON.parse(body) as Event[]));
    if (request.url === '/api/v1/events') return response.writeHead(204).end();
    return response.writeHead(200, { 'Content-Type': 'application/json' }).end('[]');
  })());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, events, keys,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

test('what ran is delivered to the OpenMeter that the server is told of, and its key is shown to nobody else', async () => {
  await using openmeter = await standIn();
  const folder = await dataFolder();
  const cloud = memoryCloud({ clock: systemClock, startMs: 1 });
  const logged: string[] = [];
  const log = makeLog({ level: 'debug', format: 'json', out: { write: (line) => void logged.push(line) } });
  const server = await startServer(folder.config({ NEB_DATABASE: 'pglite', OPENMETER_URL: openmeter.url, OPENMETER_TOKEN: apiKey }), { providers: [cloud.provider], log });
  try {
    const token = (await readFile(join(folder.path, 'token'), 'utf8')).trim();
    const neb = createNeb({ url: server.url, token, namespace: 'shop' });
    const [made] = await neb.apply([{ kind: 'Container', metadata: { name: 'billed', namespace: 'shop' }, image: 'a', meters: [{ cost: '0.37', unit: 'hour', currency: 'EUR', metric: 'runtime' }] }]);
    await neb.containers.wait({ name: 'billed' });
    cloud.exit(`${made!.id!}-1`, 0);
    await expect.poll(() => openmeter.events.length, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(openmeter.events).toMatchObject([{ subject: 'local', type: 'runtime', data: { container_id: made!.id, namespace: 'shop', currency: 'EUR', cost: '0.37', cost_unit: 'hour', service: 'Nebulous' } }]);

    await expect.poll(async () => (await neb.admin.openmeterStatus()).behind, { timeout: 20_000 }).toBe(0);
    const status = await neb.admin.openmeterStatus();
    expect(status).toMatchObject({ configured: true, url: openmeter.url, undelivered: 0 });
    expect(await neb.admin.openmeterSync()).toMatchObject({ meters: [{ slug: 'neb_value_runtime', event_type: 'runtime', outcome: 'created' }, { slug: 'neb_amount_runtime' }], subjects: 1 });
    expect(await neb.admin.openmeterRetry()).toEqual({ delivered: 0, undelivered: 0 });
    const figures = await (await fetch(`${server.url}/metrics`, { headers: { Authorization: `Bearer ${token}` } })).text();
    expect(figures).toMatch(/^neb_openmeter_behind 0$/m);
    expect([...openmeter.keys]).toEqual([`Bearer ${apiKey}`]);
    expect(logged.join('')).toContain('no room for Bearer ***');
    expect(logged.join('') + JSON.stringify(status) + figures).not.toContain(apiKey);
  } finally {
    await server.close();
    await folder.remove();
  }
}, 90_000);
