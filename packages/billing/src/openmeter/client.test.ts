import { fakeClock } from '@neb/core-types/testing';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { openmeterFake, type Fault } from '../../test/openmeter-fake.ts';
import { fact } from '../../test/some-facts.ts';
import { openmeter } from './client.ts';
import { eventOf } from './event.ts';
import { metersOf } from './meters.ts';

const apiKey = 'om_canary-5d1f2c9a7b';
const event = eventOf(fact(1), 'neb')!;
const [meter] = metersOf('runtime');

function faced(fault?: Fault, given = apiKey) {
  const clock = fakeClock();
  const fake = openmeterFake({ clock, apiKey, fault: () => fault });
  return { clock, fake, client: openmeter({ url: 'http://openmeter.test', apiKey: given, fetch: fake.fetch, clock }) };
}

describe('the client of OpenMeter', () => {
  test.each([
    ['it is down', 'down', 'unavailable', 'cannot be reached: connect ECONNREFUSED'],
    ['the answer is lost', 'lost', 'unavailable', 'cannot be reached: socket hang up'],
    ['it cannot take it', { status: 500 }, 'unavailable', 'OpenMeter cannot take it now: it is not my day'],
    ['there is too much', { status: 429 }, 'rate_limited', 'asks for fewer calls'],
    ['the key may not', { status: 403 }, 'unauthorized', 'does not allow this'],
    ['an event is wrong', { status: 400 }, 'invalid', 'refuses what it was sent'],
    ['there is too much at once', { status: 413, body: '<html>\n<b>too large</b>' }, 'invalid', '<html>'],
    ['something else answers', { status: 404 }, 'unavailable', 'no OpenMeter: status 404'],
    ['it is elsewhere now', { status: 308 }, 'unavailable', 'no OpenMeter: status 308'],
    ['a page says that all is well', { status: 200, body: '<html>Log in</html>' }, 'unavailable', 'no OpenMeter: <html>Log in</html>'],
    ['JSON says that all is well', { status: 200, body: '{}' }, 'unavailable', 'no OpenMeter: status 200'],
  ] as const)('says so where %s', async (_, fault, code, words) => {
    const { client } = faced(fault);
    await expect(client.ingest([event])).rejects.toMatchObject({ code, message: expect.stringContaining(words) as string });
  });

  test.each(['down', 'lost', { status: 500, body: `key ${apiKey}` }, { status: 400, body: JSON.stringify({ title: apiKey, detail: `Bearer ${apiKey} ${Buffer.from(apiKey).toString('base64')}` }) }, { status: 200, body: `<${apiKey}>` }] as const)('keeps its key to itself at %j', async (fault) => {
    const { client } = faced(fault);
    for (const ask of [() => client.ingest([event]), () => client.meters(), () => client.query('x'), () => client.createMeter(meter), () => client.upsertSubjects(['acme'])]) {
      const error: unknown = await ask().then(() => new Error('it was taken'), (thrown: unknown) => thrown);
      const said = inspect(error, { depth: 20, showHidden: true });
      expect(said).not.toContain('it was taken');
      expect(said).not.toContain(apiKey);
      expect(said).not.toContain(Buffer.from(apiKey).toString('base64'));
    }
  });

  test('keeps a key that is refused to itself', async () => {
    const wrong = 'om_another-canary';
    const error: unknown = await faced(undefined, wrong).client.ingest([event]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'unauthenticated', message: 'OpenMeter refuses the API key: Bearer *** is no key' });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(wrong);
  });

  test('waits for an answer no longer than it may take', async () => {
    const { client, clock } = faced('silent');
    const asked = client.ingest([event]);
    while (clock.nextMs() === undefined) await new Promise((resolve) => { setImmediate(resolve); });
    clock.advance(clock.nextMs()!);
    await expect(asked).rejects.toMatchObject({ code: 'unavailable', message: 'OpenMeter cannot be reached: no answer within 30 s' });
  });

  test('ends at once, with the signal\'s reason', async () => {
    const { client } = faced('silent');
    const stop = new AbortController();
    const asked = client.ingest([event], stop);
    stop.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });

  test('reads sums as they are written, and all pages of a list', async () => {
    const { client, fake } = faced();
    await client.createMeter(metersOf('runtime')[1]);
    await client.ingest([fact(1, { amount: '12345678901234567890.123456789012345678901' }), fact(2, { amount: '0.000000001' })].map((one) => eventOf(one, 'neb')!));
    expect(await client.query('neb_amount_runtime', { groupBy: ['currency'] })).toMatchObject([{ value: '12345678901234567890.123456790012345678901', groupBy: { currency: 'USD' } }]);
    for (let n = 0; n < 1_000; n++) fake.meters.set(`m${n}`, { ...fake.meters.get('neb_amount_runtime')!, slug: `m${n}` });
    expect(await client.meters()).toHaveLength(1_001);
    expect(fake.breaches).toEqual([]);
  });

  test('speaks over a socket as well, where nobody asks for a key', async () => {
    const fake = openmeterFake({ clock: fakeClock() });
    await using server = await fake.listen();
    await openmeter({ url: server.url }).ingest([event]);
    expect([...fake.events.values()]).toEqual([event]);
    expect(fake.breaches).toEqual([]);
  });
});

describe('the description that the fake checks by', () => {
  test('finds what breaks it', async () => {
    const { fake, client } = faced();
    await expect(client.ingest([{ ...event, subject: '' }])).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining('/0/subject') as string });
    await expect(client.createMeter({ ...meter, slug: 'No Slug' })).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining('/slug') as string });
    const asked = await fake.fetch('http://openmeter.test/api/v1/meters?colour=red', { headers: { Authorization: `Bearer ${apiKey}` } });
    expect(asked.status).toBe(200);
    expect(fake.breaches).toEqual(['colour is no parameter of /api/v1/meters']);
  });
});
