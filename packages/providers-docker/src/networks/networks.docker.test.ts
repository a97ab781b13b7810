import { type InstanceRef, systemClock } from '@neb/core-types';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { collectText, engineApi, enginePath, launch, until } from '../../test/real-engine.ts';
import { world } from '../../test/world.ts';
import { unixTransport } from '../connection/local.ts';
import { networkName } from '../names.ts';
import { network } from '../replies.ts';
import { engineNetworks } from './networks.ts';
import { rangeOf } from './subnets.ts';

const w = world('networks', { networkLingerMs: 0 });
const serve = 'while true; do echo pong | nc -l -p 7000; done';
const inNamespace = (namespace: string, ...hostnames: string[]) => ({ network: { namespace, hostnames } });

const networksNamed = async (namespace: string) => {
  const all = await engineApi.json(z.array(network), { method: 'GET', path: '/networks', query: { filters: { label: [`neb.fleet=${w.fleet}`] } } });
  return all.filter(({ Name }) => Name === networkName({ fleet: w.fleet, namespace }));
};
const say = async (ref: InstanceRef, command: string): Promise<string> => {
  await using session = await w.provider.exec!(ref, { command: ['sh', '-c', command] });
  return await collectText(session.output);
};
const remove = async (...refs: InstanceRef[]): Promise<void> => {
  await Promise.all(refs.map((ref) => w.provider.delete(ref, { graceMs: 0 })));
  for (const ref of refs) await until(() => w.provider.inspect(ref), (seen) => seen === undefined);
};

describe('a namespace', () => {
  it('reaches its own containers by their names and addresses, and those of another namespace by neither', async () => {
    const [server, peer, stranger] = await Promise.all([
      w.run('server', serve, inNamespace('one', 'container-server', 'web')),
      w.run('peer', 'sleep 100', inNamespace('one', 'container-peer')),
      w.run('stranger', 'sleep 100', inNamespace('two', 'container-stranger')),
    ]);
    for (const name of ['container-server', 'web', server.address!]) {
      await until(() => say(peer.ref, `nc -w 2 ${name} 7000 < /dev/null`), (answer) => answer.includes('pong'));
    }
    const strange = ['container-server', 'web', server.address!].map((name) => say(stranger.ref, `nc -w 1 ${name} 7000 < /dev/null; echo code $?`));
    for (const answer of await Promise.all(strange)) expect(answer).toMatch(/code 1/);
    expect(rangeOf('10.208.0.0/12')!.from).toBeLessThanOrEqual(rangeOf(`${server.address}/32`)!.from);
    await remove(server.ref, peer.ref, stranger.ref);
  });

  it('has its network as long as it has containers', async () => {
    const made = await Promise.all(['a', 'b'].map((key) => w.run(key, 'sleep 100', inNamespace('brief'))));
    expect(await networksNamed('brief')).toHaveLength(1);
    await w.provider.networks!.remove({ fleet: w.fleet, namespace: 'brief' });
    expect(await networksNamed('brief')).toHaveLength(1);
    await remove(...made.map(({ ref }) => ref));
    await until(() => networksNamed('brief'), (left) => left.length === 0);
    await w.provider.networks!.remove({ fleet: w.fleet, namespace: 'brief' });
  });

  it('keeps its network a while for the next container, until it is removed', async () => {
    const patient = w.another({ networkLingerMs: 3_600_000 });
    const { ref } = await launch(patient, { key: 'linger', fleet: w.fleet, spec: w.spec('sleep 100', inNamespace('linger')) });
    await patient.delete(ref, { graceMs: 0 });
    await until(() => patient.inspect(ref), (seen) => seen === undefined);
    expect(await networksNamed('linger')).toHaveLength(1);
    await patient.networks!.remove({ fleet: w.fleet, namespace: 'linger' });
    expect(await networksNamed('linger')).toHaveLength(0);
  });

  it('gets its network again where somebody removed it before the start', async () => {
    const warm = w.another({ networkLingerMs: 3_600_000 });
    const spec = w.spec('sleep 100', inNamespace('stolen'));
    const first = await launch(warm, { key: 'first', fleet: w.fleet, spec });
    await remove(first.ref);
    await until(() => networksNamed('stolen'), (left) => left.length === 0);
    const second = await launch(warm, { key: 'second', fleet: w.fleet, spec });
    expect(second.state).toBe('running');
    await remove(second.ref);
  });
});

describe('networks', () => {
  const local = unixTransport(enginePath);
  const over = (cidr: string, prefix: number, routes = local.routes) =>
    engineNetworks({ client: engineApi, transport: { ...local, routes }, pool: { cidr, prefix }, lingerMs: 0, clock: systemClock });
  const scope = (namespace: string) => ({ fleet: w.fleet, namespace });

  it('made by two processes at once are one', async () => {
    await Promise.all(Array.from({ length: 4 }, () => over('10.209.0.0/16', 24).ensure(scope('shared'))));
    expect(await networksNamed('shared')).toHaveLength(1);
    await over('10.209.0.0/16', 24).remove(scope('shared'));
  });

  it('take what is free, say so when nothing is, and use what has become free', async () => {
    const tiny = over('10.219.77.0/28', 29);
    await tiny.ensure(scope('first'));
    await tiny.ensure(scope('second'));
    await expect(tiny.ensure(scope('third'))).rejects.toMatchObject({ code: 'no_capacity', message: expect.stringContaining('every subnet of 10.219.77.0/28 is taken') });
    const [{ IPAM: freed } = {}] = await networksNamed('first');
    await tiny.remove(scope('first'));
    await tiny.ensure(scope('third'));
    expect((await networksNamed('third'))[0]?.IPAM).toEqual(freed);
    await Promise.all([tiny.remove(scope('second')), tiny.remove(scope('third'))]);
  });

  it('stay clear of the engine\'s other networks', async () => {
    const [bridge] = await engineApi.json(z.array(network), { method: 'GET', path: '/networks', query: { filters: { name: ['^bridge$'] } } });
    await expect(over(bridge!.IPAM!.Config![0]!.Subnet!, 24).ensure(scope('bridged'))).rejects.toMatchObject({ code: 'no_capacity' });
  });

  it('stay clear of the host\'s routes', async () => {
    const table = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\ntun0\t004EDB0A\t00000000\t0001\t0\t0\t0\tF8FFFFFF\n';
    const routed = over('10.219.78.0/28', 29, async () => table);
    await routed.ensure(scope('routed'));
    expect((await networksNamed('routed'))[0]?.IPAM?.Config?.[0]?.Subnet).toBe('10.219.78.8/29');
    await expect(routed.ensure(scope('routed-2'))).rejects.toMatchObject({ code: 'no_capacity' });
    await routed.remove(scope('routed'));
  });

  it('outlive creates that race with their removal', async () => {
    const quick = over('10.209.0.0/16', 24);
    await Promise.all(Array.from({ length: 20 }, async (_, nth) => {
      await quick.ensure(scope('contested'), { fresh: nth % 2 === 0 });
      quick.release(scope('contested'));
    }));
    await quick.ensure(scope('contested'), { fresh: true });
    expect(await networksNamed('contested')).toHaveLength(1);
    await quick.remove(scope('contested'));
  });
});
