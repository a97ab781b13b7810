import { type Connection, type InstanceRef, NebError, type Provider, systemClock } from '@neb/core-types';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { type HealthPlan, probe } from '../src/container/health.ts';
import { type Stage, stage } from './harness.ts';
import { serviceStage } from './service-stage.ts';

const plan: HealthPlan = { protocol: 'http', path: '/health?x=1', port: 80, intervalMs: 10_000, timeoutMs: 150, retries: 3, startPeriodMs: 0 };

async function dialTo(port: number): Promise<Connection> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return {
    readable: socket as AsyncIterable<Uint8Array>,
    write: async (data) => void socket.write(data),
    closeWrite: async () => void socket.end(),
    [Symbol.asyncDispose]: async () => void socket.destroy(),
  };
}

/** Probes a real server that answers like this. */
async function probed(answer: RequestListener, more: Partial<HealthPlan> = {}): Promise<string | undefined> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    return await probe({ plan: { ...plan, ...more }, clock: systemClock, host: 'container-a', dial: () => dialTo(port) }, new AbortController().signal);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('a check over HTTP', () => {
  test('passes on 2xx and 3xx, asking for the path by the container\'s name', async () => {
    let asked = '';
    expect(await probed((request, response) => { asked = `${request.headers.host} ${request.url}`; response.writeHead(204).end(); })).toBeUndefined();
    expect(asked).toBe('container-a /health?x=1');
    expect(await probed((_, response) => response.writeHead(302, { location: '/' }).end('x'.repeat(100_000)))).toBeUndefined();
  });
  test('fails on others, and says what was answered', async () => {
    expect(await probed((_, response) => response.writeHead(503).end())).toBe('GET /health?x=1 on port 80 answered 503');
  });
  test('fails where there is no answer in time', async () => {
    expect(await probed(() => {})).toBe('GET /health?x=1 on port 80 took longer than 0.15 s');
  });
  test('fails on what is not HTTP', async () => {
    const server = createTcpServer((socket) => socket.end('SSH-2.0-x\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await probe({ plan, clock: systemClock, host: 'h', dial: () => dialTo(port) }, new AbortController().signal)).toBe('GET /health?x=1 on port 80 failed: the answer is not HTTP');
    server.close();
  });
  test('fails where nobody listens; over TCP, listening is all it takes', async () => {
    const refused = await probe({ plan, clock: systemClock, host: 'h', dial: () => dialTo(1) }, new AbortController().signal);
    expect(refused).toMatch(/^GET \/health\?x=1 on port 80 failed: connect ECONNREFUSED/);
    expect(await probed(() => {}, { protocol: 'tcp' })).toBeUndefined();
  });
});

let on: Stage | undefined;
afterEach(() => on?.stop());

/** A cloud whose containers answer every connection with a status line, or not at all. */
function answering(code: () => number | undefined, dialed: number[] = []) {
  return ({ provider }: { provider: Provider }): Provider => ({
    ...provider,
    async dial(_: InstanceRef, port): Promise<Connection> {
      dialed.push(port);
      const status = code();
      if (status === undefined) throw new Error('connection refused');
      return {
        readable: (async function* () { yield Buffer.from(`HTTP/1.1 ${status} X\r\n\r\n`); })(),
        write: async () => {}, closeWrite: async () => {}, [Symbol.asyncDispose]: async () => {},
      };
    },
  });
}

describe('a container with a health check', () => {
  test('is ready once it passes, and says when it no longer does', async () => {
    let code: number | undefined;
    const dialed: number[] = [];
    const s = (on = stage({ startMs: 0, provider: answering(() => code, dialed) }));
    s.start();
    await s.create({ id: 'a', spec: { health_check: {}, proxy_port: 9_000, ports: [{ port: 1 }] } });
    await s.pass(5_000);
    expect((await s.get('a')).status).toMatchObject({ status: 'running', ready: false });
    code = 200;
    await s.pass(2_000);
    expect((await s.get('a')).status).toMatchObject({ ready: true, health: { healthy: true, failures: 0 } });
    expect(new Set(dialed)).toEqual(new Set([9_000]));

    const { version } = await s.get('a');
    const before = dialed.length;
    await s.pass(60_000);
    expect(dialed.length - before).toBe(6);
    expect((await s.get('a')).version).toBe(version);

    code = 500;
    await s.pass(21_000);
    expect((await s.get('a')).status).toMatchObject({ ready: true, health: { healthy: true, failures: 2 } });
    await s.pass(10_000);
    expect((await s.get('a')).status).toMatchObject({ status: 'running', ready: false, health: { healthy: false, failures: 3, message: 'GET /health on port 9000 answered 500' } });
    expect((await s.get('a')).status.conditions).toContainEqual(expect.objectContaining({ type: 'Healthy', status: 'false' }));
    code = 200;
    await s.pass(10_000);
    expect((await s.get('a')).status.ready).toBe(true);
    expect((await s.events('a')).filter((reason) => /ealthy/.test(reason))).toEqual(['Unhealthy', 'Healthy']);
  });

  test('is not held to it in its start period', async () => {
    const s = (on = stage({ startMs: 0, provider: answering(() => undefined) }));
    s.start();
    await s.create({ id: 'a', spec: { health_check: { start_period: '1m', interval: '5s', retries: 1 } } });
    await s.pass(58_000);
    expect((await s.get('a')).status.health).toBeUndefined();
    await s.pass(10_000);
    expect((await s.get('a')).status.health).toMatchObject({ healthy: false, failures: 1, message: 'GET /health on port 8080 failed: connection refused' });
  });

  test('is as ready as it runs where its platform cannot be dialed', async () => {
    const s = (on = stage({ startMs: 0, provider: ({ provider }) => ({ ...provider, dial: undefined }) }));
    s.start();
    await s.create({ id: 'a', spec: { health_check: {} } });
    await s.pass(2_000);
    expect((await s.get('a')).status.ready).toBe(true);
    expect((await s.get('a')).status.conditions).toContainEqual(expect.objectContaining({ type: 'Healthy', status: 'unknown', reason: 'Unsupported' }));
    expect(await s.world.queues.Container.nextDueMs()).toBeUndefined();
  });

  test('is as ready as it runs where nothing leads into it, says why, and is looked at again', async () => {
    let why: NebError | undefined = new NebError('unsupported', 'its image has no SSH server', { hint: 'Put one into it.' });
    const s = (on = stage({ startMs: 0, provider: ({ provider }) => answering(() => {
      if (why) throw why;
      return 200;
    })({ provider }) }));
    s.start();
    await s.create({ id: 'a', spec: { health_check: {} } });
    await s.pass(2_000);
    const { status } = await s.get('a');
    expect([status.ready, status.health]).toEqual([true, undefined]);
    expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'Healthy', status: 'unknown', reason: 'Unsupported', message: 'the health check is not done: its image has no SSH server. Put one into it.' }));
    why = undefined;
    await s.pass(20_000);
    expect((await s.get('a')).status).toMatchObject({ ready: true, health: { healthy: true } });
  });

  test('is not ready where nothing leads into it and it is a service\'s', async () => {
    const s = await serviceStage({ min_replicas: 1 }, { provider: answering(() => { throw new NebError('unsupported', 'its image has no SSH server'); }) });
    on = s;
    await s.pass(60_000);
    const [replica] = await s.replicas();
    expect(replica!.status).toMatchObject({ status: 'running', ready: false, health: { healthy: false, message: 'its image has no SSH server' } });
  });
});
