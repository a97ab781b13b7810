import { setTimeout as sleep } from 'node:timers/promises';
import { type Ec2Cloud, ec2Cloud, type Hosts, type RunpodCloud, runpodCloud } from '@neb/cloud-simulator';
import { fraction } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { type Purchases, purchasesOf } from './purchases.ts';
import { type MortalServer, mortalServer, namespace } from './rounds.ts';
import { seeded } from './seed.ts';

const { rounds, seed, chance } = seeded('crash test of clouds', 10);
const job = { image: 'x', accelerators: ['1:L4'], restart: 'Always' };
// Where a lost answer hides RunPod's prices for a moment, aws would be the cheapest that is left: for so little it is not.
const sorts = { pod: { ...job, platform: 'runpod' }, machine: { ...job, platform: 'aws' }, anywhere: { ...job, max_price: 0.7 } };

let runpod: RunpodCloud;
let ec2: Ec2Cloud;
let bought: Purchases;
let server: MortalServer;

beforeAll(async () => {
  [runpod, ec2] = await Promise.all([runpodCloud({ random: seededRandom(seed + 1) }), ec2Cloud({ random: seededRandom(seed + 2), hosts: silentHosts() })]);
  bought = purchasesOf({ runpod, ec2 });
  server = await mortalServer({
    NEB_PLATFORMS: 'runpod,aws', RUNPOD_API_KEY: runpod.apiKey, NEB_RUNPOD_URL: runpod.url,
    AWS_ACCESS_KEY_ID: ec2.credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: ec2.credentials.secretAccessKey, AWS_REGION: 'us-east-1', NEB_AWS_URL: ec2.url,
  });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  bought[Symbol.dispose]();
  await Promise.all([runpod[Symbol.asyncDispose](), ec2[Symbol.asyncDispose]()]);
});

test(`${rounds} times killed at random moments while clouds lose answers and lag: nothing is bought twice, nothing is left without an owner, nothing is stuck (NEB_TEST_SEED=${seed})`, async () => {
  for (const cloud of [runpod, ec2]) {
    cloud.faults.add({ kind: 'list_lag', ms: 5_000 }, { chance: 0.5 });
    for (const kind of ['lost_answer', 'lost_request'] as const) cloud.faults.add({ kind }, { chance: 0.05 });
    cloud.faults.add({ kind: 'server_error', status: 502 }, { chance: 0.05 });
  }
  const wanted = await server.suffer({
    rounds, chance, sorts, names: 60, moment,
    tell: (done) => console.log(`crash test of clouds: ${done} rounds, ${bought.count()} purchases, ${bought.there().length} of them there`),
    calm: () => { for (const cloud of [runpod, ec2]) cloud.faults.clear(); },
  });

  await eventually(async () => {
    const { items } = await server.neb.containers.list({ namespace, limit: 100 });
    const there = bought.there();
    const keyOf = new Map(items.map(({ metadata, status }) => [metadata.name, status.attempt?.key]));
    expect(items.map(({ metadata }) => metadata.name).sort(), 'rows that are there, those that are to be gone too').toEqual([...wanted.keys()].sort());
    expect(there.map(({ key }) => key).sort(), 'what is paid for, and what containers have').toEqual([...keyOf.values()].sort());
    // No machine here lets anybody in, so that what is bought there is as far as it gets.
    const states = items.map(({ metadata, status }) => [metadata.name, status.platform, status.status] as const);
    expect(states.filter(([, platform, word]) => word !== (platform === 'aws' ? 'creating' : 'running')), 'stuck').toEqual([]);
    expect(there.filter(({ isUp }) => !isUp), 'not up').toEqual([]);
    for (const [name, platform] of states) expect([name, wanted.get(name) === 'machine'], `wanted as ${wanted.get(name)}: ${JSON.stringify(items.find(({ metadata }) => metadata.name === name)?.status)}`).toEqual([name, platform === 'aws']);
  });
  expect(bought.doubles(), 'bought twice').toEqual([]);
  expect(bought.count()).toBeGreaterThan(0);
  console.log(`crash test of clouds: ${bought.count()} purchases in ${rounds} rounds, ${wanted.size} containers in the end`);
});

/** While the server waits for an answer, has just had one, or does what it has learnt from it: some calls after it was ready, or soon where it makes none. */
async function moment(): Promise<void> {
  const calls = (): number => runpod.exchanges.length + ec2.exchanges.length;
  const at = calls() + Math.floor(fraction(chance) * 30);
  for (const until = Date.now() + 4_000; calls() < at && Date.now() < until; ) await sleep(1);
  await sleep(fraction(chance) * 50);
}

/** Machines that boot and let nobody in: nothing listens at their addresses, which are this machine's own. */
function silentHosts(): Hosts {
  let booted = 0;
  return {
    async boot({ print }) {
      booted++;
      print('neb: this machine is ready\n');
      const address = `127.88.${booted >> 8}.${booted % 256}`;
      return { publicAddress: address, privateAddress: address };
    },
    stop: async () => {},
    end: async () => {},
  };
}
