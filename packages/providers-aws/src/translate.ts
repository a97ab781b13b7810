import type { Instance, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { timestamp } from '@neb/core-types';
import type { Machine, MachineRequest } from '@neb/machines';
import { asideIn, clientToken, machineId, tags } from './names.ts';
import type { Article } from './offer-id.ts';

/** Where and out of what a machine is made. */
export interface Placement {
  readonly article: Article;
  readonly zone: string;
  readonly subnetId: string;
  readonly imageId: string;
  readonly securityGroupId: string;
  readonly keyName: string;
  readonly diskGiB: number;
  readonly publicAddress: boolean;
}

/** What to send to `RunInstances`: the same for the same request and placement, as its token asks. */
export function runInput({ fleet, key, userData }: MachineRequest, placement: Placement): RunInstancesCommandInput {
  const { article, zone, subnetId, imageId, securityGroupId, keyName, diskGiB, publicAddress } = placement;
  const own = [{ Key: 'Name', Value: `neb ${fleet} ${key}` }, { Key: tags.fleet, Value: fleet }, { Key: tags.key, Value: key }];
  return {
    ClientToken: clientToken({ fleet, key }, zone),
    MinCount: 1,
    MaxCount: 1,
    ImageId: imageId,
    InstanceType: article.type as RunInstancesCommandInput['InstanceType'],
    KeyName: keyName,
    UserData: Buffer.from(userData).toString('base64'),
    NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: subnetId, Groups: [securityGroupId], AssociatePublicIpAddress: publicAddress, DeleteOnTermination: true }],
    BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { VolumeSize: diskGiB, VolumeType: 'gp3', DeleteOnTermination: true } }],
    // One hop: containers are kept from the metadata, and so from what the boot script holds.
    MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
    // What makes the dead-man's switch stop the bill, without a key of the cloud's on the machine.
    InstanceInitiatedShutdownBehavior: 'terminate',
    TagSpecifications: [{ ResourceType: 'instance', Tags: own }, { ResourceType: 'volume', Tags: own }],
    ...(article.market === 'spot' && { InstanceMarketOptions: { MarketType: 'spot', SpotOptions: { SpotInstanceType: 'one-time', InstanceInterruptionBehavior: 'terminate' } } }),
  };
}

/** How an instance is reached. */
export interface Reach {
  readonly region: string;
  readonly publicAddress: boolean;
  /** What its root disk costs an hour. */
  readonly diskPricePerHour: string;
  /** When EC2 takes it away, where it gave notice. */
  readonly endsAt?: string | undefined;
}

/** An instance as EC2 shows it; `undefined` for one that is gone, or is none of ours. */
export function machineOf(instance: Instance, { region, publicAddress, diskPricePerHour, endsAt }: Reach): Machine | undefined {
  const { InstanceId, State, Tags = [], LaunchTime, StateReason, NetworkInterfaces = [] } = instance;
  const tag = (name: string): string | undefined => Tags.find(({ Key }) => Key === name)?.Value;
  const [fleet, key] = [tag(tags.fleet), tag(tags.key)];
  if (InstanceId === undefined || fleet === undefined || key === undefined || State?.Name === 'terminated') return undefined;
  return {
    id: machineId({ region, instanceId: InstanceId }), fleet, key,
    state: stateOf(State?.Name),
    address: (publicAddress ? instance.PublicIpAddress : instance.PrivateIpAddress) || undefined,
    reason: StateReason?.Code?.split('.').at(-1),
    // Of a machine that was stopped and started again, its network interface alone tells when it was bought.
    createdAt: timestamp((NetworkInterfaces.find(({ Attachment }) => Attachment?.DeviceIndex === 0)?.Attachment?.AttachTime ?? LaunchTime)?.getTime() ?? 0),
    bootedAt: timestamp(LaunchTime?.getTime() ?? 0),
    aside: asideIn(tag(tags.aside) ?? ''),
    interruptible: instance.InstanceLifecycle === 'spot',
    restingPricePerHour: diskPricePerHour,
    ...(endsAt !== undefined && { endsAt }),
  };
}

function stateOf(name: string | undefined): Machine['state'] {
  switch (name) {
    case 'running': return 'running';
    case 'stopping': case 'stopped': return name;
    case 'shutting-down': return 'ending';
    default: return 'pending'; // And what EC2 may yet invent.
  }
}

/** Of two machines with one key, which only EC2 itself can have made of one request, always the same is the one. */
export function older(a: Machine, b: Machine): number {
  return a.createdAt === b.createdAt ? (a.id < b.id ? -1 : 1) : a.createdAt < b.createdAt ? -1 : 1;
}
