import { type Clock, fraction, type Provider, type Random } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { bookkeeping, ec2Cloud, type Faults, type RunpodCloud, runpodCloud } from '@neb/cloud-simulator';
import { pretendAccess } from '@neb/machines/testing';
import { aws } from '@neb/providers-aws';
import { runpod } from '@neb/providers-runpod';
import type { CloudName } from './fault-classes.ts';
import { jobs } from './jobs.ts';
import { type Mortal, mortalAccess } from './mortal.ts';

/** A simulated cloud that processes use which can die. */
export interface TestCloud extends AsyncDisposable {
  readonly faults: Faults;
  /** Everything that costs money, listed or not. */
  bought(): readonly Bought[];
  /** How many purchases it has accepted so far. */
  purchases(): number;
  /** What a process has of it. */
  provider(process: Mortal): Provider;
  /** Keeps its machines from being reached, or lets them be. */
  cut?(isCut: boolean): void;
}

export interface Bought {
  readonly ref: string;
  /** Of the attempt that it was bought for. */
  readonly key: string;
  /** Whether the container is in it, and runs. */
  readonly runs: boolean;
  /** Whether the cloud asks for it at this moment, and what an hour where the cloud tells it. */
  readonly costs: boolean;
  readonly perHour?: string | undefined;
  /** Whether it works at this moment: from when the cloud says that it started to the end of its command. */
  readonly works: boolean;
}

export interface TestCloudOptions {
  readonly clock: Clock;
  readonly seed: number;
  /** Counts the calls that are under way, without the time that they take on the wire. */
  readonly busy: (by: 1 | -1) => void;
}

/** How long a call may be on its way, and its answer, each. */
const mostLatencyMs = 200;
const secret = 'a secret of more than thirty-two characters';

export const testClouds: Readonly<Record<CloudName, (options: TestCloudOptions) => Promise<TestCloud>>> = {
  async runpod(options) {
    const { clock, seed } = options;
    const carried = wire(options, seededRandom(seed + 1));
    const worker = jobs(clock, (...asked) => carried(() => cloud.fetch(...asked)));
    const cloud: RunpodCloud = await runpodCloud({ clock, random: seededRandom(seed), machinery: bookkeeping({ clock, program: worker.program, missing: ({ image }) => (image === 'missing' ? 'manifest unknown' : undefined) }) });
    return {
      faults: cloud.faults,
      bought: () => cloud.pods().map(({ id, env, status, cost }) => ({
        ref: id, key: env['NEB_KEY'] ?? '', runs: status === 'RUNNING', costs: status !== 'EXITED', perHour: String(cost),
        works: (status === 'STARTING' || status === 'RUNNING') && !worker.isOver(id),
      })),
      purchases: () => cloud.exchanges.filter(({ operation, status }) => operation === 'createPod' && status < 300).length,
      provider: (process) => runpod({ apiKey: cloud.apiKey, baseUrl: 'http://simulator', clock: process.clock, fetch: (...asked) => process.step(() => carried(() => cloud.fetch(...asked))) }),
      [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose](),
    };
  },

  async aws(options) {
    const { clock, seed } = options;
    const cloud = await ec2Cloud({ clock, random: seededRandom(seed) });
    const carried = wire(options, seededRandom(seed + 1));
    const access = pretendAccess({ clock, machineAt: (address) => cloud.machines().find(({ state, publicAddress }) => state === 'running' && publicAddress === address)?.id });
    return {
      faults: cloud.faults,
      bought: () => cloud.machines().map(({ id, tags, state, publicAddress = '' }) => {
        const key = tags['neb.key'] ?? '';
        return {
          ref: `us-east-1/${id}`, key, runs: state === 'running' && access.specOf(publicAddress, key) !== undefined,
          costs: state === 'pending' || state === 'running', works: state === 'running' && access.runs(publicAddress, key),
        };
      }),
      purchases: () => cloud.exchanges.filter(({ action, status }) => action === 'RunInstances' && status < 300).length,
      provider: (process) => aws({
        regions: ['us-east-1'], credentials: cloud.credentials, endpoint: 'http://simulator', secret, clock: process.clock, access: mortalAccess(process, access),
        requestHandler: { ...cloud.handler, handle: (...asked: Parameters<typeof cloud.handler.handle>) => process.step(() => carried(() => cloud.handler.handle(...asked))) },
      }),
      cut: (isCut) => { if (isCut) access.cut(); else access.heal(); },
      [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose](),
    };
  },
};

/** Carries calls and their answers, which takes a time by chance each. What has been sent arrives, whoever has died meanwhile. */
function wire({ clock, busy }: TestCloudOptions, random: Random): <T>(call: () => Promise<T>) => Promise<T> {
  const latencyMs = (): number => Math.floor(fraction(random) * mostLatencyMs);
  return async (call) => {
    await clock.sleep(latencyMs());
    busy(1);
    try {
      return await call();
    } finally {
      busy(-1);
      await clock.sleep(latencyMs());
    }
  };
}
