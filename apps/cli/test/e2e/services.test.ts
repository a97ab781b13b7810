import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Ran } from './command.ts';
import { inProcess, type InProcessOptions } from './in-process.ts';
import { type ServiceStandIn, serviceStandIn } from './stand-in-service.ts';

let server: ServiceStandIn;
let home: string;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-services-'));
  server = await serviceStandIn();
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
});
const neb = (args: string | readonly string[], more: Partial<InProcessOptions> = {}): Promise<Ran> =>
  inProcess([...(typeof args === 'string' ? args.split(' ') : args), '-n', 'my-app'], { env: { HOME: home, NEB_SERVER: server.url, NEB_TOKEN: 'secret-of-ada', LANG: 'C.UTF-8' }, ...more });

test('neb get, describe and explain tell the address, replicas, latency and why', async () => {
  const { stdout } = await neb('get services');
  expect(stdout).toMatch(/^NAMESPACE +NAME +ADDRESS +REPLICAS +STATUS +LATENCY +RPS +AGE\nmy-app +web +127\.0\.0\.1:\d+ +2\/3 \(0-5\) +running +88ms +12\.3 +\S+\n$/);
  expect((await neb('get svc web -o wide')).stdout).toMatch(/URL +IN FLIGHT +WAITING +REVISION/);
  const explained = (await neb('explain service web')).stdout;
  for (const part of ['2 ready, 1 starting', '240ms, above 100ms', '12.3 a second', '88ms for 95 in 100, 20ms for half', '0 to 5', 'above 100ms, after 10s', 'without a request, after 10m', 'running (draining) ', 'revision 2 is rolled out']) expect(explained).toContain(part);
  const described = (await neb('describe service/web')).stdout;
  expect(described).toMatch(/Address: +127[\s\S]*URL: +http:\/\/web\.my-app\.localhost[\s\S]*Specification[\s\S]*neb curl service\/web -n my-app \//);
  expect(JSON.parse((await neb('describe service web -o json')).stdout)).toMatchObject({ policy: { max: 5 }, rollout: { state: 'good' } });
  expect((await neb('explain service.scale.up')).stdout).toContain('above_latency');
});

test('neb scale keeps a number of replicas, leaves it to the autoscaler, or sets the fewest', async () => {
  expect(await neb('scale service web --replicas 0')).toMatchObject({ code: 0, stdout: 'service/web keeps 0 replicas\n' });
  expect((await neb('get services')).stdout).toContain('2/3! (0-5)');
  expect(await neb('scale service/web --auto')).toMatchObject({ code: 0, stdout: 'service/web is scaled by its latency\n' });
  expect(await neb('scale svc/web --min 1')).toMatchObject({ code: 0, stdout: 'service/web has at least 1 replica\n' });
  expect(server.asked).toEqual([['scale', 0], ['scale', undefined], ['apply', [expect.objectContaining({ kind: 'Service', min_replicas: 1, max_replicas: 5, metadata: { name: 'web', namespace: 'my-app', labels: {} } })], [{ id: 's1', version: 7 }]]]);
});

test('neb scale --min sets the fewest though something is written meanwhile', async () => {
  server.isBusy = true;
  expect(await neb('scale svc/web --min 2')).toMatchObject({ code: 0, stdout: 'service/web has at least 2 replicas\n' });
  expect(server.asked.map((asked) => (asked as readonly unknown[])[2])).toEqual([[{ id: 's1', version: 7 }], [{ id: 's1', version: 8 }]]);
});

describe('neb rollout', () => {
  test('status follows until it is done', async () => {
    server.rollouts.push({ state: 'pending' }, { state: 'rolling', asked: 3 }, { state: 'rolling', asked: 3 }, { state: 'rolling', asked: 3, replicas: { desired: 3, ready: 3, starting: 0, draining: 1 } }, { state: 'good', asked: 3, revision: 3, replicas: { desired: 3, ready: 3, starting: 0, draining: 0 } });
    const { code, stdout, stderr } = await neb('rollout status service/web');
    expect([code, stdout]).toEqual([0, 'service/web: revision 3 is rolled out: 3 of 3 ready\n']);
    expect(stderr.trimEnd().split('\n')).toEqual([
      'service/web: the change has not begun to be rolled out', 'service/web: revision 3 is being rolled out: 2 of 3 ready, 1 starting', 'service/web: revision 3 is being rolled out: 3 of 3 ready, 1 draining',
    ]);
  });

  test('status is done where no replica is wanted', async () => {
    server.rollouts.push({ state: 'pending' }, { state: 'idle', asked: 3 });
    expect(await neb('rollout status service/web')).toMatchObject({ code: 0, stdout: 'service/web: no replica is wanted now, and the next one will be of revision 3\n' });
  });

  test('status exits with 1 and the reason where it was given up', async () => {
    server.rollouts.push({ state: 'rolling', asked: 3 }, { state: 'failed', asked: 3, revision: 2, message: 'no replica was ready within 10m.' });
    expect(await neb('rollout status web')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('error: service/web: revision 3 was given up: no replica was ready within 10m. It went back to revision 2.\n') });
    expect(JSON.parse((await neb('rollout status web -o json')).stdout)).toMatchObject({ error: { code: 'failed', details: { revision: 2, asked: 3 } } });
    expect(await neb('rollout status web --no-watch')).toMatchObject({ code: 1, stdout: expect.stringContaining('given up') });
  });

  test('status ends when time runs out, and when the service is gone', async () => {
    server.rollouts.push({ state: 'rolling', asked: 3 });
    expect(await neb('rollout status web')).toMatchObject({ code: 1, stderr: expect.stringContaining('was deleted before its change was rolled out') });
    expect(await neb('rollout status web --no-watch')).toMatchObject({ code: 0, stdout: expect.stringContaining('is being rolled out') });
  });

  test('history lists what was before, and shows one of it', async () => {
    expect((await neb('rollout history service/web')).stdout).toMatch(/^REVISION +OUTCOME +AGE +IMAGE +CAUSE +MESSAGE\n +2\* +good +\S+ +web:2 +rollout undo to revision 1 +-\n +1 +good +\S+ +web:1 +- +-\n$/);
    expect(JSON.parse((await neb('rollout history web -o json')).stdout)).toMatchObject({ kind: 'List', items: [{ revision: 2 }, { revision: 1, spec: { container: { image: 'web:1' } } }] });
    expect((await neb('rollout history web --revision 1')).stdout).toBe('container:\n  image: web:1\n');
    expect(await neb('rollout history web --revision 9')).toMatchObject({ code: 3, stderr: expect.stringContaining('has no revision 9') });
  });

  test('undo and restart ask for it, and say what to do next', async () => {
    expect(await neb('rollout undo service/web --to-revision 1')).toMatchObject({ code: 0, stdout: 'service/web goes back to revision 1\n', stderr: 'Next: neb rollout status service/web -n my-app\n' });
    expect(await neb('rollout undo service web')).toMatchObject({ code: 0, stdout: 'service/web goes back to what it was\n' });
    expect(await neb('rollout restart web')).toMatchObject({ code: 0, stdout: 'service/web gets new replicas\n' });
    expect(server.asked).toEqual([['undo', 1], ['undo', undefined], 'restart']);
  });
});

