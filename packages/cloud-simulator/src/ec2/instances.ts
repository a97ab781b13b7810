import { createHash } from 'node:crypto';
import type { Clock, Random } from '@neb/core-types';
import type { Fault, Faults } from '../faults.ts';
import type { Ec2Catalogue } from './catalogue.ts';
import type { Hosts } from './hosts.ts';
import type { Ec2Instance } from './instance.ts';
import type { Query } from './query.ts';
import { Ec2Refusal } from './refusal.ts';

/** Every instance of the account, and what may be done to them. */
export interface Instances {
  /** Buys one, or returns what the token bought before. Throws a refusal. */
  run(query: Query, subnetZone: (subnetId: string) => string): Ec2Instance;
  /** Throws `InvalidInstanceID.NotFound` for one that does not show yet, too. */
  need(id: string): Ec2Instance;
  /** Those that a list shows now. */
  listed(): readonly Ec2Instance[];
  all(): readonly Ec2Instance[];
  /** Ends what runs and keeps the disk. Does nothing to one that has stopped. Throws `IncorrectInstanceState`, and `UnsupportedOperation` for spot instances, whose requests are one-time. */
  stop(instance: Ec2Instance): void;
  /** Boots one that has stopped, on the disk it had, at a new public address. Does nothing to one that runs. Throws `IncorrectInstanceState`, `InsufficientInstanceCapacity`. */
  start(instance: Ec2Instance): void;
  terminate(instance: Ec2Instance, reason: string): void;
  /** Ends it at once. */
  end(instance: Ec2Instance, reason: string): void;
}

/** What the instances stand on. */
export interface InstancesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly faults: Faults;
  readonly catalogue: Ec2Catalogue;
  readonly hosts: Hosts;
  /** Hears of each instance that is gone. */
  readonly ended: (id: string) => void;
}

const bootMs = 5_000;
const shutDownMs = 2_000;
/** How long a terminated instance still shows. */
const rememberMs = 3_600_000;
/** Between a spot interruption's notice and its end. */
const noticeMs = 120_000;
const operation = 'RunInstances';

