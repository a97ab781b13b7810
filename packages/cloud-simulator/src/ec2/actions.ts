import { type Clock, timestamp } from '@neb/core-types';
import type { Ec2Catalogue } from './catalogue.ts';
import { type Ec2Instance, type InstanceState, isAsked, shownInstance, shownSpotRequest, shownState, spotCode } from './instance.ts';
import type { Instances } from './instances.ts';
import type { Ec2Network } from './network.ts';
import type { Query } from './query.ts';
import { Ec2Refusal } from './refusal.ts';
import { shownVolume, type Volumes } from './volumes.ts';
import type { Xml } from './xml.ts';

/** What an account has. */
export interface Ec2Account {
  readonly clock: Clock;
  readonly catalogue: Ec2Catalogue;
  readonly instances: Instances;
  readonly network: Ec2Network;
  readonly volumes: Volumes;
}

/** What an action answers. Throws a refusal. */
export type Action = (query: Query, region: string) => { readonly [name: string]: Xml };

/** The part of EC2's Query API that buys machines. */
export function actions({ clock, catalogue, instances, network, volumes }: Ec2Account): Readonly<Record<string, Action>> {
  const inRegion = (region: string) => ({ zone }: { readonly zone: string }) => zone.startsWith(region);

  function changed(query: Query, change: (instance: Ec2Instance) => void): { readonly [name: string]: Xml } {
    const found = query.list('InstanceId').map((id) => instances.need(id));
    const before = new Map<string, InstanceState>(found.map(({ id, state }) => [id, state]));
    found.forEach(change);
    return { instancesSet: found.map(({ id, state }) => ({ instanceId: id, currentState: shownState(state), previousState: shownState(before.get(id)!) })) };
  }

  return {
    RunInstances(query) {
      const instance = instances.run(query, network.zoneOf);
      return { reservationId: `r-${instance.id.slice(2)}`, instancesSet: [shownInstance(instance)] };
    },

    DescribeInstances(query, region) {
      const ids = query.list('InstanceId');
      const found = ids.length > 0 ? ids.map((id) => instances.need(id)) : instances.listed();
      const asked = found.filter(inRegion(region)).filter((instance) => isAsked(instance, query));
      const disksOf = (id: string) => volumes.all().flatMap(({ id: volumeId, attached }) => (attached?.instanceId === id ? [{ deviceName: attached.device, ebs: { volumeId, status: attached.state } }] : []));
      return { reservationSet: asked.map((instance) => ({ reservationId: `r-${instance.id.slice(2)}`, instancesSet: [{ ...shownInstance(instance), blockDeviceMapping: disksOf(instance.id) }] })) };
    },

    TerminateInstances: (query) => changed(query, (instance) => instances.terminate(instance, 'Client.UserInitiatedShutdown')),
    StopInstances: (query) => changed(query, instances.stop),
    StartInstances: (query) => changed(query, instances.start),

    CreateTags(query) {
      const tags = query.ownTags();
      for (const instance of query.list('ResourceId').map((id) => instances.need(id))) instance.tags = { ...instance.tags, ...tags };
      return { return: true };
    },

    GetConsoleOutput(query) {
      const { id, console } = instances.need(query.need('InstanceId'));
      return { instanceId: id, timestamp: timestamp(clock.now()), output: Buffer.from(console).toString('base64') };
    },

    DescribeInstanceTypeOfferings(query, region) {
      const types = query.filters().get('instance-type');
      const found = catalogue.offerings().filter(inRegion(region)).filter(({ type }) => types === undefined || types.includes(type));
      return { instanceTypeOfferingSet: found.map(({ type, zone }) => ({ instanceType: type, locationType: 'availability-zone', location: zone })) };
    },

    DescribeSpotInstanceRequests(query, region) {
      const codes = query.filters().get('status-code');
      const found = instances.listed().filter(inRegion(region)).filter((instance) => instance.spot && (codes?.includes(spotCode(instance)) ?? true));
      return { spotInstanceRequestSet: found.map(shownSpotRequest) };
    },

    DescribeSpotPriceHistory(query, region) {
      const types = query.list('InstanceType');
      const found = catalogue.offerings().filter(inRegion(region)).filter(({ type }) => types.includes(type));
      return {
        spotPriceHistorySet: found.map(({ type, zone, spotPrice }) => ({
          instanceType: type, productDescription: 'Linux/UNIX', spotPrice, timestamp: timestamp(clock.now()), availabilityZone: zone,
        })),
      };
    },

    CreateVolume: (query) => shownVolume(volumes.create(query)),

    DescribeVolumes(query, region) {
      const filters = [...query.filters()];
      const found = volumes.all().filter(inRegion(region)).filter(({ tags, state }) => filters.every(([name, values]) => values.includes((name === 'status' ? state : tags[name.replace(/^tag:/, '')]) ?? '')));
      return { volumeSet: found.map(shownVolume) };
    },

    AttachVolume(query) {
      const { id, state, zone } = instances.need(query.need('InstanceId'));
      const volume = volumes.all().find((one) => one.id === query.get('VolumeId'));
      if (state !== 'running') throw new Ec2Refusal('IncorrectState', `The instance '${id}' is not in the 'running' state.`);
      if (volume && volume.zone !== zone) throw new Ec2Refusal('InvalidVolume.ZoneMismatch', `The volume '${volume.id}' is not in the same availability zone as instance '${id}'`);
      volumes.attach(query.need('VolumeId'), { instanceId: id, device: query.need('Device') });
      return { volumeId: query.get('VolumeId'), instanceId: id, device: query.get('Device'), status: 'attaching' };
    },

    DescribeSubnets(_query, region) {
      return { subnetSet: network.subnets(region).map(({ id, zone, vpcId }) => ({ subnetId: id, state: 'available', vpcId, availabilityZone: zone, defaultForAz: true, mapPublicIpOnLaunch: true })) };
    },

    DescribeSecurityGroups(query) {
      const [names, vpcs] = [query.filters().get('group-name'), query.filters().get('vpc-id')];
      const found = [...network.groups.values()].filter(({ name, vpcId }) => (names?.includes(name) ?? true) && (vpcs?.includes(vpcId) ?? true));
      return { securityGroupInfo: found.map(({ id, name, vpcId }) => ({ groupId: id, groupName: name, vpcId })) };
    },

    CreateSecurityGroup: (query, region) => ({ groupId: network.addGroup({ name: query.need('GroupName'), vpcId: query.need('VpcId'), region }).id, return: true }),

    AuthorizeSecurityGroupIngress(query) {
      const at = 'IpPermissions.1';
      const ranges = [1, 2, 3, 4].flatMap((one) => query.get(`${at}.IpRanges.${one}.CidrIp`) ?? []);
      for (const range of ranges) network.allow(query.need('GroupId'), `${query.get(`${at}.IpProtocol`)}/${query.get(`${at}.FromPort`)}-${query.get(`${at}.ToPort`)} from ${range}`);
      return { return: true };
    },

    ImportKeyPair(query, region) {
      const name = query.need('KeyName');
      const id = `${region} ${name}`;
      if (network.keyPairs.has(id)) throw new Ec2Refusal('InvalidKeyPair.Duplicate', `The keypair already exists: ${name}`);
      network.keyPairs.set(id, Buffer.from(query.need('PublicKeyMaterial'), 'base64').toString());
      return { keyName: name };
    },
  };
}
