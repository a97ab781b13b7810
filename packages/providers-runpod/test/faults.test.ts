import { collect, type Instance, type Offer } from '@neb/core-types';
import { insist as insistOn, rejectionOf } from '@neb/core-types/testing';
import { describe, expect, it } from 'vitest';
import { command, firstOffer, sleeps, type World, world } from './world.ts';

const l4 = [{ name: 'L4', count: 1 }];

const insist = (w: World, key: string, offer: Offer): Promise<Instance> => insistOn(w, { key, fleet: w.fleet, spec: sleeps, offer });
const listed = async (w: World, provider = w.provider): Promise<readonly string[]> => (await collect(provider.list({ fleet: w.fleet }))).map(({ ref }) => ref);

describe('what RunPod refuses', () => {
  it.each([
    ['has nothing free', { kind: 'no_capacity' }, 'no_capacity', /none free/],
    ['has an empty wallet', { kind: 'empty_wallet' }, 'quota', /wallet/],
    ['has an expired key', { kind: 'expired_key' }, 'unauthorized', /API key has expired/],
    ['is throttled', { kind: 'throttled', retryAfterS: 12 }, 'rate_limited', /fewer calls/],
    ['fails upstream', { kind: 'server_error', status: 502 }, 'uncertain', /upstream failure/],
    ['answers a create with nonsense', { kind: 'nonsense', body: '<html>\nhello' }, 'uncertain', /<html>$/],
    ['answers with a gateway page', { kind: 'nonsense', status: 504, body: '\n<h1>Gateway Timeout</h1>\n<p>' }, 'uncertain', /<h1>Gateway Timeout<\/h1>$/],
    ['cuts a create off', { kind: 'lost_request' }, 'uncertain', /broke before it answered/],
  ] as const)('because it %s has a code of its own, and its time buys one pod', async (_, fault, code, message) => {
    await using w = await world();
    const offer = await firstOffer(w.provider);
    w.cloud.faults.add(fault, { operation: fault.kind === 'expired_key' ? undefined : 'createPod', times: 1 });
    const error = await rejectionOf(w.provider.create({ key: 'a', fleet: w.fleet, spec: sleeps, offer }));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    w.clock.advance(error.retryAfterMs ?? 0);
    const made = await insist(w, 'a', offer);
    expect(w.cloud.pods().map(({ id }) => id)).toEqual([made.ref]);
  });

  it.each([
    ['a broken gateway', { kind: 'server_error', status: 503 }, 'unavailable'],
    ['nonsense', { kind: 'nonsense', body: 'it works!' }, 'unavailable'],
    ['JSON of another shape', { kind: 'nonsense', body: '{"pods":7}' }, 'unavailable'],
    ['a broken connection', { kind: 'lost_answer' }, 'unavailable'],
  ] as const)('a list of, by %s, is not uncertain: it changes nothing', async (_, fault, code) => {
    await using w = await world();
    w.cloud.faults.add(fault, { operation: 'listPods', times: 1 });
    expect((await rejectionOf(listed(w))).code).toBe(code);
    expect(await listed(w)).toEqual([]);
  });

  it('by a rule of its own is invalid, and says which', async () => {
    await using w = await world();
    const [offer] = await collect(w.provider.offers({ spot: false, accelerators: l4 }));
    const error = await rejectionOf(w.provider.create({ key: 'a', fleet: w.fleet, spec: { ...sleeps, ports: [{ port: 80, protocol: 'tcp', public: true }] }, offer: { ...offer!, id: offer!.id.replace('NVIDIA L4', 'NVIDIA L5') } }));
    expect([error.code, error.message]).toEqual(['invalid', 'RunPod says: unknown GPU type']);
  });

  it('with a wrong key names the variable to set, and never the key', async () => {
    await using w = await world();
    const apiKey = 'rpa_NOBODYSKEYATALL0123456789';
    const error = await rejectionOf(listed(w, w.another({ apiKey })));
    expect([error.code, error.hint]).toEqual(['unauthorized', expect.stringContaining('RUNPOD_API_KEY')]);
    expect(await w.another({ apiKey }).readiness()).toContain('RUNPOD_API_KEY');
    expect(await w.another({ apiKey: '' }).readiness()).toContain('RUNPOD_API_KEY');
  });

  it('is not asked again before its time', async () => {
    await using w = await world();
    w.cloud.faults.add({ kind: 'throttled', retryAfterS: 30 }, { times: 1 });
    expect((await rejectionOf(listed(w))).retryAfterMs).toBe(30_000);
    const before = w.cloud.exchanges.length;
    expect((await rejectionOf(listed(w))).code).toBe('rate_limited');
    expect(w.cloud.exchanges.length).toBe(before);
    w.clock.advance(30_000);
    expect(await listed(w)).toEqual([]);
  });

  it('shows no key, whatever it answers', async () => {
    await using w = await world();
    w.cloud.faults.add({ kind: 'nonsense', status: 500, body: `Authorization: Bearer ${w.cloud.apiKey} for https://me:pass@host/` }, { times: 1 });
    const error = await rejectionOf(listed(w));
    expect(error.message).not.toContain(w.cloud.apiKey);
    expect(error.message).not.toContain('pass@');
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(w.cloud.apiKey);
  });

  it('does not answer at all within its time', async () => {
    await using w = await world({ options: { answerMs: 5_000 } });
    w.cloud.faults.add({ kind: 'slow_answer', ms: 60_000 }, { times: 1 });
    expect(await rejectionOf(listed(w))).toMatchObject({ code: 'unavailable', message: expect.stringContaining('5 s') });
  });

  it('cannot be reached', async () => {
    await using w = await world();
    const away = w.another({ baseUrl: 'http://127.0.0.1:1' });
    expect((await rejectionOf(listed(w, away))).code).toBe('unavailable');
    // Nothing was asked, so nothing can have been bought.
    expect((await rejectionOf(away.create({ key: 'a', fleet: w.fleet, spec: sleeps, offer: await firstOffer(w.provider) }))).code).toBe('unavailable');
  });
});

