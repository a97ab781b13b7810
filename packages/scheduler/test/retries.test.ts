import { afterEach, describe, expect, test } from 'vitest';
import { type Stage, stage } from './harness.ts';
import { type Shop, shop } from './shop.ts';

let on: Stage | undefined;
afterEach(() => on?.stop());

/** One cloud that sells at $6 an hour; prices and durations as a manifest writes them. */
function market(): { readonly s: Stage; readonly only: Shop; create(spec: Readonly<Record<string, unknown>>): Promise<void> } {
  const s = (on = stage());
  const only = shop('only', s.clock, { eu: '6' });
  s.start({ ...s.world, providers: [only.provider] });
  return { s, only, create: (spec) => s.create({ id: 'a', spec: { accelerators: ['L4'], ...spec } }) };
}

const failed = { code: 'unavailable', message: 'the machine never came up' } as const;
const running = async (s: Stage): Promise<void> => s.until(async () => (await s.said('a')) === 'running');
/** The tries of it, newest first. */
const tries = async (s: Stage): Promise<readonly string[]> => (await s.store.attempts('a')).map(({ reason, cost }) => `${reason} ${cost}`);

describe('tries that came to nothing', () => {
  test('cost what their instances did, and are over when the budget is', async () => {
    const { s, only, create } = market();
    only.bootMs = 600_000;
    only.cloud.failImage('x', failed);
    await create({ retry: { max_cost: 2.5 } });
    await s.pass(3_600_000, 5_000);
    const { status } = await s.get('a');
    // Ten minutes at $6 an hour are a dollar: the third is ended half way.
    expect((await tries(s)).map((text) => text.replace(/(\.\d).*/, '$1'))).toEqual(['RetryCost 0.5', 'Unavailable 1', 'Unavailable 1']);
    expect(status).toMatchObject({ status: 'failed', reason: 'RetryCost', attempts: 3 });
    expect(status.message).toMatch(/^not tried again: tries that came to nothing cost \$2\.50, which reaches retry\.max_cost of \$2\.50; raise it to go on; the last: it was still starting$/);
    const { items } = await s.store.events({ objectId: 'a' });
    expect(items.filter(({ reason }) => reason === 'Unavailable').map(({ message }) => message).reverse()).toEqual([
      'the machine never came up (it cost $1; of $2.50 that tries may waste, $1 used)',
      'the machine never came up (it cost $1; of $2.50 that tries may waste, $2 used)',
    ]);
    expect(only.there()).toBe(0);
  });

  test('that were refused cost nothing, however many', async () => {
    const { s, only, create } = market();
    only.refusal = only.full;
    await create({ retry: { max_cost: 0 } });
    await s.pass(1_200_000, 5_000);
    expect((await s.get('a')).status.launch_failures).toBeGreaterThan(5);
    only.refusal = undefined;
    await s.pass(400_000, 5_000);
    expect(await s.said('a')).toBe('running');
  });

  test('may cost ten hours of the price where nothing is said, and a launch that goes on for ever is one of them', async () => {
    const { s, only, create } = market();
    only.bootMs = Infinity;
    await create({});
    await s.pass(9.9 * 3_600_000, 60_000);
    expect((await s.get('a')).status.status).toBe('creating');
    await s.pass(0.3 * 3_600_000, 60_000);
    expect((await s.get('a')).status).toMatchObject({ status: 'failed', reason: 'RetryCost', message: expect.stringMatching(/\$60 that ten hours cost at its price; set retry\.max_cost to go on; the last: it was still starting/) });
    expect(only.there()).toBe(0);
  });

  test('are those too whose machine was taken away, where a budget is given: their work is done again', async () => {
    const { s, only, create } = market();
    await create({ restart: 'OnFailure', retry: { max_cost: 7 } });
    for (const attempt of [1, 2]) {
      await running(s);
      await s.pass(3_600_000, 60_000);
      only.cloud.lose(`a-${attempt}`);
      await s.pass(30_000);
    }
    expect((await tries(s)).map((text) => text.replace(/\.\d+/, ''))).toEqual(['Vanished 6', 'Vanished 6']);
    expect((await s.get('a')).status).toMatchObject({ status: 'failed', reason: 'RetryCost', wasted: { launches: '0' } });
  });

  test('are not long runs where no budget is given: they may have done their work', async () => {
    const { s, only, create } = market();
    await create({ restart: 'OnFailure' });
    for (let attempt = 1; attempt <= 12; attempt++) {
      await running(s);
      await s.pass(3_600_000, 60_000);
      only.cloud.lose(`a-${attempt}`);
      await s.pass(30_000);
    }
    await running(s);
    expect((await s.get('a')).status.wasted).toMatchObject({ launches: '0', runs: expect.stringMatching(/^7[23]\./) });
  });

  test('are runs that fail within minutes, and not those that succeed', async () => {
    const { s, only, create } = market();
    await create({ restart: 'Always', retry: { max_cost: 0.5 } });
    for (let attempt = 1; attempt <= 20; attempt++) {
      await running(s);
      await s.pass(120_000, 10_000);
      only.cloud.exit(`a-${attempt}`, attempt <= 15 ? 0 : 3);
      await s.pass(330_000, 10_000);
      if ((await s.get('a')).status.status === 'failed') break;
    }
    // Two minutes at $6 an hour are 20 cents.
    expect((await s.get('a')).status).toMatchObject({ reason: 'RetryCost', attempts: 18, message: expect.stringContaining('the last: exited with 3') });
  });

  test('cost what the instance did, and not what was offered', async () => {
    const { s, only, create } = market();
    [only.price, only.bootMs] = ['3600', 2_000];
    await create({ max_price: 10, retry: { max_cost: 0.9 } });
    await s.pass(10_000, 100);
    expect((await s.get('a')).status).toMatchObject({ status: 'failed', reason: 'RetryCost', message: expect.stringContaining('costs $3600/h where max_price is $10') });
    expect(only.there()).toBe(0);
  });
});