describe('neb curl', () => {
  const text = async (request: IncomingMessage): Promise<string> => {
    let all = '';
    for await (const chunk of request) all += String(chunk);
    return all;
  };

  test('sends what was asked, with the caller\'s token and the service\'s name', async () => {
    const seen: unknown[] = [];
    server.answer = (request, response) => void text(request).then((body) => {
      const { authorization, host, 'content-type': type, 'x-a': a } = request.headers;
      seen.push([request.method, request.url, authorization, host?.replace(/\d+$/, ''), type, a, body]);
      response.writeHead(201, { 'x-answer': 'yes' }).end('{"a":1}\n');
    });
    expect(await neb('curl service/web /v1/models?a=b')).toMatchObject({ code: 0, stdout: '{"a":1}\n', stderr: '' });
    expect(await neb(['curl', 'service', 'web', '/v1/chat', '-d', '{"stream": true}', '-H', 'X-A: b'])).toMatchObject({ code: 0 });
    writeFileSync(join(home, 'body'), 'from a file');
    expect((await neb(['curl', 'web', 'up', '-X', 'put', '-d', `@${join(home, 'body')}`, '-H', 'Content-Type: text/plain', '-H', 'Authorization: Bearer other', '-i'])).stdout).toMatch(/^HTTP\/1\.1 201 Created\nx-answer: yes\n[\s\S]*\n\n\{"a":1\}\n$/);
    expect((await neb(['curl', 'web', '/', '-d', 'a=1', '-d', '@-'], { stdin: 'b=2' })).code).toBe(0);
    expect(seen).toEqual([
      ['GET', '/v1/models?a=b', 'Bearer secret-of-ada', 'web.my-app.localhost:', undefined, undefined, ''],
      ['POST', '/v1/chat', 'Bearer secret-of-ada', 'web.my-app.localhost:', 'application/json', 'b', '{"stream": true}'],
      ['PUT', '/up', 'Bearer other', 'web.my-app.localhost:', 'text/plain', undefined, 'from a file'],
      ['POST', '/', 'Bearer secret-of-ada', 'web.my-app.localhost:', 'application/x-www-form-urlencoded', undefined, 'a=1&b=2'],
    ]);
  });

  test('prints an answer as it comes', async () => {
    let rest: (() => void) | undefined;
    server.answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      rest = () => response.end('data: 2\n\n');
    };
    let first = '';
    const ran = await neb('curl web /', { until: (stdout) => {
      first ||= stdout;
      rest?.();
      return false;
    } });
    expect([first, ran.code, ran.stdout]).toEqual(['data: 1\n\n', 0, 'data: 1\n\ndata: 2\n\n']);
  });

  test('is no error where the answer is one, unless asked to be; for programs all of it is data', async () => {
    server.answer = (_, response) => void response.writeHead(503, { 'retry-after': '3' }).end('no replica');
    expect(await neb('curl web /')).toMatchObject({ code: 0, stdout: 'no replica' });
    expect(await neb('curl web / --fail')).toMatchObject({ code: 1, stdout: 'no replica' });
    expect(JSON.parse((await neb('curl web / -o json')).stdout)).toMatchObject({ kind: 'Answer', status: 503, headers: { 'retry-after': '3' }, body: 'no replica' });
  });

  test('says what is in the way', async () => {
    server.answer = (request) => void request.socket.destroy();
    expect(await neb('curl web /')).toMatchObject({ code: 9, stderr: expect.stringContaining('service/web does not answer at http://127.0.0.1:') });
    server.answer = (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      setTimeout(() => response.destroy(), 10);
    };
    expect(await neb('curl web /')).toMatchObject({ code: 9, stdout: 'half', stderr: expect.stringContaining('broke off') });
    expect(await neb('curl web //elsewhere.example/a')).toMatchObject({ code: 2, stderr: expect.stringContaining('is not a path') });
    expect(await neb(['curl', 'web', '/', '-H', 'nonsense'])).toMatchObject({ code: 2, stderr: expect.stringContaining('is not a header') });
    expect(await neb(['curl', 'web', '/', '-H', 'x: a\nb: c'])).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be sent') });
    const { address: _, url: __, ...status } = server.service.status;
    server.service = { ...server.service, status: { ...status, message: 'this server has no gateway' } };
    expect(await neb('curl web /')).toMatchObject({ code: 5, stderr: expect.stringContaining('service/web has no address: this server has no gateway') });
  });
});

