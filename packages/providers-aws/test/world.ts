import { type Instance, type InstanceRef, type LaunchSpec, type Offer, type Provider, systemClock } from '@neb/core-types';
import { type FakeClock, fakeClock, seededRandom } from '@neb/core-types/testing';
import { type Ec2Cloud, ec2Cloud, type Hosts } from '@neb/cloud-simulator';
import { aws, type AwsOptions, type AwsProvider } from '../src/index.ts';
import { type PretendAccess, pretendAccess } from '@neb/machines/testing';

/** A provider over a simulated EC2, in a time of its own. */
export interface World extends AsyncDisposable {
  readonly cloud: Ec2Cloud;
  readonly access: PretendAccess;
  readonly provider: AwsProvider;
  readonly clock: FakeClock;
  readonly fleet: string;
  /** Another process's provider, so to say. */
  another(options?: Partial<AwsOptions>): AwsProvider;
  /** Lets time pass until `reached` holds. Throws once `withinMs` have; an hour by default. */
  settle(reached: () => Promise<boolean> | boolean, withinMs?: number): Promise<void>;
  /** Creates with the first offer. */
  create(key: string, spec?: LaunchSpec, offer?: Offer): Promise<Instance>;
  /** Waits until it is so. */
  reach(ref: InstanceRef, state: Instance['state']): Promise<Instance>;
}

/** What a test may choose. */
export interface WorldOptions {
  readonly options?: Partial<AwsOptions>;
  readonly hosts?: Hosts;
  readonly seed?: number;
}

const secret = 'a secret of more than thirty-two characters';

export async function world({ options = {}, hosts, seed = 1 }: WorldOptions = {}): Promise<World> {
  const clock = fakeClock();
  const cloud = await ec2Cloud({ clock, random: seededRandom(seed), hosts });
  const access = pretendAccess({ clock, machineAt: (address) => cloud.machines().find(({ state, publicAddress }) => state === 'running' && publicAddress === address)?.id });
  const opened: AwsProvider[] = [];
  const another = (more: Partial<AwsOptions> = {}): AwsProvider => {
    const provider = aws({ regions: ['us-east-1'], credentials: cloud.credentials, endpoint: cloud.url, secret, access, clock, ...options, ...more });
    opened.push(provider);
    return provider;
  };
  const provider = another();
  const fleet = 'f';

  async function settle(reached: () => Promise<boolean> | boolean, withinMs = 3_600_000): Promise<void> {
    for (const end = clock.now() + withinMs; !(await reached()); ) {
      if (clock.now() > end) throw new Error('it has not come about in time');
      clock.advance(1_000);
      await systemClock.sleep(1);
    }
  }

  return {
    cloud, access, provider, clock, fleet, another, settle,
    create: async (key, spec = sleeps, offer) => await provider.create({ key, fleet, spec, offer: offer ?? (await firstOffer(provider)) }),
    async reach(ref, state) {
      let seen: Instance | undefined;
      await settle(async () => {
        seen = await provider.inspect(ref);
        return seen?.state === state;
      });
      return seen!;
    },
    async [Symbol.asyncDispose]() {
      const ticking = setInterval(() => clock.advance(1_000), 1);
      await Promise.all(opened.map((one) => one[Symbol.asyncDispose]()));
      clearInterval(ticking);
      await cloud[Symbol.asyncDispose]();
    },
  };
}

/** A spec of an image that runs until it is deleted. */
export const sleeps: LaunchSpec = {
  image: 'sleeps', entrypoint: ['sleep', '1000'], env: {}, ports: [], volumes: [], limits: {}, network: { namespace: 'default', hostnames: [] }, labels: {},
};

export async function firstOffer(provider: Provider): Promise<Offer> {
  for await (const offer of provider.offers({ spot: false })) return offer;
  throw new Error(`${provider.name} has no offers`);
}
