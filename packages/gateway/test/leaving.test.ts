import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect as connect2 } from 'node:http2';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Admission, Gateway } from '../src/index.ts';
import { aGateway, aRoute, handFeed, until, upstream } from './rig.ts';

/** Sends half a body in either version of HTTP, and says how to leave. */
const versions = [
  ['HTTP/1.1', (gateway: Gateway, more: Readonly<Record<string, string>> = {}) => {
    const socket = connect(gateway.address.port, '127.0.0.1').on('error', () => undefined);
    const fields = Object.entries({ host: 'a.test', 'content-length': '10', ...more }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`POST / HTTP/1.1\r\n${fields.join('')}\r\nhello`);
    return () => void socket.destroy();
  }],
  ['HTTP/2', (gateway: Gateway, more: Readonly<Record<string, string>> = {}) => {
    const session = connect2(`http://127.0.0.1:${gateway.address.port}`).on('error', () => undefined);
    onTestFinished(() => session.destroy());
    const stream = session.request({ ':method': 'POST', ':path': '/', ':authority': 'a.test', 'content-length': '10', ...more }).on('error', () => undefined);
    stream.write('hello');
    return () => void stream.close(8);
  }],
] as const;

describe.each(versions)('a client of %s that leaves in the middle of its body', (_, ask) => {
  test('which is held for `Prefer: respond-async` has just left', async () => {
    const results = await mkdtemp(join(tmpdir(), 'neb-results-'));
    onTestFinished(() => rm(results, { recursive: true, force: true, maxRetries: 10 }));
    await using a = await upstream((_incoming, response) => void response.end());
    const trouble: Error[] = [];
    let arrived = 0;
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])), { results, onTrouble: (error) => void trouble.push(error), admission: { admit: () => ({ do: 'pass', caller: String(arrived += 1) }) } });
    const leave = ask(gateway, { prefer: 'respond-async' });
    await until(() => arrived === 1);
    leave();
    expect(await gateway.drain(10_000)).toBe(0);
    expect([trouble, a.seen.length, gateway.gauges()[0]]).toMatchObject([[], 0, { answered: 0, failed: 0, inFlight: 0 }]);
  });

  test('which a rule looks into has just left', async () => {
    await using a = await upstream((_incoming, response) => void response.end());
    const trouble: Error[] = [];
    let arrived = 0;
    const admission: Admission = { admit: async ({ body }) => {
      arrived += 1;
      await body(1_000);
      return { do: 'pass' };
    } };
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])), { admission, onTrouble: (error) => void trouble.push(error) });
    const leave = ask(gateway);
    await until(() => arrived === 1);
    leave();
    expect(await gateway.drain(10_000)).toBe(0);
    expect([trouble, a.seen.length, gateway.gauges()[0]]).toMatchObject([[], 0, { answered: 0, failed: 0, inFlight: 0 }]);
  });

  test.each([true, false])('while it is found out whether it may pass takes no replica (whose rules read the body: %s)', async (reads) => {
    await using a = await upstream(() => undefined);
    const decide = Promise.withResolvers<void>();
    let arrived = 0;
    const trouble: Error[] = [];
    const admission: Admission = { admit: async ({ body }) => {
      arrived += 1;
      await decide.promise;
      if (reads) await body(1_000);
      return { do: 'pass' };
    } };
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])), { admission, onTrouble: (error) => void trouble.push(error) });
    const leave = ask(gateway);
    await until(() => arrived === 1);
    leave();
    await new Promise((resolve) => setTimeout(resolve, 100));
    decide.resolve();
    expect(await gateway.drain(10_000)).toBe(0);
    expect([trouble, a.seen.length, gateway.gauges()[0]]).toMatchObject([[], 0, { answered: 0, failed: 0, inFlight: 0 }]);
  });
});

test('who expects 100 is told to go on where a rule looks into the body, and once', async () => {
  await using a = await upstream((incoming, response) => void incoming.resume().on('end', () => response.end('thanks')));
  const results = await mkdtemp(join(tmpdir(), 'neb-results-'));
  onTestFinished(() => rm(results, { recursive: true, force: true, maxRetries: 10 }));
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])), { results, admission: { admit: async ({ body }) => (await body(100))?.toString() === 'body' ? { do: 'pass' } : { do: 'hide' } } });
  for (const [more, status] of [[{}, 200], [{ prefer: 'respond-async' }, 202]] as const) {
    const outgoing = request({ host: '127.0.0.1', port: gateway.address.port, agent: false, method: 'POST', headers: { host: 'a.test', expect: '100-continue', 'content-length': 4, ...more } });
    outgoing.flushHeaders();
    let told = 0;
    outgoing.on('information', () => {
      told += 1;
      outgoing.end('body');
    });
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect([incoming.statusCode, told]).toEqual([status, 1]);
    incoming.resume();
  }
});
