import { newId, type Random } from '@neb/core-types';
import { Ec2Refusal } from './refusal.ts';

/** The default VPC of each region, and what is in it. */
export interface Ec2Network {
  subnets(region: string): readonly Subnet[];
  /** Throws `InvalidSubnetID.NotFound`. */
  zoneOf(subnetId: string): string;
  readonly groups: Map<string, Group>;
  /** Throws `InvalidGroup.Duplicate`. */
  addGroup(group: Pick<Group, 'name' | 'vpcId' | 'region'>): Group;
  /** Throws `InvalidPermission.Duplicate`. */
  allow(groupId: string, rule: string): void;
  /** By region and name. */
  readonly keyPairs: Map<string, string>;
}

export interface Subnet {
  readonly id: string;
  readonly zone: string;
  readonly vpcId: string;
}

export interface Group {
  readonly id: string;
  readonly name: string;
  readonly vpcId: string;
  readonly region: string;
  readonly rules: string[];
}

export function ec2Network(zones: readonly string[], random: Random): Ec2Network {
  const regionOf = (zone: string): string => zone.slice(0, -1);
  const all: readonly Subnet[] = zones.map((zone) => ({ id: `subnet-${zone.replaceAll('-', '')}`, zone, vpcId: `vpc-${regionOf(zone).replaceAll('-', '')}` }));
  const groups = new Map<string, Group>();

  return {
    groups,
    keyPairs: new Map(),
    subnets: (region) => all.filter(({ zone }) => regionOf(zone) === region),
    zoneOf(subnetId) {
      const subnet = all.find(({ id }) => id === subnetId);
      if (!subnet) throw new Ec2Refusal('InvalidSubnetID.NotFound', `The subnet ID '${subnetId}' does not exist`);
      return subnet.zone;
    },
    addGroup(group) {
      if ([...groups.values()].some(({ name, vpcId }) => name === group.name && vpcId === group.vpcId)) {
        throw new Ec2Refusal('InvalidGroup.Duplicate', `The security group '${group.name}' already exists for VPC '${group.vpcId}'`);
      }
      const made = { ...group, id: `sg-${newId(random)}`, rules: [] };
      groups.set(made.id, made);
      return made;
    },
    allow(groupId, rule) {
      const group = groups.get(groupId);
      if (!group) throw new Ec2Refusal('InvalidGroup.NotFound', `The security group '${groupId}' does not exist`);
      if (group.rules.includes(rule)) throw new Ec2Refusal('InvalidPermission.Duplicate', `the specified rule "${rule}" already exists`);
      group.rules.push(rule);
    },
  };
}