describe('one key buys one pod', () => {
  it('where an answer is lost and lists lag behind', async () => {
    await using w = await world();
    const offer = await firstOffer(w.provider);
    w.cloud.faults.add({ kind: 'list_lag', ms: 10_000 }, { times: 1 });
    w.cloud.faults.add({ kind: 'lost_answer' }, { operation: 'createPod', times: 1 });
    expect((await rejectionOf(w.create('a', sleeps, offer))).code).toBe('uncertain');
    const again = await rejectionOf(w.create('a', sleeps, offer));
    expect(again.code).toBe('uncertain');
    expect(again.retryAfterMs).toBeGreaterThan(10_000);
    const made = await insist(w, 'a', offer);
    expect(w.cloud.pods().map(({ id }) => id)).toEqual([made.ref]);
  });

  it('where lists lag behind a create that was answered', async () => {
    await using w = await world();
    w.cloud.faults.add({ kind: 'list_lag', ms: 10_000 });
    const made = await w.create('a');
    expect((await w.create('a')).ref).toBe(made.ref);
    expect(await listed(w)).toEqual([made.ref]);
    expect((await w.provider.inspect(made.ref))?.state).toBe('pending');
    expect(w.cloud.pods().length).toBe(1);
  });

  it('where two creates race in one process', async () => {
    await using w = await world();
    const [one, two] = await Promise.all([w.create('a'), w.create('a')]);
    expect([two.ref, w.cloud.pods().length]).toEqual([one.ref, 1]);
  });

  it('where another process bought it', async () => {
    await using w = await world();
    const made = await w.create('a');
    const offer = await firstOffer(w.provider);
    expect((await w.another().create({ key: 'a', fleet: w.fleet, spec: sleeps, offer })).ref).toBe(made.ref);
  });

  it('where its caller leaves while it is bought', async () => {
    await using w = await world();
    const offer = await firstOffer(w.provider);
    w.cloud.faults.add({ kind: 'slow_answer', ms: 2_000 }, { operation: 'createPod', times: 1 });
    const leaving = new AbortController();
    const left = w.provider.create({ key: 'a', fleet: w.fleet, spec: sleeps, offer }, { signal: leaving.signal });
    setTimeout(() => leaving.abort(), 20);
    await expect(left).rejects.toMatchObject({ name: 'AbortError' });
    const made = await w.create('a', sleeps, offer);
    expect(w.cloud.pods().map(({ id }) => id)).toEqual([made.ref]);
  });

  it('and where RunPod made two, both show, and one stays', async () => {
    await using w = await world();
    w.cloud.faults.add({ kind: 'duplicate' }, { times: 1 });
    const made = await w.create('a');
    const instances = await collect(w.provider.list({ fleet: w.fleet }));
    expect(instances.map(({ key }) => key)).toEqual(['a', 'a']);
    expect((await w.create('a')).ref).toBe(made.ref);
    for (const { ref } of instances) if (ref !== made.ref) await w.provider.delete(ref);
    expect(w.cloud.pods().map(({ id }) => id)).toEqual([made.ref]);
  });

  it.each(Array.from({ length: 20 }, (_, seed) => [seed]))('under every fault at once, with seed %i', async (seed) => {
    await using w = await world({ seed });
    const offer = await firstOffer(w.provider);
    const chance = { chance: 0.15, times: 10 };
    const { faults } = w.cloud;
    faults.add({ kind: 'lost_answer' }, { ...chance, operation: 'createPod' });
    faults.add({ kind: 'lost_request' }, chance);
    faults.add({ kind: 'server_error', status: 502 }, chance);
    faults.add({ kind: 'nonsense', body: '<!doctype html>' }, chance);
    faults.add({ kind: 'throttled', retryAfterS: 5 }, chance);
    faults.add({ kind: 'no_capacity' }, chance);
    faults.add({ kind: 'list_lag', ms: 10_000 }, { chance: 0.5 });
    const made = await Promise.all(['a', 'b', 'c'].map((key) => insist(w, key, offer)));
    faults.clear();
    w.clock.advance(10_000);
    expect((await listed(w)).toSorted()).toEqual(w.cloud.pods().map(({ id }) => id).toSorted());
    expect(w.cloud.pods().map(({ env }) => env['NEB_KEY']).toSorted()).toEqual(['a', 'b', 'c']);
    expect(new Set(made.map(({ ref }) => ref)).size).toBe(3);
  });
});