test('a budget that is raised has it go on, with what was spent still counted', async () => {
  const { s, only, create } = market();
  only.bootMs = 600_000;
  only.cloud.failImage('x', failed);
  await create({ retry: { max_cost: 1 } });
  await s.pass(1_200_000, 5_000);
  expect((await s.get('a')).status).toMatchObject({ status: 'failed', reason: 'RetryCost', attempts: 1 });
  await s.change('a', { retry: { max_cost: '1.9' } });
  await s.pass(3_600_000, 5_000);
  expect((await s.get('a')).status).toMatchObject({ status: 'failed', reason: 'RetryCost', attempts: 2 });
  await s.change('a', { retry: { max_cost: '1.9', max_time: '9h' } });
  await s.pass(60_000, 5_000);
  expect((await s.get('a')).status).toMatchObject({ status: 'failed', attempts: 2 });
});

describe('the time for tries', () => {
  test('is over where there is no place in time, and nothing more is asked then', async () => {
    const { s, only, create } = market();
    only.refusal = only.full;
    await create({ retry: { max_time: '30m' } });
    await s.pass(29 * 60_000);
    expect((await s.get('a')).status.status).not.toBe('failed');
    await s.pass(2 * 60_000);
    expect((await s.get('a')).status).toMatchObject({ status: 'failed', reason: 'RetryTime', message: expect.stringMatching(/^not tried again: it has been without a run for its retry\.max_time of 30m; raise it to go on; the last: only: /) });
    const [{ creates, looks }, events] = [only, await s.events('a')];
    expect(events.at(-1)).toBe('RetryTime');
    await s.pass(3_600_000, 10_000);
    expect([only.creates, only.looks]).toEqual([creates, looks]);
  });

  test('is over for a launch that takes longer, whose instance is ended', async () => {
    const { s, only, create } = market();
    only.bootMs = Infinity;
    await create({ retry: { max_time: '20m' } });
    await s.pass(21 * 60_000, 5_000);
    expect((await s.get('a')).status).toMatchObject({ status: 'failed', reason: 'RetryTime' });
    expect(only.there()).toBe(0);
  });

  test('begins anew with every run', async () => {
    const { s, only, create } = market();
    await create({ restart: 'Always', retry: { max_time: '10m' } });
    for (let attempt = 1; attempt <= 5; attempt++) {
      await running(s);
      await s.pass(900_000, 10_000);
      only.cloud.lose(`a-${attempt}`);
      await s.pass(11_000);
    }
    await running(s);
    only.refusal = only.full;
    only.cloud.lose('a-6');
    await s.pass(11 * 60_000);
    expect((await s.get('a')).status).toMatchObject({ status: 'failed', reason: 'RetryTime' });
  });
});
