import { collect, type Instance, type Offer } from '@neb/core-types';
import { insist as insistOn, rejectionOf } from '@neb/core-types/testing';
import { describe, expect, it } from 'vitest';
import type { AwsProvider } from '../src/index.ts';
import { firstOffer, sleeps, type World, world } from './world.ts';

const insist = (w: World, key: string, offer: Offer): Promise<Instance> => insistOn(w, { key, fleet: w.fleet, spec: sleeps, offer });
const listed = async (w: World, provider: AwsProvider = w.provider): Promise<readonly string[]> => (await collect(provider.list({ fleet: w.fleet }))).map(({ ref }) => ref);
const refs = (w: World): readonly string[] => w.cloud.machines().map(({ id }) => `us-east-1/${id}`);
const inEveryZone = { operation: 'RunInstances', times: 3 } as const;

describe('what EC2 refuses', () => {
  it.each([
    ['has nothing free', { kind: 'no_capacity' }, inEveryZone, 'no_capacity', /no on-demand g6\.xlarge free in us-east-1a, us-east-1b, us-east-1c/],
    ['has a quota', { kind: 'quota' }, undefined, 'quota', /more vCPU capacity/],
    ['has an expired key', { kind: 'expired_key' }, undefined, 'unauthorized', /credentials/],
    ['does not allow it', { kind: 'forbidden' }, undefined, 'unauthorized', /not authorized/],
    ['is throttled', { kind: 'throttled', retryAfterS: 5 }, undefined, 'rate_limited', /fewer calls/],
    ['fails inside', { kind: 'server_error', status: 500 }, undefined, 'uncertain', /internal error/],
    ['is behind a broken gateway', { kind: 'nonsense', status: 502, body: '<h1>Bad Gateway</h1>' }, undefined, 'uncertain', /RunInstances/],
    ['answers with nonsense', { kind: 'nonsense', body: '<html>hello' }, undefined, 'uncertain', /RunInstances/],
    ['is behind a page that is XML', { kind: 'nonsense', body: '<html>\n<p>Please sign in</p>\n</html>' }, undefined, 'uncertain', /RunInstances.*<html>$/],
    ['cuts the request off', { kind: 'lost_request' }, undefined, 'uncertain', /broke before it answered/],
    ['cuts the answer off', { kind: 'lost_answer' }, undefined, 'uncertain', /broke before it answered/],
  ] as const)('because it %s has a code of its own, and its time buys one machine', async (_, fault, when, code, message) => {
    await using w = await world();
    const offer = await firstOffer(w.provider);
    w.cloud.faults.add(fault, when ?? { operation: 'RunInstances', times: 1 });
    const error = await rejectionOf(w.create('a', sleeps, offer));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    if (code === 'unauthorized') expect(error.hint).toContain('AWS_ACCESS_KEY_ID');
    const made = await insist(w, 'a', offer);
    expect(refs(w)).toEqual([made.ref]);
  });

  it.each([
    ['a broken gateway', { kind: 'nonsense', status: 503, body: '<h1>no</h1>' }],
    ['nonsense', { kind: 'nonsense', body: 'it works!' }],
    ['a page that is XML', { kind: 'nonsense', body: '<html>hello</html>' }],
    ['a broken connection', { kind: 'lost_answer' }],
    ['a fault inside', { kind: 'server_error', status: 500 }],
  ] as const)('a list of, by %s, is not uncertain: it changes nothing', async (_, fault) => {
    await using w = await world();
    w.cloud.faults.add(fault, { operation: 'DescribeInstances', times: 1 });
    expect((await rejectionOf(listed(w))).code).toBe('unavailable');
    expect(await listed(w)).toEqual([]);
  });

  it('before the purchase is as it is, and buys nothing', async () => {
    for (const operation of ['GetParameter', 'DescribeSubnets', 'CreateSecurityGroup', 'AuthorizeSecurityGroupIngress', 'ImportKeyPair']) {
      await using w = await world();
      const offer = await firstOffer(w.provider);
      w.cloud.faults.add({ kind: 'lost_answer' }, { operation, times: 1 });
      expect((await rejectionOf(w.create('a', sleeps, offer))).code, operation).toBe('unavailable');
      expect(refs(w), operation).toEqual([]);
      const made = await insist(w, 'a', offer);
      expect(refs(w), operation).toEqual([made.ref]);
      expect([w.cloud.network.groups.size, w.cloud.network.keyPairs.size]).toEqual([1, 1]);
    }
  });

  it('with a wrong key names the variable to set, and never the key', async () => {
    await using w = await world();
    const credentials = { accessKeyId: 'AKIANOBODYSKEYATALL', secretAccessKey: 'a secret of nobody at all' };
    const error = await rejectionOf(listed(w, w.another({ credentials })));
    expect([error.code, error.hint]).toEqual(['unauthorized', expect.stringContaining('AWS_ACCESS_KEY_ID')]);
    const missing = await w.another({ credentials }).readiness();
    expect(missing).toContain('AWS_ACCESS_KEY_ID');
    expect(missing).not.toContain('NOBODY');
    expect(await w.another({ regions: [] }).readiness()).toContain('AWS_REGION');
    expect(await w.provider.readiness()).toBeUndefined();
  });

  it('shows no key, whatever it answers', async () => {
    await using w = await world();
    const { accessKeyId, secretAccessKey } = w.cloud.credentials;
    w.cloud.faults.add({ kind: 'nonsense', body: `<a>${accessKeyId} ${secretAccessKey}` }, { times: 1 });
    const error = await rejectionOf(listed(w));
    const told = `${JSON.stringify(error, Object.getOwnPropertyNames(error))} ${error.message}`;
    expect(told).not.toContain(accessKeyId);
    expect(told).not.toContain(secretAccessKey);
  });

  it('does not answer at all within its time', async () => {
    await using w = await world({ options: { answerMs: 100 } });
    w.cloud.faults.add({ kind: 'slow_answer', ms: 1e9 }, { times: 1 });
    expect((await rejectionOf(listed(w))).code).toBe('unavailable');
  });

  it('cannot be reached', async () => {
    await using w = await world();
    const away = w.another({ endpoint: 'http://127.0.0.1:1' });
    expect((await rejectionOf(listed(w, away))).code).toBe('unavailable');
    // Nothing was asked, so nothing can have been bought.
    expect((await rejectionOf(away.create({ key: 'a', fleet: w.fleet, spec: sleeps, offer: await firstOffer(w.provider) }))).code).toBe('unavailable');
  });
});