describe('a pod', () => {
  it('that costs more than its offer is there all the same, once, and the next offers tell the new price', async () => {
    await using w = await world();
    const [offer] = await collect(w.provider.offers({ spot: false, accelerators: l4 }));
    w.cloud.faults.add({ kind: 'price_change', factor: 2 }, { times: 1 });
    w.cloud.catalogue.setPrice('NVIDIA L4', 0.78);
    const made = await w.create('a', sleeps, offer);
    expect(w.cloud.pods().map(({ id }) => id)).toEqual([made.ref]);
    expect((await collect(w.provider.offers({ spot: false, accelerators: l4 }))).map(({ pricePerHour }) => pricePerHour)).toEqual(['0.78']);
  });

  it('that boots slowly is pending until it runs', async () => {
    await using w = await world();
    w.cloud.faults.add({ kind: 'slow_boot', ms: 300_000 });
    const { ref } = await w.create('a');
    w.clock.advance(290_000);
    expect(await w.provider.inspect(ref)).toMatchObject({ state: 'pending', progress: { phase: 'provisioning' } });
    await w.reach(ref, 'running');
  });

  it('that vanishes is gone', async () => {
    await using w = await world();
    const { ref } = await w.create('a');
    await w.reach(ref, 'running');
    w.cloud.vanish(ref);
    await w.settle(async () => (await w.provider.inspect(ref)) === undefined);
    expect(await listed(w)).toEqual([]);
  });

  it('that goes slowly is there until it is gone, and may be deleted again', async () => {
    await using w = await world();
    w.cloud.faults.add({ kind: 'slow_delete', ms: 20_000 }, { times: 1 });
    const { ref } = await w.create('a');
    await w.provider.delete(ref);
    expect(await listed(w)).toEqual([ref]);
    await w.settle(async () => (await w.provider.inspect(ref)) === undefined);
    await w.provider.delete(ref);
    expect(w.cloud.pods()).toEqual([]);
  });

  it('is looked at with one call for all within a while', async () => {
    await using w = await world();
    const refs = [];
    for (const key of ['a', 'b', 'c']) refs.push((await w.create(key)).ref);
    await w.provider.inspect(refs[0]!);
    const before = w.cloud.exchanges.length;
    await Promise.all(refs.map((ref) => w.provider.inspect(ref)));
    expect(w.cloud.exchanges.length).toBe(before);
  });

  it('whose exit only its log tells has its exit code', async () => {
    await using w = await world();
    const { ref } = await w.create('a', command('exits', '7', 'quietly'));
    expect((await w.reach(ref, 'exited')).exitCode).toBe(7);
  });

  it('that cannot stop itself has ended all the same', async () => {
    await using w = await world();
    const { ref } = await w.create('a', command('exits', '7', 'idling'));
    expect((await w.reach(ref, 'exited')).exitCode).toBe(7);
    expect(w.cloud.pods()[0]?.status).toBe('RUNNING');
  });

  it('whose image RunPod tries to get for ever has failed', async () => {
    await using w = await world({
      machinery: { start: (_id, _workload, tell) => tell({ kind: 'line', source: 'system', text: 'error pulling image: manifest unknown' }), stop: async () => {}, remove: async () => {} },
    });
    const { ref } = await w.create('a');
    expect((await w.reach(ref, 'failed')).failure?.code).toBe('not_found');
    expect(w.cloud.pods()[0]?.status).toBe('STARTING');
  });

  it('whose log cannot be read is not yet said to have ended', async () => {
    await using w = await world();
    const { ref } = await w.create('a', command('exits', '7', 'quietly'));
    w.cloud.faults.add({ kind: 'server_error', status: 503 }, { operation: 'getPodLogs', times: 2 });
    await w.reach(ref, 'unknown');
    expect((await w.reach(ref, 'exited')).exitCode).toBe(7);
  });

  it('whose image\'s own command ends, and is started again by RunPod, has ended', async () => {
    await using w = await world({
      program: async ({ sleep }) => {
        await sleep(30_000);
        return 0;
      },
    });
    const { ref } = await w.create('a', { ...sleeps, entrypoint: undefined });
    await w.reach(ref, 'running');
    expect(await w.reach(ref, 'exited')).toMatchObject({ reason: 'Restarted' });
  });

  it('that somebody stopped in the console is said to be stopped', async () => {
    await using w = await world();
    const { ref } = await w.create('a');
    await w.reach(ref, 'running');
    await fetch(`${w.cloud.url}/v2/pods/${ref}/action`, { method: 'POST', body: '{"action":"stop"}', headers: { Authorization: `Bearer ${w.cloud.apiKey}` } });
    expect(await w.reach(ref, 'exited')).toMatchObject({ reason: 'Stopped' });
  });

  it('whose image there is not says so', async () => {
    await using w = await world();
    const { ref } = await w.create('a', { ...sleeps, image: 'missing' });
    expect((await w.reach(ref, 'failed')).failure).toMatchObject({ code: 'not_found', message: expect.stringContaining('manifest unknown') });
  });
});
