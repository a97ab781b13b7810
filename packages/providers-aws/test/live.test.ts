import { type Ec2Cloud, ec2Cloud } from '@neb/cloud-simulator';
import { fakeClock, liveLife, type LiveReport, seededRandom } from '@neb/core-types/testing';
import { expect, test } from 'vitest';
import { awsLive, awsTerms } from './live-subject.ts';
import { type PretendAccess, pretendAccess } from '@neb/machines/testing';

// The live run as it is, but for its address and that of its machines: those of a simulated EC2.

interface Stage extends AsyncDisposable {
  readonly cloud: Ec2Cloud;
  readonly access: PretendAccess;
  readonly said: readonly string[];
  live(more?: { readonly maxUsd?: string; readonly lifeMs?: number }): Promise<LiveReport>;
}

async function stage(): Promise<Stage> {
  const clock = fakeClock();
  const cloud = await ec2Cloud({ clock, random: seededRandom(1) });
  const access = pretendAccess({ clock, machineAt: (address) => cloud.machines().find(({ state, publicAddress }) => state === 'running' && publicAddress === address)?.id });
  const ticking = setInterval(() => clock.advance(500), 1);
  const said: string[] = [];
  const random = seededRandom(2);
  return {
    cloud, access, said,
    async live({ maxUsd = '0.50', ...times } = {}) {
      const env = { NEB_LIVE: 'aws', NEB_LIVE_MAX_USD: maxUsd, AWS_ACCESS_KEY_ID: cloud.credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: cloud.credentials.secretAccessKey, AWS_REGION: 'us-east-1', NEB_AWS_URL: cloud.url };
      const terms = awsTerms(env);
      if (terms.kind === 'off') throw new Error(terms.why);
      const subject = awsLive(env, { access, clock });
      await using _provider = subject.provider;
      // Nothing runs in a pretended container, but it says which image it is of.
      return await liveLife({ ...subject, says: 'running alpine', ...times }, { maxUsd: terms.maxUsd, clock, random, say: (line) => void said.push(line) });
    },
    async [Symbol.asyncDispose]() {
      clearInterval(ticking);
      await cloud[Symbol.asyncDispose]();
    },
  };
}

const fleets = ({ cloud }: Stage): readonly (string | undefined)[] => cloud.machines().map(({ tags }) => tags['neb.fleet']);
const purchases = ({ cloud }: Stage): number => cloud.exchanges.filter(({ action, status }) => action === 'RunInstances' && status < 300).length;

test('the live run buys the cheapest machine, sees it through, and leaves nothing', async () => {
  await using s = await stage();
  expect(await s.live()).toMatchObject({ offer: { id: 'us-east-1/m7i.large/on-demand' }, swept: { before: 0, after: 0 } });
  expect(s.said).toEqual([expect.stringMatching(/^buying us-east-1\/m7i.large/), expect.stringContaining('is running'), 'its log says "running alpine"', 'a command ran in it', expect.stringContaining('is gone')]);
  expect(fleets(s)).toEqual([]);
});

test('it buys nothing where its limit is below the cheapest', async () => {
  await using s = await stage();
  await expect(s.live({ maxUsd: '0.06' })).rejects.toThrow('more than the $0.06 of NEB_LIVE_MAX_USD');
  expect(purchases(s)).toBe(0);
});

test('after a failure it sweeps its own machines, and those of nobody else', async () => {
  await using s = await stage();
  const other = awsLive({ AWS_ACCESS_KEY_ID: s.cloud.credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: s.cloud.credentials.secretAccessKey, AWS_REGION: 'us-east-1', NEB_AWS_URL: s.cloud.url }, { access: s.access });
  const [offer] = await Array.fromAsync(other.provider.offers({ spot: false }));
  await other.provider.create({ key: 'precious', fleet: 'production', offer: offer!, spec: other.spec });
  await other.provider[Symbol.asyncDispose]();
  // It makes two of one.
  s.cloud.faults.add({ kind: 'duplicate' }, { operation: 'RunInstances', times: 1 });
  await expect(s.live()).rejects.toThrow('the fleet is this one instance');
  expect(s.said.filter((line) => line.startsWith('sweeping'))).toHaveLength(2);
  expect(fleets(s)).toEqual(['production']);
});

test('what a run that was killed left behind is swept by the next', async () => {
  await using s = await stage();
  s.cloud.faults.add({ kind: 'forbidden' }, { operation: 'TerminateInstances' });
  await expect(s.live({ lifeMs: 200_000 })).rejects.toThrow(/sweeping fleet neb-live of aws left \S+: end it by hand/);
  expect(fleets(s)).toEqual(['neb-live']);
  s.cloud.faults.clear();
  expect((await s.live()).swept).toEqual({ before: 1, after: 0 });
  expect(fleets(s)).toEqual([]);
});
