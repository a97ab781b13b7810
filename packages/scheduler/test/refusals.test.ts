import { type ErrorCode, NebError } from '@neb/core-types';
import { afterEach, describe, expect, test } from 'vitest';
import { type Stage, stage } from './harness.ts';
import { type Shop, shop } from './shop.ts';

let on: Stage | undefined;
afterEach(() => on?.stop());

const l4 = { accelerators: ['L4'] };
const invalid = (what: string): NebError => new NebError('invalid', what, { hint: 'Look at its manual.' });

function town(): { readonly s: Stage; readonly cheap: Shop; readonly dear: Shop } {
  const s = (on = stage());
  const [cheap, dear] = [shop('cheap', s.clock, { eu: '1', us: '1.5' }), shop('dear', s.clock, { eu: '3' })];
  s.start({ ...s.world, providers: [cheap.provider, dear.provider] });
  return { s, cheap, dear };
}

describe('a platform that will not run a container', () => {
  test.each(['invalid', 'unsupported', 'not_found'] satisfies readonly ErrorCode[])('is told and left for the next at once, and is not asked for it again: %s', async (code) => {
    const { s, cheap } = town();
    cheap.refusal = new NebError(code, 'no such parameter', { hint: 'Look at its manual.' });
    await s.create({ id: 'a', spec: { ...l4, restart: 'Always' } });
    await s.pass(400, 100);
    expect((await s.get('a')).status).toMatchObject({ status: 'running', platform: 'dear', attempts: 2, refused_by: [{ platform: 'cheap', message: 'no such parameter. Look at its manual.' }] });
    const { items } = await s.store.events({ objectId: 'a' });
    expect(items.map(({ message }) => message)).toContain('no such parameter. Look at its manual.');
    s.cloud.lose('a-2');
    cheap.refusal = undefined;
    await s.pass(60_000);
    expect(cheap.creates).toBe(1);
    // Another container is no concern of that.
    await s.create({ id: 'b', spec: l4 });
    await s.pass(400, 100);
    expect((await s.get('b')).status).toMatchObject({ status: 'running', platform: 'cheap' });
  });

  test('fails it at once where it is the one that is asked for', async () => {
    const { s, cheap, dear } = town();
    cheap.refusal = invalid('no such parameter');
    await s.create({ id: 'a', spec: { ...l4, platform: 'cheap' } });
    await s.pass(400, 100);
    expect(await s.said('a')).toBe('failed: no such parameter. Look at its manual.');
    expect([cheap.creates, dear.creates]).toEqual([1, 0]);
  });

  test('fails it at once where nobody else will either, each with its reason', async () => {
    const { s, cheap, dear } = town();
    cheap.refusal = invalid('no such parameter');
    dear.refusal = invalid('no such thing');
    await s.create({ id: 'a', spec: l4 });
    await s.pass(400, 100);
    expect(await s.said('a')).toBe('failed: cheap: no such parameter. Look at its manual; dear: no such thing. Look at its manual.');
    expect([cheap.creates, dear.creates]).toEqual([1, 1]);
  });

  test('fails it at once where nobody else sells what it asks for', async () => {
    const { s, cheap, dear } = town();
    cheap.refusal = invalid('no such parameter');
    await s.create({ id: 'a', spec: { ...l4, max_price: 2 as unknown as string } });
    await s.pass(400, 100);
    expect(await s.said('a')).toBe('failed: cheap: no such parameter. Look at its manual; dear: costs at least $3/h where max_price is $2');
    expect(dear.creates).toBe(0);
  });

  test('leaves it waiting for another that has none left now', async () => {
    const { s, cheap, dear } = town();
    cheap.refusal = invalid('no such parameter');
    dear.refusal = dear.full;
    await s.create({ id: 'a', spec: l4 });
    await s.pass(60_000);
    expect(await s.said('a')).toMatch(/^creating: cheap: no such parameter\. Look at its manual; dear: had no l4-eu in eu when it was asked/);
    dear.refusal = undefined;
    await s.pass(300_000);
    expect((await s.get('a')).status).toMatchObject({ status: 'running', platform: 'dear' });
    expect(cheap.creates).toBe(1);
  });

  test('is asked again for a container that was specified anew', async () => {
    const { s, cheap } = town();
    cheap.refusal = invalid('no such parameter');
    await s.create({ id: 'a', spec: { ...l4, platform: 'cheap' } });
    await s.pass(400, 100);
    cheap.refusal = undefined;
    await s.change('a', { command: ['other'] });
    await s.pass(2_000, 100);
    expect(await s.said('a')).toBe('running');
  });
});

test('an image that is nowhere fails the container at once: no other platform has it', async () => {
  const { s, cheap, dear } = town();
  cheap.cloud.failImage('x', { code: 'not_found', message: 'image x does not exist' });
  await s.create({ id: 'a', spec: l4 });
  await s.pass(2_000, 100);
  expect(await s.said('a')).toBe('failed: image x does not exist');
  expect(dear.creates).toBe(0);
});

test('an account without money is left as a whole, however many places it sells in, and says what to do', async () => {
  const { s, cheap, dear } = town();
  cheap.refusal = new NebError('quota', 'the wallet is empty', { details: { scope: 'account' }, hint: 'Add funds.' });
  dear.refusal = dear.full;
  await s.create({ id: 'a', spec: l4 });
  await s.pass(50_000);
  expect(cheap.creates).toBe(1);
  expect(await s.said('a')).toContain('cheap: the wallet is empty. Add funds; dear: ');
  // After a minute, then two, then four, and whenever it is looked at then.
  await s.pass(430_000);
  expect([3, 4]).toContain(cheap.creates);
  cheap.refusal = undefined;
  await s.pass(600_000);
  expect((await s.get('a')).status).toMatchObject({ status: 'running', platform: 'cheap' });
});

test('a quota of one place leaves the others of its platform', async () => {
  const { s, cheap } = town();
  const { create } = cheap.provider;
  const asked: string[] = [];
  const picky = { ...cheap.provider, create: async (request: Parameters<typeof create>[0], call?: Parameters<typeof create>[1]) => {
    asked.push(request.offer.region);
    if (request.offer.region === 'eu') throw new NebError('quota', 'no more in eu');
    return await create(request, call);
  } };
  await s.stop();
  s.start({ ...s.world, providers: [picky] });
  for (const id of ['a', 'b', 'c']) {
    await s.create({ id, spec: l4 });
    await s.pass(400, 100);
    expect((await s.get(id)).status).toMatchObject({ status: 'running', region: 'us' });
  }
  expect(asked).toEqual(['eu', 'us', 'us', 'us']);
});