test('neb create, get and delete key --service are about the keys of its door', async () => {
  expect(await neb('get keys --service web')).toMatchObject({ code: 0, stdout: '', stderr: 'No keys of service/web. neb create key NAME --service web makes one.\n' });
  expect(await neb('create key front --service service/web --expires 30d')).toMatchObject({ code: 0, stdout: 'nebd_front\n', stderr: expect.stringContaining('key/k-front of service/web created. Its token is shown this once; neb delete key k-front --service service/web revokes it.') });
  expect(JSON.parse((await neb('create key back --service web -o json')).stdout)).toMatchObject({ kind: 'Key', id: 'k-back', token: 'nebd_back' });
  expect((await neb('get keys --service web')).stdout).toMatch(/^ID +NAME +EXPIRES +AGE +CREATED BY\nk-front +front +20\S+ +\S+ +ada@example\.com\nk-back +back +never +\S+ +ada@example\.com\n$/);
  expect(await neb('get keys k-none --service web')).toMatchObject({ code: 3, stderr: expect.stringContaining('service/web has no key k-none') });
  expect(await neb('create key x --service web --scope-verb read')).toMatchObject({ code: 2, stderr: expect.stringContaining('--scope-verb is for keys of people and service accounts') });
  expect(await neb('get services --service web')).toMatchObject({ code: 2, stderr: expect.stringContaining('--service is for keys') });
  expect(await neb('delete key k-front k-back --service web')).toMatchObject({ code: 0, stdout: 'key/k-front revoked\nkey/k-back revoked\n' });
  expect(await neb('delete key k-front --service web')).toMatchObject({ code: 3 });
  expect(await neb('delete key k-front --service web --ignore-not-found')).toMatchObject({ code: 0, stdout: '' });
  expect(server.asked).toEqual([['key', 'front', true], ['key', 'back', false], ['revoke', 'k-front'], ['revoke', 'k-back']]);
});

test('neb open prints where it is', async () => {
  expect(await neb('open service/web')).toMatchObject({ code: 0, stdout: `${server.service.status.url}/\n`, stderr: '' });
  expect(JSON.parse((await neb('open web -o json')).stdout)).toMatchObject({ kind: 'Address', address: server.service.status.address, opened: false });
});

test.each(['logs service/web', 'logs service web', 'logs svc/web -f'])('neb %s prints what all replicas wrote, and why one has nothing', async (line) => {
  const { code, stdout, stderr } = await neb(line);
  expect([code, stdout.trimEnd().split('\n').sort(), stderr]).toEqual([0, ['web-a | hello from a', 'web-b | hello from b'], 'web-new: it has not started\n']);
});
