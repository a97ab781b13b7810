/** What EC2 sells in the simulation, and what is free of it. */
export interface Ec2Catalogue {
  readonly zones: readonly string[];
  /** Every type in every zone that has it. */
  offerings(): readonly Offering[];
  offering(type: string, zone: string): Offering | undefined;
  /** Whether one is free, until it is set otherwise. */
  setFree(type: string, zone: string, free: boolean): void;
  isFree(type: string, zone: string): boolean;
  /** In US dollars an hour. */
  setSpotPrice(type: string, zone: string, price: string): void;
}

/** A type in a zone. */
export interface Offering {
  readonly type: string;
  readonly zone: string;
  readonly spotPrice: string;
}

const zones = ['us-east-1a', 'us-east-1b', 'us-east-1c', 'eu-west-1a', 'eu-west-1b'];

/** Types with their spot price and the zones that have them. */
const shelves: readonly (readonly [type: string, spotPrice: string, zones: readonly string[]])[] = [
  ['m7i.large', '0.0410', zones],
  ['g6.xlarge', '0.3218', zones],
  ['g6.12xlarge', '1.9870', ['us-east-1a', 'us-east-1b', 'us-east-1c']],
  ['g6e.xlarge', '0.8120', ['us-east-1b', 'us-east-1c', 'eu-west-1a']],
  ['p4d.24xlarge', '9.1230', ['us-east-1a', 'us-east-1b']],
  ['p4de.24xlarge', '11.4030', ['us-east-1a', 'us-east-1b']],
  ['p5.48xlarge', '21.5500', ['us-east-1c']],
];

export function ec2Catalogue(): Ec2Catalogue {
  const none = new Set<string>();
  const byName = new Map<string, Offering>(shelves.flatMap(([type, spotPrice, in_]) => in_.map((zone) => [`${type} ${zone}`, { type, zone, spotPrice }] as const)));
  return {
    zones,
    offerings: () => [...byName.values()],
    offering: (type, zone) => byName.get(`${type} ${zone}`),
    setFree(type, zone, free) {
      if (free) none.delete(`${type} ${zone}`);
      else none.add(`${type} ${zone}`);
    },
    isFree: (type, zone) => !none.has(`${type} ${zone}`),
    setSpotPrice: (type, zone, spotPrice) => void byName.set(`${type} ${zone}`, { type, zone, spotPrice }),
  };
}
