import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gateway } from '../src/index.ts';
import { headers } from './hostile/headers.ts';
import type { Hostile } from './hostile/hostile.ts';
import { hosts } from './hostile/hosts.ts';
import { brokenChunks, smuggling } from './hostile/smuggling.ts';
import { targets } from './hostile/targets.ts';
import { aGateway, aRoute, handFeed, raw } from './rig.ts';

/** A replica that believes nobody: it keeps every byte it is sent, and answers to each connection once. */
let replica: Server;
let sent: string[];
let gateway: Gateway;

beforeAll(async () => {
  sent = [];
  replica = createServer((socket) => {
    const place = sent.push('') - 1;
    let isAnswered = false;
    socket.on('error', () => undefined).on('data', (chunk) => {
      sent[place] += chunk.toString('latin1');
      const isWhole = /\r\n\r\n/.test(sent[place]!) && (!/transfer-encoding: chunked/i.test(sent[place]!) || /\r\n0\r\n\r\n$/.test(sent[place]!));
      if (!isWhole || isAnswered) return;
      isAnswered = true;
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok');
    });
  });
  await new Promise<void>((resolve) => replica.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(replica.address() as AddressInfo).port}`;
  const secret = aRoute('secret', [origin], { namespace: 'other', owner: 'somebody' });
  gateway = await aGateway(handFeed(aRoute('a', [origin]), secret), {
    // Who asks may see the namespace `default` only.
    admission: { admit: ({ route }) => (route.namespace === 'default' ? { do: 'pass', strip: ['authorization'], add: { 'x-neb-caller': 'somebody' } } : { do: 'hide' }) },
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  replica.close();
});

const all = [...smuggling, ...headers, ...targets, ...hosts];

test('there are at least 200 of them, each with a name of its own', () => {
  const named = [...all, ...brokenChunks];
  expect(named.length).toBeGreaterThanOrEqual(200);
});

describe.each([['smuggling', smuggling], ['headers', headers], ['targets', targets], ['hosts', hosts]])('%s', (_, table) => {
  test.each(table)('$name', async (one) => {
    sent.length = 0;
    const got = await raw(gateway.address.port, Buffer.from(one.bytes, 'latin1'), 2_000);
    expect(told(got.text, one)).toBe(one.answer);
    expect(got.closed).toBe(true);
    if (one.answer !== 'passes') return expect(sent).toEqual([]);
    expect(sent).toHaveLength(1);
    const head = sent[0]!.slice(0, sent[0]!.indexOf('\r\n\r\n') + 2);
    if (one.without) expect(head).not.toMatch(one.without);
    if (one.having) expect(head).toMatch(one.having);
    expect(sent[0]!.match(/HTTP\/1\.1\r\n/g)).toHaveLength(one.name === 'a body on GET' ? 2 : 1);
  });
});

test.each(brokenChunks)('$name ends the request, which the replica never sees whole', async (one) => {
  sent.length = 0;
  const got = await raw(gateway.address.port, Buffer.from(one.bytes, 'latin1'), 2_000);
  expect(told(got.text, one)).toBe(400);
  expect(got.closed).toBe(true);
  for (const bytes of sent) expect(bytes).not.toMatch(/\r\n0\r\n\r\n$|smuggled/);
});

/** The status of the one answer there was. */
function told(text: string, { answer }: Hostile): number | 'passes' | 'closes' | 'several answers' {
  const statuses = [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status)).filter((status) => status >= 200);
  if (statuses.length > 1) return 'several answers';
  if (statuses.length === 0) return 'closes';
  if (answer !== 'passes' && statuses[0]! >= 400) expect(text).toMatch(/application\/problem\+json/);
  return statuses[0] === 200 ? 'passes' : statuses[0]!;
}
