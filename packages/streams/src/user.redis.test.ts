import { Redis } from 'ioredis';
import { afterAll, expect, test } from 'vitest';
import { ground } from '../test/ground.ts';
import { redisServer } from '../test/redis-server.ts';
import { streams } from './streams.ts';
import { workerEnv } from './user.ts';
import { worker } from './worker/worker.ts';

const of = { stream: 'shop:a', group: 'g' };
/** Its name begins as the other's does. */
const neighbour = { stream: 'shop:ab', group: 'g' };
const server = await ground([of, neighbour]);
const { redis, port, all } = server;
const opened: Redis[] = [];

afterAll(() => {
  for (const each of opened) each.disconnect();
});

async function as(user: { readonly username: string; readonly password: string }): Promise<Redis> {
  const mine = new Redis({ port, enableReadyCheck: false, disableClientInfo: true, retryStrategy: null });
  opened.push(mine);
  await mine.call('AUTH', user.username, user.password);
  return mine;
}
const refused = async (work: Promise<unknown>): Promise<string> => await work.then(() => 'let', (error: unknown) => String(error));

test("a group's user reaches its own keys and commands, and nothing else", async () => {
  const mine = await as(await all.user(of));
  await mine.xadd(of.stream, '*', 'x', 1);
  await mine.set(`${of.stream}.state.n`, 1);
  const forbidden: readonly (readonly [string, ...string[]])[] = [
    ['XADD', neighbour.stream, '*', 'x', '1'], ['XREAD', 'STREAMS', neighbour.stream, '0'], ['XADD', `${neighbour.stream}.return.1`, '*', 'x', '1'], ['XADD', `${of.stream}x`, '*', 'x', '1'],
    ['GET', `${of.stream}.sent.key.k`], ['SET', 'other', '1'], ['KEYS', '*'], ['SCAN', '0'], ['FLUSHALL'], ['CONFIG', 'GET', '*'], ['ACL', 'LIST'], ['ACL', 'WHOAMI'], ['INFO'], ['CLIENT', 'LIST'], ['CLIENT', 'KILL', 'TYPE', 'normal'],
    ['SHUTDOWN'], ['MONITOR'], ['SUBSCRIBE', 'x'], ['PUBLISH', 'x', '1'], ['SCRIPT', 'FLUSH'], ['FUNCTION', 'LIST'], ['XGROUP', 'DESTROY', of.stream, of.group], ['RENAME', of.stream, 'x'], ['SORT', of.stream], ['DBSIZE'],
    ['EVAL', "return redis.call('GET', 'other')", '0'], ['EVAL', `return redis.call('XLEN', '${neighbour.stream}')`, '1', of.stream],
  ];
  for (const [name, ...args] of forbidden) expect(await refused(mine.call(name, ...args)), [name, ...args].join(' ')).toMatch(/NOPERM|no permissions|can't (access|run)/i);
});

test('every user has a password of its own, that may be kept; one that is deleted is shut out', async () => {
  const first = await all.user(of);
  expect(first.password).not.toBe((await all.user(neighbour)).password);
  expect(first.password.length).toBeGreaterThan(40);
  const mine = await as(first);
  expect(await all.user(of, { password: first.password })).toEqual(first);
  expect(await mine.ping()).toBe('PONG');
  const changed = await all.user(of);
  await expect(as(first)).rejects.toThrow(/WRONGPASS/);
  await as(changed);
  await all.forget(of);
  await expect(as(changed)).rejects.toThrow(/WRONGPASS/);
});

test('users are made without an ACL file, are gone after a restart, and are the same once made again', async () => {
  const user = await all.user(of);
  await server.kill();
  await server.start();
  await expect(as(user)).rejects.toThrow(/WRONGPASS/);
  await all.user(of, { password: user.password });
  await as(user);
});

test('where users are kept in a file they outlive a restart', async () => {
  const file = `/tmp/neb-acl-${port}.acl`;
  const { rm, writeFile } = await import('node:fs/promises');
  await writeFile(file, '');
  await using keeping = await redisServer('--aclfile', file);
  await using there = streams({ url: keeping.url });
  const user = await there.user(of);
  await keeping.kill();
  await keeping.start();
  const mine = new Redis({ port: keeping.port, ...user, enableReadyCheck: false });
  expect(await mine.ping()).toBe('PONG');
  mine.disconnect();
  await rm(file);
});

test('no password is in an error about a rule that Redis does not take', async () => {
  const error = await all.user(of, { password: 'a-password-of-mine', keys: ['with space'] }).then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(Error);
  expect(JSON.stringify([String(error), error])).not.toContain('a-password-of-mine');
});

test("the environment has what the SDK's worker, the original's and redis-cli read", async () => {
  const user = { username: 'u', password: 'p/w' };
  expect(workerEnv(of, user, { host: '10.0.0.1' })).toEqual({
    REDIS_URL: 'redis://u:p%2Fw@10.0.0.1:6379', REDIS_HOST: '10.0.0.1', REDIS_PORT: '6379', REDIS_USERNAME: 'u', REDIS_PASSWORD: 'p/w', REDISCLI_AUTH: 'p/w',
    REDIS_STREAM: of.stream, REDIS_CONSUMER_GROUP: of.group,
  });
  expect(workerEnv(of, user, { host: 'fd00::1', port: 7, tls: true, db: 2 })['REDIS_URL']).toBe('rediss://u:p%2Fw@[fd00::1]:7/2');
});

test('a worker does all it does as that user, from that environment', async () => {
  const user = await all.user(of);
  await using _mine = worker({ env: workerEnv(of, user, { host: '127.0.0.1', port }), visibilityMs: 300, maxAttempts: 2, retry: () => 0, stopOn: [] }, async function* (message, { effect, key }) {
    if (message.content === 'bad') throw new Error('bad one');
    effect('INCR', key('count'));
    yield message.content;
  });
  const [good, bad] = await all.send(of, [{ content: 'good' }, { content: 'bad' }]);
  expect(await all.answer(of, good!.id)).toMatchObject({ kind: 'done', chunks: ['good'] });
  expect(await all.answer(of, bad!.id)).toMatchObject({ kind: 'failed', message: 'bad one' });
  expect(await all.health(of)).toEqual({ status: 'ok' });
  expect(await redis.get(`${of.stream}.state.count`)).toBe('1');
  expect((await all.deadLetters.list(of)).items).toHaveLength(1);
});

/** What `nebulous/processors/consumer.py` and redis-py send to Redis, in their words and order. */
test("the original's worker runs unchanged as that user", async () => {
  const { REDIS_URL, REDIS_STREAM, REDIS_CONSUMER_GROUP } = workerEnv(of, await all.user(of), { host: '127.0.0.1', port }) as Record<string, string>;
  const { username, password } = new URL(REDIS_URL!);
  const python = new Redis({ port, protocol: 2, enableReadyCheck: false, disableClientInfo: true, lazyConnect: true });
  opened.push(python);
  await python.connect();
  await python.call('AUTH', decodeURIComponent(username), decodeURIComponent(password));
  await python.call('CLIENT', 'SETINFO', 'LIB-NAME', 'redis-py').catch(() => 'redis-py does not mind');
  expect(await python.call('PING')).toBe('PONG');
  await expect(python.call('XGROUP', 'CREATE', REDIS_STREAM!, REDIS_CONSUMER_GROUP!, '0', 'MKSTREAM')).rejects.toThrow('BUSYGROUP');
  await python.call('XGROUP', 'CREATE', `${REDIS_STREAM}.health`, `${REDIS_CONSUMER_GROUP}-health`, '0', 'MKSTREAM');

  const [asked, silent] = [...(await all.send(of, [{ content: { n: 1 } }])), ...(await all.send(of, [{ content: { n: 2 } }], { answer: false }))];
  const consumer = 'consumer-7-host';
  expect(await python.call('XAUTOCLAIM', REDIS_STREAM!, REDIS_CONSUMER_GROUP!, consumer, '60000', '0-0', 'COUNT', '10')).toEqual(['0-0', [], []]);
  const [[, entries]] = (await python.call('XREADGROUP', 'GROUP', REDIS_CONSUMER_GROUP!, consumer, 'COUNT', '10', 'BLOCK', '5000', 'STREAMS', REDIS_STREAM!, '>')) as [[string, [string, [string, string]][]]];
  for (const [id, [field, data]] of entries) {
    expect(field).toBe('data');
    const { return_stream, content, user_id } = JSON.parse(data) as { return_stream?: string; content: { n: number }; user_id?: string };
    const answer = { kind: 'StreamResponseMessage', id, content: content.n === 2 ? { error: 'no two', traceback: '' } : { twice: 2 * content.n }, status: content.n === 2 ? 'error' : 'success', created_at: '2026-01-01T00:00:00', user_id: user_id ?? null };
    await python.call('XADD', return_stream ?? `${REDIS_STREAM}.errors`, '*', 'data', JSON.stringify(answer));
    await python.call('XACK', REDIS_STREAM!, REDIS_CONSUMER_GROUP!, id);
  }
  expect(entries.map(([id]) => id)).toEqual([asked!.entryId, silent!.entryId]);
  expect(await all.answer(of, asked!.id)).toMatchObject({ kind: 'done', content: { twice: 2 } });
  expect(await redis.xlen(`${REDIS_STREAM}.errors`)).toBe(1);

  const asking = all.health(of);
  const [[, [[healthId, [, request]]]]] = (await python.call('XREADGROUP', 'GROUP', `${REDIS_CONSUMER_GROUP}-health`, consumer, 'COUNT', '10', 'BLOCK', '5000', 'STREAMS', `${REDIS_STREAM}.health`, '>')) as [[string, [[string, [string, string]]]]];
  const { kind, content, return_stream, adapter } = JSON.parse(request) as Record<string, never> & { content: object; return_stream: string };
  expect({ kind, content, adapter }).toEqual({ kind: 'HealthCheckRequest', content: { type: 'HEALTH_CHECK_REQUEST', request_id: expect.any(String), timestamp: expect.any(String) }, adapter: `processor-health:${of.group}` });
  await python.call('XADD', return_stream, '*', 'data', JSON.stringify({ status: 'ok', message: 'all well', details: { gpu: 0 } }));
  await python.call('XACK', `${REDIS_STREAM}.health`, `${REDIS_CONSUMER_GROUP}-health`, healthId);
  expect(await asking).toEqual({ status: 'ok', message: 'all well', details: { gpu: 0 } });
});