export function instances({ clock, random, faults, catalogue, hosts, ended }: InstancesOptions): Instances {
  const byId = new Map<string, Ec2Instance>();
  const byToken = new Map<string, { readonly asked: string; readonly instance: Ec2Instance }>();

  function run(query: Query, subnetZone: (subnetId: string) => string): Ec2Instance {
    const token = query.get('ClientToken');
    const asked = createHash('sha256').update(JSON.stringify([...query.all])).digest('hex');
    const known = token === undefined ? undefined : byToken.get(token);
    if (known && known.asked !== asked) throw new Ec2Refusal('IdempotentParameterMismatch', 'The client token you have provided is associated with a resource that is already deleted or has other parameters');
    if (known) return known.instance;
    const zone = subnetZone(query.get('NetworkInterface.1.SubnetId') ?? query.need('SubnetId'));
    check(query, zone);
    const made = add(query, zone);
    if (token !== undefined) byToken.set(token, { asked, instance: made });
    if (faults.take('duplicate', { operation })) add(query, zone);
    return made;
  }

  function check(query: Query, zone: string): void {
    const type = query.need('InstanceType');
    const occasion = { operation, accelerator: type, region: zone };
    if (!query.need('ImageId').startsWith('ami-')) throw new Ec2Refusal('InvalidAMIID.Malformed', `Invalid id: "${query.get('ImageId')}"`);
    if (Buffer.from(query.get('UserData') ?? '', 'base64').length > 16_384) throw new Ec2Refusal('InvalidParameterValue', 'User data is limited to 16384 bytes');
    if (!catalogue.offering(type, zone)) throw new Ec2Refusal('Unsupported', `Your requested instance type (${type}) is not supported in your requested Availability Zone (${zone}).`);
    if (faults.take('quota', occasion)) throw new Ec2Refusal('VcpuLimitExceeded', 'You have requested more vCPU capacity than your current vCPU limit of 0 allows for the instance bucket that the specified instance type belongs to.');
    needFree(type, zone, 'RunInstances');
  }

  function needFree(type: string, zone: string, action: string): void {
    if (catalogue.isFree(type, zone) && !faults.take('no_capacity', { operation: action, accelerator: type, region: zone })) return;
    throw new Ec2Refusal('InsufficientInstanceCapacity', `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}).`, 500);
  }

  function add(query: Query, zone: string): Ec2Instance {
    const fault = <K extends Fault['kind']>(kind: K) => faults.take(kind, { operation, accelerator: query.get('InstanceType'), region: zone });
    const now = clock.now();
    const instance: Ec2Instance = {
      id: `i-${Buffer.from(random(8)).toString('hex')}0`, type: query.need('InstanceType'), zone, spot: query.get('InstanceMarketOptions.MarketType') === 'spot',
      imageId: query.need('ImageId'), keyName: query.get('KeyName'), subnetId: query.get('NetworkInterface.1.SubnetId') ?? query.need('SubnetId'), token: query.get('ClientToken'),
      tags: query.tags('instance'), userData: Buffer.from(query.get('UserData') ?? '', 'base64').toString(),
      endsItself: query.get('InstanceInitiatedShutdownBehavior') === 'terminate' ? 'terminate' : 'stop', hopLimit: query.get('MetadataOptions.HttpPutResponseHopLimit'),
      publicIp: query.get('NetworkInterface.1.AssociatePublicIpAddress') === 'true',
      boughtAt: now, launchedAt: now, listedFrom: now + (fault('list_lag')?.ms ?? 0), gone: new AbortController(),
      noticeAt: undefined, state: 'pending', reason: undefined, console: '', publicAddress: undefined, privateAddress: undefined,
    };
    byId.set(instance.id, instance);
    void boot(instance, bootMs + (fault('slow_boot')?.ms ?? 0));
    const vanishing = fault('vanish');
    if (vanishing) void after(instance, vanishing.afterMs, () => end(instance, 'Server.InternalError'));
    const interruption = fault('interruption');
    if (interruption && instance.spot) void after(instance, interruption.afterMs, () => {
      instance.noticeAt = clock.now();
      void after(instance, noticeMs, () => terminate(instance, 'Server.SpotInstanceTermination'));
    });
    return instance;
  }

  async function boot(instance: Ec2Instance, afterMs: number): Promise<void> {
    await clock.sleep(afterMs, instance.gone.signal);
    if (instance.gone.signal.aborted) return;
    const addresses = await hosts.boot({
      id: instance.id,
      userData: instance.userData,
      print: (text) => { instance.console += text; },
      powerOff() {
        if (instance.endsItself === 'terminate') return terminate(instance, 'Client.InstanceInitiatedShutdown');
        shutDown(instance, 'Client.InstanceInitiatedShutdown');
      },
    });
    if (instance.gone.signal.aborted) return await hosts.end(instance.id);
    // Its private address it keeps for as long as it is there.
    Object.assign(instance, addresses, { state: 'running', privateAddress: instance.privateAddress ?? addresses.privateAddress });
  }

  function stop(instance: Ec2Instance): void {
    const { id, state } = instance;
    if (instance.spot) throw new Ec2Refusal('UnsupportedOperation', `You can't stop the Spot Instance '${id}' because it is associated with a one-time Spot Instance request. You can only stop Spot Instances associated with persistent Spot Instance requests.`);
    if (state === 'stopping' || state === 'stopped') return;
    if (state !== 'running') throw new Ec2Refusal('IncorrectInstanceState', `The instance '${id}' is not in a state from which it can be stopped.`);
    shutDown(instance, 'Client.UserInitiatedShutdown');
  }

  function shutDown(instance: Ec2Instance, reason: string): void {
    Object.assign(instance, { state: 'stopping', reason });
    void after(instance, shutDownMs, async () => {
      await hosts.stop(instance.id);
      if (instance.state === 'stopping') Object.assign(instance, { state: 'stopped', publicAddress: undefined });
    });
  }

  function start(instance: Ec2Instance): void {
    const { id, type, zone, state } = instance;
    if (state === 'pending' || state === 'running') return;
    if (state !== 'stopped') throw new Ec2Refusal('IncorrectInstanceState', `The instance '${id}' is not in a state from which it can be started.`);
    needFree(type, zone, 'StartInstances');
    Object.assign(instance, { state: 'pending', reason: undefined, launchedAt: clock.now() });
    void boot(instance, bootMs + (faults.take('slow_boot', { operation: 'StartInstances' })?.ms ?? 0));
  }

  function terminate(instance: Ec2Instance, reason: string): void {
    if (instance.state === 'shutting-down' || instance.state === 'terminated') return;
    instance.gone.abort();
    instance.state = 'shutting-down';
    instance.reason = reason;
    void hosts.end(instance.id);
    void clock.sleep(shutDownMs + (faults.take('slow_delete', { operation: 'TerminateInstances' })?.ms ?? 0)).then(() => end(instance, reason));
  }

  function end(instance: Ec2Instance, reason: string): void {
    instance.gone.abort();
    instance.state = 'terminated';
    ended(instance.id);
    instance.reason = reason;
    void hosts.end(instance.id);
    void clock.sleep(rememberMs).then(() => byId.delete(instance.id));
  }

  async function after(instance: Ec2Instance, ms: number, act: () => void | Promise<void>): Promise<void> {
    await clock.sleep(ms, instance.gone.signal);
    if (!instance.gone.signal.aborted) await act();
  }

  const listed = (): readonly Ec2Instance[] => [...byId.values()].filter(({ listedFrom }) => listedFrom <= clock.now());
  return {
    run, stop, start, terminate, end, listed,
    need(id) {
      const instance = listed().find((one) => one.id === id);
      if (!instance) throw new Ec2Refusal('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
      return instance;
    },
    all: () => [...byId.values()],
  };
}