describe('one key buys one machine', () => {
  it('where lists lag behind a create that was answered', async () => {
    await using w = await world();
    w.cloud.faults.add({ kind: 'list_lag', ms: 10_000 });
    const made = await w.create('a');
    expect((await w.create('a')).ref).toBe(made.ref);
    expect(await listed(w)).toEqual([made.ref]);
    expect((await w.provider.inspect(made.ref))?.state).toBe('pending');
    expect(refs(w)).toEqual([made.ref]);
  });

  it('where two creates race in one process', async () => {
    await using w = await world();
    const [one, two] = await Promise.all([w.create('a'), w.create('a')]);
    expect([two.ref, refs(w)]).toEqual([one.ref, [one.ref]]);
  });

  it('where two processes race', async () => {
    await using w = await world();
    const offer = await firstOffer(w.provider);
    const request = { key: 'a', fleet: w.fleet, spec: sleeps, offer };
    const [one, two] = await Promise.all([w.provider.create(request), w.another().create(request)]);
    expect([two.ref, refs(w)]).toEqual([one.ref, [one.ref]]);
  });

  it('where a process died with the answer, and another has another image', async () => {
    await using w = await world();
    const offer = await firstOffer(w.provider);
    w.cloud.faults.add({ kind: 'list_lag', ms: 10_000 }, { times: 1 });
    w.cloud.faults.add({ kind: 'lost_answer' }, { operation: 'RunInstances', times: 1 });
    expect((await rejectionOf(w.create('a', sleeps, offer))).code).toBe('uncertain');
    const other = w.another({ images: { gpu: 'ami-0123456789' } });
    const request = { key: 'a', fleet: w.fleet, spec: sleeps, offer };
    expect((await rejectionOf(other.create(request))).code).toBe('uncertain');
    w.clock.advance(10_000);
    expect([(await other.create(request)).ref]).toEqual(refs(w));
  });

  it('and never another once it has ended', async () => {
    await using w = await world();
    const { ref } = await w.create('a');
    await w.provider.delete(ref);
    await w.settle(() => refs(w).length === 0);
    expect((await rejectionOf(w.create('a'))).code).toBe('conflict');
    expect(refs(w)).toEqual([]);
  });

  it('even where EC2 makes two: both are listed, and always the same is the one', async () => {
    await using w = await world();
    w.cloud.faults.add({ kind: 'duplicate' }, { times: 1 });
    await w.create('a');
    expect((await listed(w)).length).toBe(2);
    const again = [(await w.create('a')).ref, (await w.another().create({ key: 'a', fleet: w.fleet, spec: sleeps, offer: await firstOffer(w.provider) })).ref];
    expect(again[0]).toBe(again[1]);
    expect(refs(w).length).toBe(2);
  });
});

