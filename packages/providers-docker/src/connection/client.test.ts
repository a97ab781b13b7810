import { getEventListeners } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collect } from '@neb/core-types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type FaultyEngine, faultyEngine } from '../../test/faulty-engine.ts';
import { type EngineClient, engineClient, path } from './client.ts';
import { transportFor, unixTransport } from './local.ts';

let engine: FaultyEngine;
let client: EngineClient;
beforeAll(async () => {
  engine = await faultyEngine();
  client = engineClient(unixTransport(engine.socketPath));
});
afterAll(async () => {
  client.close();
  await engine.close();
});
const version = { method: 'GET', path: '/version' } as const;

describe('a call of the engine', () => {
  it('that hangs ends as unavailable after its time, and the next one works', async () => {
    engine.hang();
    await expect(client.done({ ...version, timeoutMs: 100 })).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('did not answer within 0.1 s') });
    engine.heal();
    await client.done(version);
  });

  it('whose connection breaks ends as unavailable, and the next one works', async () => {
    const events = await client.stream({ method: 'GET', path: '/events' });
    const reading = collect(events);
    engine.hang();
    const call = client.done({ method: 'POST', path: path`/containers/${'nobody'}/wait` });
    setTimeout(() => engine.cut(), 50);
    await expect(call).rejects.toMatchObject({ code: 'unavailable' });
    await expect(reading).rejects.toThrow();
    engine.heal();
    await client.done(version);
  });

  it('is made once more where an idle connection turns out closed', async () => {
    await Promise.all(Array.from({ length: 5 }, () => client.done(version)));
    engine.cut(); // The client has not heard of it yet when it sends the next.
    await Promise.all([client.done(version), client.done(version)]);
  });

  it('rejects with the reason of its signal, before and while it is made', async () => {
    const reason = new Error('changed my mind');
    await expect(client.done({ ...version, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const stop = new AbortController();
    engine.hang();
    const call = client.done({ ...version, signal: stop.signal });
    setTimeout(() => stop.abort(reason), 20);
    await expect(call).rejects.toBe(reason);
    engine.heal();
  });

  it('says who is missing where there is no engine', async () => {
    await expect(engineClient(unixTransport('/var/run/none.sock')).done(version)).rejects.toMatchObject({
      code: 'unavailable', message: 'no Docker Engine is running at /var/run/none.sock', hint: expect.stringContaining('systemctl start docker'),
    });
    await expect(engineClient(transportFor('tcp://127.0.0.1:1')).done(version)).rejects.toMatchObject({ message: 'no Docker Engine is running at 127.0.0.1:1' });
  });

  it('does not take something else for an engine', async () => {
    const other = createServer((_, response) => response.end('<html>hello</html>'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const mistaken = engineClient(transportFor(`tcp://127.0.0.1:${port}`));
    await expect(mistaken.json(z.object({}), version)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('does not speak as a Docker Engine') });
    mistaken.close();
    await new Promise((resolve) => other.close(resolve));
  });

  it('leaves no listener on a signal that lives on', async () => {
    const { signal } = new AbortController();
    await Promise.all([client.done({ ...version, signal }), client.done({ method: 'GET', path: path`/containers/${'nobody'}/json`, signal }).catch(() => {})]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

it.each(['ftp://x', 'nonsense', 'unix://'])('"%s" is no address of an engine', (url) => {
  expect(() => transportFor(url)).toThrow('is not an engine\'s address');
});
