import { bookkeeping, runpodCloud, type RunpodCloud } from '@neb/cloud-simulator';
import { fakeClock, liveLife, type LiveReport, seededRandom } from '@neb/core-types/testing';
import { expect, test } from 'vitest';
import { runpodLive, runpodTerms } from './live-subject.ts';

// The live run as it is, but for its address: that of a simulated RunPod.

interface Stage extends AsyncDisposable {
  readonly cloud: RunpodCloud;
  readonly said: readonly string[];
  live(more?: { readonly maxUsd?: string; readonly lifeMs?: number; readonly sweepMs?: number }): Promise<LiveReport>;
}

async function stage(): Promise<Stage> {
  const clock = fakeClock();
  const machinery = bookkeeping({ clock, async program({ say, stopped }) {
    say('neb is alive');
    await new Promise((resolve) => { stopped.addEventListener('abort', resolve, { once: true }); });
    return 143;
  } });
  const cloud = await runpodCloud({ clock, random: seededRandom(1), machinery });
  const ticking = setInterval(() => clock.advance(250), 2);
  const said: string[] = [];
  const random = seededRandom(2);
  return {
    cloud, said,
    async live({ maxUsd = '0.50', ...times } = {}) {
      const env = { NEB_LIVE: 'runpod', NEB_LIVE_MAX_USD: maxUsd, RUNPOD_API_KEY: cloud.apiKey, NEB_RUNPOD_URL: cloud.url };
      const terms = runpodTerms(env);
      if (terms.kind === 'off') throw new Error(terms.why);
      return await liveLife({ ...runpodLive(env, clock), ...times }, { maxUsd: terms.maxUsd, clock, random, say: (line) => void said.push(line) });
    },
    async [Symbol.asyncDispose]() {
      clearInterval(ticking);
      await cloud[Symbol.asyncDispose]();
    },
  };
}

/** A request that was given up may be on its way to the cloud all the same: resolves once none has come for a while. */
async function answered({ cloud }: Stage): Promise<void> {
  for (let before = -1; before !== cloud.exchanges.length; await new Promise((resolve) => setTimeout(resolve, 200))) before = cloud.exchanges.length;
}

const created = ({ cloud }: Stage): number => cloud.exchanges.filter(({ method, path, status }) => method === 'POST' && path === '/v2/pods' && status < 300).length;

test('the live run buys the cheapest pod, sees it through, and leaves nothing', async () => {
  await using s = await stage();
  expect(await s.live()).toMatchObject({ offer: { pricePerHour: '0.06' }, swept: { before: 0, after: 0 } });
  expect(s.said).toEqual([expect.stringMatching(/^buying .*cpu5c at \$0.06 an hour, at most \$0.023333334 in all/), expect.stringContaining('is running'), 'its log says "neb is alive"', 'no exec here', expect.stringContaining('is gone')]);
  expect(created(s)).toBe(1);
  expect(s.cloud.pods()).toEqual([]);
});

test('it buys nothing where its limit is below the cheapest', async () => {
  await using s = await stage();
  await expect(s.live({ maxUsd: '0.02' })).rejects.toThrow('more than the $0.02 of NEB_LIVE_MAX_USD');
  expect(created(s)).toBe(0);
});

test('after a failure it sweeps its own pods, and those of nobody else', async () => {
  await using s = await stage();
  const precious = await fetch(`${s.cloud.url}/v2/pods`, {
    method: 'POST', headers: { Authorization: `Bearer ${s.cloud.apiKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'precious', image: 'alpine', cpu: { id: 'cpu5c', vcpuCount: 2 }, cloud: 'SECURE', disk: 5, env: { NEB_FLEET: 'production', NEB_KEY: 'live-1' } }),
  });
  expect(precious.status).toBe(201);
  // It makes two of one.
  s.cloud.faults.add({ kind: 'duplicate' }, { operation: 'createPod', times: 1 });
  await expect(s.live()).rejects.toThrow('the fleet is this one instance');
  expect(created(s)).toBe(2);
  expect(s.said.filter((line) => line.startsWith('sweeping'))).toHaveLength(2);
  expect(s.cloud.pods().map(({ name }) => name)).toEqual(['precious']);
});

test('what a run that was killed left behind is swept by the next', async () => {
  await using s = await stage();
  s.cloud.faults.add({ kind: 'server_error', status: 503 }, { operation: 'deletePod' });
  s.cloud.faults.add({ kind: 'slow_boot', ms: 3_600_000 }, { operation: 'createPod', times: 1 });
  await expect(s.live({ lifeMs: 200_000, sweepMs: 120_000 })).rejects.toThrow(/the life of the instance was not over within 200 s; and then sweeping fleet neb-live of runpod left \S+: end it by hand\. RunPod says/);
  expect(s.cloud.pods()).toHaveLength(1);
  await answered(s);
  s.cloud.faults.clear();
  expect((await s.live()).swept).toEqual({ before: 1, after: 0 });
  expect(s.cloud.pods()).toEqual([]);
});