describe('zones', () => {
  it('are tried in turn', async () => {
    await using w = await world();
    w.cloud.catalogue.setFree('g6.xlarge', 'us-east-1a', false);
    w.cloud.catalogue.setFree('g6.xlarge', 'us-east-1b', false);
    await w.create('a');
    expect(w.cloud.machines().map(({ zone }) => zone)).toEqual(['us-east-1c']);
  });

  it('without the type are left out', async () => {
    await using w = await world();
    const [offer] = await collect(w.provider.offers({ spot: false, accelerators: [{ name: 'L40S', count: 1 }] }));
    await w.create('a', sleeps, offer);
    expect(w.cloud.machines().map(({ zone, type }) => [zone, type])).toEqual([['us-east-1b', 'g6e.xlarge']]);
  });
});

describe('a machine', () => {
  it('is bought so that it ends with its shutdown, cannot be asked for its script by containers, and is tagged', async () => {
    await using w = await world();
    await w.create('a');
    const [machine] = w.cloud.machines();
    expect(machine).toMatchObject({ endsItself: 'terminate', hopLimit: '1', spot: false, tags: { 'neb.fleet': 'f', 'neb.key': 'a' } });
    expect(machine!.userData).toContain('ssh-ed25519 ');
    expect(machine!.userData).not.toContain('secret');
    expect([...w.cloud.network.groups.values()].map(({ name, rules }) => [name, rules])).toEqual([['neb-f', ['tcp/22-22 from 0.0.0.0/0']]]);
  });

  it('that may be interrupted is bought at spot, and gone once it was', async () => {
    await using w = await world();
    const [offer] = await collect(w.provider.offers({ spot: true, accelerators: [{ name: 'L4', count: 1 }] }));
    expect(offer).toMatchObject({ id: 'us-east-1/g6.xlarge/spot', spot: true, pricePerHour: '0.3218' });
    w.cloud.faults.add({ kind: 'interruption', afterMs: 60_000 }, { times: 1 });
    const { ref } = await w.create('a', sleeps, offer);
    expect(w.cloud.machines()[0]?.spot).toBe(true);
    expect((await w.reach(ref, 'running')).endsAt).toBeUndefined();
    await w.settle(async () => (await w.provider.inspect(ref))?.endsAt !== undefined);
    const [noticed] = await collect(w.provider.list({ fleet: w.fleet }));
    expect(noticed).toMatchObject({ state: 'running', endsAt: expect.any(String) });
    const leftMs = Date.parse(noticed!.endsAt!) - w.clock.now();
    expect(leftMs).toBeGreaterThan(100_000);
    expect(leftMs).toBeLessThanOrEqual(120_000);
    expect(await w.reach(ref, 'unknown')).toMatchObject({ reason: 'SpotInstanceTermination' });
    await w.settle(async () => (await w.provider.inspect(ref)) === undefined);
    expect(await listed(w)).toEqual([]);
  });

  it('that may be interrupted is there whether or not its notices can be asked for', async () => {
    await using w = await world();
    const [offer] = await collect(w.provider.offers({ spot: true, accelerators: [{ name: 'L4', count: 1 }] }));
    w.cloud.faults.add({ kind: 'forbidden' }, { operation: 'DescribeSpotInstanceRequests' });
    const { ref } = await w.create('a', sleeps, offer);
    await w.reach(ref, 'running');
    expect(w.cloud.exchanges.filter(({ action }) => action === 'DescribeSpotInstanceRequests').length).toBeGreaterThan(0);
    expect(await listed(w)).toEqual([ref]);
  });

  it('that boots slowly is pending until then', async () => {
    await using w = await world();
    w.cloud.faults.add({ kind: 'slow_boot', ms: 300_000 }, { times: 1 });
    const { ref } = await w.create('a');
    w.clock.advance(290_000);
    expect(await w.provider.inspect(ref)).toMatchObject({ state: 'pending', progress: { phase: 'provisioning' } });
    await w.reach(ref, 'running');
  });

  it('that never answers has failed, and its console says why', async () => {
    await using w = await world();
    w.access.cut();
    const { ref } = await w.create('a');
    const { failure } = await w.reach(ref, 'failed');
    expect(failure).toMatchObject({ code: 'timeout', message: expect.stringMatching(/cannot be reached over SSH.*console ends with: neb: this machine is ready/) });
    await w.provider.delete(ref);
    await w.settle(() => refs(w).length === 0);
  });

  it('that no longer answers is unknown, and runs on once it does', async () => {
    await using w = await world();
    const { ref } = await w.create('a');
    await w.reach(ref, 'running');
    w.clock.advance(3_600_000);
    w.access.cut();
    expect(await w.provider.inspect(ref)).toMatchObject({ state: 'unknown', reason: 'Unreachable' });
    w.access.heal();
    await w.reach(ref, 'running');
  });

  it('that vanishes is gone', async () => {
    await using w = await world();
    const { ref } = await w.create('a');
    await w.reach(ref, 'running');
    w.cloud.vanish(ref.split('/')[1]!);
    expect(await w.provider.inspect(ref)).toBeUndefined();
    expect(await listed(w)).toEqual([]);
  });

  it('that vanished is no longer talked to once a list has shown that', async () => {
    await using w = await world();
    const { ref } = await w.create('a');
    await w.reach(ref, 'running');
    const { tried } = w.access;
    w.cloud.vanish(ref.split('/')[1]!);
    await listed(w);
    const before = tried();
    w.clock.advance(300_000);
    await w.settle(() => true);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
    expect(tried()).toBe(before);
  });

  it('that is not shown yet is not taken for deleted', async () => {
    await using w = await world();
    w.cloud.faults.add({ kind: 'list_lag', ms: 10_000 }, { times: 1 });
    const { ref } = await w.create('a');
    expect((await rejectionOf(w.provider.delete(ref))).code).toBe('unavailable');
    w.clock.advance(10_000);
    await w.provider.delete(ref);
    await w.settle(() => refs(w).length === 0);
  });

  it('that goes slowly is there until it is gone, and may be deleted again', async () => {
    await using w = await world();
    w.cloud.faults.add({ kind: 'slow_delete', ms: 20_000 }, { times: 1 });
    const { ref } = await w.create('a');
    await w.provider.delete(ref);
    expect(await listed(w)).toEqual([ref]);
    await w.provider.delete(ref);
    await w.settle(async () => (await w.provider.inspect(ref)) === undefined);
    await w.provider.delete(ref);
    expect(refs(w)).toEqual([]);
  });

  it('hears from the control plane while that knows of it, and no longer once that is gone', async () => {
    await using w = await world();
    const { ref } = await w.create('a');
    await w.reach(ref, 'running');
    const heard = () => [...w.access.beats.values()].reduce((sum, beats) => sum + beats, 0);
    const before = heard();
    await w.settle(() => heard() > before + 3, 600_000);
    await w.provider[Symbol.asyncDispose]();
    const last = heard();
    w.clock.advance(600_000);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
    expect(heard()).toBe(last);
    // Another process that only lists is enough.
    await listed(w, w.another());
    await w.settle(() => heard() > last + 2, 600_000);
  });

  it('whose process died before its container was made fails, and does not stay for ever', async () => {
    await using w = await world();
    w.cloud.faults.add({ kind: 'slow_boot', ms: 60_000 }, { times: 1 });
    const { ref } = await w.create('a');
    await w.provider[Symbol.asyncDispose]();
    const other = w.another();
    w.clock.advance(120_000);
    await w.settle(async () => (await other.inspect(ref))?.progress?.phase === 'starting');
    // It is given half an hour, of which each look is a call.
    await w.settle(async () => {
      w.clock.advance(30_000);
      return (await other.inspect(ref))?.state === 'failed';
    });
  });

  it('whose process died before its container was made goes on with the next create', async () => {
    await using w = await world();
    const { ref } = await w.create('a');
    await w.provider[Symbol.asyncDispose]();
    const other = w.another();
    expect((await other.create({ key: 'a', fleet: w.fleet, spec: sleeps, offer: await firstOffer(other) })).ref).toBe(ref);
    await w.settle(async () => (await other.inspect(ref))?.state === 'running');
  });

  it('runs nothing that needs what it has not', async () => {
    await using w = await world();
    const offer = await firstOffer(w.provider);
    for (const more of [
      { volumes: [{ kind: 'host', path: '/data', mount: '/data' } as const] },
      { ports: [{ port: 80, protocol: 'tcp', public: true } as const] }, { secretFiles: [{ path: '/a', content: 'b' }] },
    ]) {
      const spec = { ...sleeps, ...more };
      expect(w.provider.refusal(spec)).toBeTypeOf('string');
      expect((await rejectionOf(w.create('a', spec, offer))).code).toBe('invalid');
    }
    expect(refs(w)).toEqual([]);
  });
});
