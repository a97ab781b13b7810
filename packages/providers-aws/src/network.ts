import { type Clock, NebError } from '@neb/core-types';
import { type Calls, filter } from './calls.ts';
import { isAws } from './errors.ts';
import { kept } from './kept.ts';
import { fleetName, tags } from './names.ts';

/** A zone, and where in its network a machine goes. */
export interface Spot {
  readonly zone: string;
  readonly subnetId: string;
  readonly vpcId: string;
}

/** What a machine needs around it. All of it costs nothing and stays. */
export interface Network {
  /** One for each zone. Throws `invalid` where the region has none. */
  spots(region: string): Promise<readonly Spot[]>;
  /** The fleet's group, which lets in SSH and nothing else; made where there is none. */
  securityGroup(fleet: string, at: { readonly region: string; readonly vpcId: string }): Promise<string>;
  /** The name of the fleet's key pair; imported where there is none. */
  keyPair(key: { readonly fleet: string; readonly publicKey: string }, region: string): Promise<string>;
}

/** What the network is made of. */
export interface NetworkOptions {
  callsIn(region: string): Calls;
  readonly subnets?: readonly string[] | undefined;
  readonly sshFrom: readonly string[];
  readonly clock: Clock;
}

const keepMs = 3_600_000;

export function network({ callsIn, subnets, sshFrom, clock }: NetworkOptions): Network {
  const spots = kept<readonly Spot[]>(clock, keepMs);
  const groups = kept<string>(clock, keepMs);
  const keys = kept<string>(clock, keepMs);

  return {
    spots: (region) => spots.get(region, async () => {
      const Filters = subnets ? [filter('subnet-id', ...subnets)] : [filter('default-for-az', 'true')];
      const found = (await callsIn(region).subnets({ Filters }, undefined)).flatMap(({ AvailabilityZone: zone, SubnetId: subnetId, VpcId: vpcId }) => (zone && subnetId && vpcId ? [{ zone, subnetId, vpcId }] : []));
      const first = found.toSorted((a, b) => (a.zone < b.zone ? -1 : 1)).filter(({ vpcId }, _, [one]) => vpcId === one?.vpcId);
      if (first.length > 0) return first.filter(({ zone }, at) => first.findIndex((other) => other.zone === zone) === at);
      throw new NebError('invalid', subnets ? `none of the subnets ${subnets.join(', ')} is in ${region}` : `the AWS account has no default VPC in ${region}`, { hint: 'Name subnets of that region in the option `subnets`, or make a default VPC.' });
    }),

    securityGroup: (fleet, { region, vpcId }) => groups.get(`${region} ${vpcId} ${fleet}`, async () => {
      const calls = callsIn(region);
      const GroupName = fleetName(fleet);
      const look = async (): Promise<string | undefined> => (await calls.securityGroups({ Filters: [filter('group-name', GroupName), filter('vpc-id', vpcId)] }, undefined))[0]?.GroupId;
      const made = async (): Promise<string | undefined> => {
        const Tags = [{ Key: tags.fleet, Value: fleet }];
        const input = { GroupName, VpcId: vpcId, Description: 'neb: SSH and nothing else', TagSpecifications: [{ ResourceType: 'security-group' as const, Tags }] };
        return await ignoring('InvalidGroup.Duplicate', calls.createSecurityGroup(input, undefined));
      };
      const GroupId = (await look()) ?? (await made()) ?? (await look());
      if (GroupId === undefined || GroupId === '') throw new NebError('unavailable', `EC2 does not show the security group ${GroupName} yet`);
      const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: sshFrom.map((CidrIp) => ({ CidrIp })) }];
      await ignoring('InvalidPermission.Duplicate', calls.authorizeIngress({ GroupId, IpPermissions }, undefined));
      return GroupId;
    }),

    keyPair: ({ fleet, publicKey }, region) => keys.get(`${region} ${fleet} ${publicKey}`, async () => {
      const KeyName = fleetName(fleet, publicKey);
      await ignoring('InvalidKeyPair.Duplicate', callsIn(region).importKeyPair({ KeyName, PublicKeyMaterial: Buffer.from(publicKey) }, undefined));
      return KeyName;
    }),
  };
}

async function ignoring<T>(code: string, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isAws(error, code)) return undefined;
    throw error;
  }
}
