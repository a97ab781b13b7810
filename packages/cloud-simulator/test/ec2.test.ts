import { systemClock } from '@neb/core-types';
import { fakeClock, seededRandom } from '@neb/core-types/testing';
import { describe, expect, it } from 'vitest';
import { ec2Cloud, type Fault, type Hosts } from '../src/index.ts';

async function account(hosts?: Hosts) {
  const clock = fakeClock();
  const cloud = await ec2Cloud({ clock, random: seededRandom(1), hosts });
  const headers = (accessKeyId = cloud.credentials.accessKeyId, region = 'us-east-1') => ({ Authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/${region}/ec2/aws4_request, SignedHeaders=host, Signature=0` });
  const call = async (Action: string, params: Record<string, string> = {}, accessKeyId?: string) => {
    const response = await fetch(cloud.url, { method: 'POST', headers: headers(accessKeyId), body: new URLSearchParams({ Action, Version: '2016-11-15', ...params }) });
    const text = await response.text();
    return { status: response.status, text, all: (name: string) => [...text.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, value]) => value) };
  };
  return {
    cloud, clock, call, headers,
    buy: (more: Record<string, string> = {}) => call('RunInstances', {
      ImageId: 'ami-1', InstanceType: 'g6.xlarge', MinCount: '1', MaxCount: '1', SubnetId: 'subnet-useast1a', ClientToken: 't',
      'TagSpecification.1.ResourceType': 'instance', 'TagSpecification.1.Tag.1.Key': 'owner', 'TagSpecification.1.Tag.1.Value': 'me & <you>', ...more,
    }),
    async pass(ms: number) {
      clock.advance(ms);
      for (let turn = 0; turn < 3; turn++) await systemClock.sleep(0);
    },
    states: async () => (await call('DescribeInstances')).all('name'),
    [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose](),
  };
}

describe('an instance', () => {
  it('is pending, runs, is shut down, and still shows for an hour', async () => {
    await using a = await account();
    const [id] = (await a.buy()).all('instanceId');
    expect(await a.states()).toEqual(['pending']);
    await a.pass(5_000);
    expect(await a.states()).toEqual(['running']);
    const [address] = (await a.call('DescribeInstances', { 'InstanceId.1': id! })).all('privateIpAddress');
    expect(address).toMatch(/^172\.31\./);
    await a.call('TerminateInstances', { 'InstanceId.1': id! });
    expect(await a.states()).toEqual(['shutting-down']);
    await a.pass(2_000);
    expect([await a.states(), a.cloud.machines()]).toEqual([['terminated'], []]);
    await a.pass(3_600_000);
    expect(await a.states()).toEqual([]);
    expect((await a.call('TerminateInstances', { 'InstanceId.1': id! })).all('Code')).toEqual(['InvalidInstanceID.NotFound']);
  });

  it('is found by its tags, whose text comes back whole', async () => {
    await using a = await account();
    await a.buy();
    const asked = (value: string) => a.call('DescribeInstances', { 'Filter.1.Name': 'tag:owner', 'Filter.1.Value.1': value, 'Filter.2.Name': 'instance-state-name', 'Filter.2.Value.1': 'pending' });
    expect((await asked('me & <you>')).all('value')).toEqual(['me &amp; &lt;you&gt;']);
    expect((await asked('you')).all('instanceId')).toEqual([]);
  });

  it.each([['terminate', []], ['stop', ['stopped']]] as const)('that powers itself off, told to %s then, does so', async (InstanceInitiatedShutdownBehavior, left) => {
    let powerOff = (): void => {};
    await using a = await account({
      async boot(machine) {
        powerOff = machine.powerOff;
        return { publicAddress: '127.0.0.1', privateAddress: '127.0.0.1' };
      },
      stop: async () => {},
      end: async () => {},
    });
    await a.buy({ InstanceInitiatedShutdownBehavior });
    await a.pass(5_000);
    powerOff();
    await a.pass(2_000);
    expect(a.cloud.machines().map(({ state }) => state)).toEqual(left);
  });
});

describe('an instance that is stopped', () => {
  it('keeps its private address and its tags, and boots at another public one', async () => {
    await using a = await account();
    const [id = ''] = (await a.buy({ 'NetworkInterface.1.AssociatePublicIpAddress': 'true' })).all('instanceId');
    await a.pass(5_000);
    const before = await a.call('DescribeInstances');
    const { launchedAt } = a.cloud.machines()[0]!;
    await a.call('CreateTags', { 'ResourceId.1': id, 'Tag.1.Key': 'more', 'Tag.1.Value': 'of it' });
    expect((await a.call('StopInstances', { 'InstanceId.1': id })).all('name')).toEqual(['stopping', 'running']);
    expect((await a.call('StartInstances', { 'InstanceId.1': id })).all('Code')).toEqual(['IncorrectInstanceState']);
    await a.pass(2_000);
    expect([await a.states(), (await a.call('StopInstances', { 'InstanceId.1': id })).all('name')]).toEqual([['stopped'], ['stopped', 'stopped']]);
    expect((await a.call('DescribeInstances')).all('ipAddress')).toEqual([]);
    expect((await a.call('StartInstances', { 'InstanceId.1': id })).all('name')).toEqual(['pending', 'stopped']);
    await a.pass(5_000);
    const after = await a.call('DescribeInstances');
    expect([await a.states(), after.all('privateIpAddress'), after.all('key')]).toEqual([['running'], before.all('privateIpAddress'), ['owner', 'more']]);
    expect([before.all('ipAddress'), after.all('ipAddress')]).toEqual([['198.51.100.1'], ['198.51.100.2']]);
    expect([Date.parse(after.all('launchTime')[0]!) > launchedAt, Date.parse(after.all('attachTime')[0]!)]).toEqual([true, launchedAt]);
    expect((await a.call('StartInstances', { 'InstanceId.1': id })).all('name')).toEqual(['running', 'running']);
  });

  it('is not started where none is free, and stays as it was', async () => {
    await using a = await account();
    const [id = ''] = (await a.buy()).all('instanceId');
    expect((await a.call('StopInstances', { 'InstanceId.1': id })).all('Code')).toEqual(['IncorrectInstanceState']);
    await a.pass(5_000);
    await a.call('StopInstances', { 'InstanceId.1': id });
    await a.pass(2_000);
    a.cloud.catalogue.setFree('g6.xlarge', 'us-east-1a', false);
    const refused = await a.call('StartInstances', { 'InstanceId.1': id });
    expect([refused.status, refused.all('Code'), await a.states()]).toEqual([500, ['InsufficientInstanceCapacity'], ['stopped']]);
    await a.call('TerminateInstances', { 'InstanceId.1': id });
    expect((await a.call('StartInstances', { 'InstanceId.1': id })).all('Code')).toEqual(['IncorrectInstanceState']);
  });

  it('is none of those that may be interrupted', async () => {
    await using a = await account();
    const [id = ''] = (await a.buy({ 'InstanceMarketOptions.MarketType': 'spot' })).all('instanceId');
    await a.pass(5_000);
    const refused = await a.call('StopInstances', { 'InstanceId.1': id });
    expect([refused.status, refused.all('Code'), await a.states()]).toEqual([400, ['UnsupportedOperation'], ['running']]);
    expect(refused.text).toContain('one-time Spot Instance request');
  });
});

describe('a token', () => {
  it('buys once, with the same parameters, even after the end', async () => {
    await using a = await account();
    const [id] = (await a.buy()).all('instanceId');
    expect((await a.buy()).all('instanceId')).toEqual([id]);
    expect((await a.buy({ ImageId: 'ami-2' })).all('Code')).toEqual(['IdempotentParameterMismatch']);
    expect((await a.buy({ ClientToken: 'u' })).all('instanceId')).not.toEqual([id]);
    a.cloud.vanish(id!);
    expect([(await a.buy()).all('instanceId'), a.cloud.machines().length]).toEqual([[id], 1]);
  });

  it('of a purchase that was refused buys later', async () => {
    await using a = await account();
    a.cloud.catalogue.setFree('g6.xlarge', 'us-east-1a', false);
    const refused = await a.buy();
    expect([refused.status, refused.all('Code')]).toEqual([500, ['InsufficientInstanceCapacity']]);
    a.cloud.catalogue.setFree('g6.xlarge', 'us-east-1a', true);
    expect((await a.buy()).status).toBe(200);
  });
});

describe('a purchase is refused', () => {
  it.each([
    ['of a type that the zone has not', { InstanceType: 'p5.48xlarge' }, 'Unsupported'],
    ['in a subnet that is not there', { SubnetId: 'subnet-0' }, 'InvalidSubnetID.NotFound'],
    ['with an image that is none', { ImageId: 'resolve:nothing' }, 'InvalidAMIID.Malformed'],
    ['with too long a script', { UserData: Buffer.alloc(16_385).toString('base64') }, 'InvalidParameterValue'],
  ])('%s', async (_, more, code) => {
    await using a = await account();
    expect([(await a.buy(more)).all('Code'), a.cloud.machines()]).toEqual([[code], []]);
  });

  it.each<[Fault, number, string]>([
    [{ kind: 'no_capacity', region: 'us-east-1a' }, 500, 'InsufficientInstanceCapacity'], [{ kind: 'quota' }, 400, 'VcpuLimitExceeded'], [{ kind: 'expired_key' }, 401, 'AuthFailure'],
    [{ kind: 'forbidden' }, 403, 'UnauthorizedOperation'], [{ kind: 'throttled', retryAfterS: 1 }, 503, 'RequestLimitExceeded'], [{ kind: 'server_error', status: 500 }, 500, 'InternalError'],
  ])('by the fault %j, once, and makes nothing', async (fault, status, code) => {
    await using a = await account();
    a.cloud.faults.add(fault, { times: 1 });
    const reply = await a.buy();
    expect([reply.status, reply.all('Code'), a.cloud.machines()]).toEqual([status, [code], []]);
    expect((await a.buy()).status).toBe(200);
  });

  it('with the key of another account', async () => {
    await using a = await account();
    expect((await a.call('DescribeInstances', {}, 'AKIAOTHER')).all('Code')).toEqual(['AuthFailure']);
  });
});

describe('a fault of the wire or the world', () => {
  it('loses an answer after acting, and a request before', async () => {
    await using a = await account();
    a.cloud.faults.add({ kind: 'lost_answer' }, { times: 1 });
    await expect(a.buy()).rejects.toThrow();
    expect(a.cloud.machines().length).toBe(1);
    a.cloud.faults.add({ kind: 'lost_request' }, { times: 1 });
    await expect(a.buy({ ClientToken: 'u' })).rejects.toThrow();
    expect(a.cloud.machines().length).toBe(1);
  });

  it('makes two, lags, vanishes, interrupts', async () => {
    await using a = await account();
    a.cloud.faults.add({ kind: 'duplicate' }, { times: 1 });
    a.cloud.faults.add({ kind: 'list_lag', ms: 10_000 }, { times: 1 });
    a.cloud.faults.add({ kind: 'vanish', afterMs: 20_000 }, { times: 1 });
    await a.buy();
    expect([a.cloud.machines().length, (await a.states()).length]).toEqual([2, 1]);
    await a.pass(10_000);
    expect((await a.states()).length).toBe(2);
    await a.pass(10_000);
    expect(a.cloud.machines().length).toBe(1);
    a.cloud.faults.add({ kind: 'interruption', afterMs: 1_000 }, { times: 1 });
    await a.buy({ ClientToken: 'u', 'InstanceMarketOptions.MarketType': 'spot' });
    const noticed = async () => (await a.call('DescribeSpotInstanceRequests', { 'Filter.1.Name': 'status-code', 'Filter.1.Value.1': 'marked-for-termination' })).all('instanceId');
    expect(await noticed()).toEqual([]);
    await a.pass(1_000);
    expect(await noticed()).toHaveLength(1);
    await a.pass(119_000);
    expect(a.cloud.machines().length).toBe(2);
    await a.pass(1_000);
    expect((await a.call('DescribeInstances')).text).toContain('Server.SpotInstanceTermination');
  });
});

it('what AWS publishes of images is told by SSM, and nothing else', async () => {
  await using a = await account();
  const ask = async (Name: string) => {
    const response = await fetch(a.cloud.url, { method: 'POST', headers: { ...a.headers(), 'X-Amz-Target': 'AmazonSSM.GetParameter' }, body: JSON.stringify({ Name }) });
    return await response.json() as { readonly Parameter?: { readonly Value: string }; readonly __type?: string };
  };
  expect((await ask('/aws/service/canonical/ubuntu/server/24.04/x')).Parameter?.Value).toMatch(/^ami-/);
  expect((await ask('/mine')).__type).toBe('ParameterNotFound');
});

it('each region has offerings, prices and subnets of its own', async () => {
  await using a = await account();
  const { all } = await a.call('DescribeInstanceTypeOfferings', { 'Filter.1.Name': 'instance-type', 'Filter.1.Value.1': 'g6e.xlarge' });
  expect(all('location')).toEqual(['us-east-1b', 'us-east-1c']);
  a.cloud.catalogue.setSpotPrice('g6e.xlarge', 'us-east-1b', '0.5');
  expect((await a.call('DescribeSpotPriceHistory', { 'InstanceType.1': 'g6e.xlarge' })).all('spotPrice')).toEqual(['0.5', '0.8120']);
  expect((await a.call('DescribeSubnets')).all('availabilityZone')).toEqual(['us-east-1a', 'us-east-1b', 'us-east-1c']);
});
