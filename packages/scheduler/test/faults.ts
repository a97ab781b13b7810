import { type Clock, fraction, NebError, type Provider, type Random } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { expect } from 'vitest';
import { parseAttemptKey } from '../src/container/attempt-key.ts';
import type { Store } from '../src/store.ts';
import type { World } from '../src/world.ts';
import { settle, type Stage, stage } from './harness.ts';

const chaosSteps = 150;

/** Containers of every sort under faults, crashes and clocks that jump, drawn by `seed`: fails where one is lost, doubled or left behind. */
export async function weatherFaults(seed: number): Promise<void> {
  const chance = seededRandom(seed * 7_919);
  const s = stage({ seed, startMs: 300, tuning: { retentionMs: 365 * 86_400_000 } });
  const weather = { faults: 0.06, crashes: 0.004 };
  const servers = fleetOfServers(s, chance, { weather, size: 1 + (seed % 2) });
  const deleted = new Set<string>();
  const wishes = ['always', 'onfailure', 'never', 'timed', 'q1', 'q2', 'q3', 'changed', 'doomed'];

  await s.create({ id: 'always', spec: { restart: 'Always' } });
  await s.create({ id: 'onfailure', spec: { restart: 'OnFailure' } });
  await s.create({ id: 'never' });
  await s.create({ id: 'timed', spec: { timeout: '2m', restart: 'Always' } });
  for (const id of ['q1', 'q2', 'q3']) await s.create({ id, spec: { queue: 'q', restart: 'OnFailure' } });
  await s.create({ id: 'changed', spec: { restart: 'Always' } });
  await s.create({ id: 'doomed', spec: { restart: 'Always' } });

  for (let step = 0; step < chaosSteps; step++) {
    servers.keepUp();
    s.clock.advance(Math.floor(fraction(chance) * 4_000));
    await settle(2);
    await meddle();
    await expectNoDoubles(s);
  }
  weather.faults = 0;
  weather.crashes = 0;
  servers.keepUp();
  // Long enough for the longest back-off, and for a clock that was set back to catch up.
  for (let step = 0; step < 150; step++) {
    for (const { key, state } of await s.instances()) if (state === 'running' && /^(never|q\d)-/.test(key) && step % 10 === 0) s.cloud.exit(key, 0);
    s.clock.advance(40_000);
    await settle(2);
    await expectNoDoubles(s);
  }

  const there = (await s.instances()).map(({ key, ref, state }) => `${key} ${ref} ${state}`).sort();
  const owned = await Promise.all(wishes.map(async (id) => {
    const { status, finalizers } = await s.get(id);
    return finalizers.length > 0 && status.status === 'running' ? [`${status.attempt!.key} ${status.attempt!.ref} running`] : [];
  }));
  expect(there).toEqual(owned.flat().sort());
  for (const id of wishes) {
    const { status, goneAt, finalizers } = await s.get(id);
    if (deleted.has(id)) expect([id, status.status, goneAt !== undefined, finalizers]).toEqual([id, 'deleted', true, []]);
    else expect([id, status.status]).toEqual([id, expect.stringMatching(endsAs[id] ?? /^running$/)]);
    // Every attempt but the one under way is in the ledger, once.
    const numbers = (await s.store.attempts(id)).map((attempt) => attempt.number).sort((a, b) => a - b);
    const over = status.attempts - (finalizers.length > 0 ? 1 : 0);
    expect([id, numbers]).toEqual([id, Array.from({ length: over }, (_, n) => n + 1)]);
  }
  servers.end();

  async function meddle(): Promise<void> {
    const instances = await s.instances();
    const victim = instances[Math.floor(fraction(chance) * instances.length)];
    const dice = fraction(chance);
    if (dice < 0.05 && victim?.state === 'running') s.cloud.exit(victim.key, fraction(chance) < 0.5 ? 0 : 1);
    else if (dice < 0.08 && victim) s.cloud.lose(victim.key);
    else if (dice < 0.10) s.cloud.stray(await s.store.fleet(), fraction(chance) < 0.5 ? 'nobody-1' : 'always-999');
    else if (dice < 0.12) s.clock.jump((fraction(chance) - 0.5) * 1_200_000);
    else if (dice < 0.14) await s.change('changed', { image: `v${fraction(chance)}` });
    else if (dice < 0.15) await askDeletion('doomed');
    else if (dice < 0.155) await askDeletion('q2');
    else if (dice < 0.17) s.cloud.loseNextAnswer();
  }

  async function askDeletion(id: string): Promise<void> {
    await s.remove(id);
    deleted.add(id);
  }
}

/** How each container may end where it is not deleted; the others run for ever. */
const endsAs: Readonly<Record<string, RegExp>> = {
  never: /^(completed|failed)$/, timed: /^failed$/, q1: /^completed$/, q2: /^completed$/, q3: /^completed$/, onfailure: /^(running|completed)$/,
};

/** At no time are there two instances of a container, nor two containers of one queue that run. */
async function expectNoDoubles(s: Stage): Promise<void> {
  const ours = (await s.instances()).filter(({ key }) => !/^nobody|-999$/.test(key));
  const ids = ours.map(({ key }) => parseAttemptKey(key)!.containerId);
  const queued = ours.filter(({ key, state }) => state === 'running' && /^q\d-/.test(key));
  // Not by `expect`, which is slow and seldom needed.
  if (new Set(ids).size < ids.length || queued.length > 1) throw new Error(`there are doubles: ${ours.map((i) => `${i.key} ${i.state}`).join(', ')}`);
}

interface Weather {
  faults: number;
  crashes: number;
}

/** Servers that are killed at any call and replaced: a dead one's calls never come back, as after a SIGKILL. */
function fleetOfServers(s: Stage, chance: Random, { weather, size }: { weather: Weather; size: number }): { keepUp(): void; end(): void } {
  const servers = new Set<{ dead: boolean }>();

  return {
    keepUp() {
      for (const server of servers) if (server.dead) servers.delete(server);
      while (servers.size < size) start();
    },
    end() {
      for (const server of servers) server.dead = true;
    },
  };

  function start(): void {
    const server = { dead: false };
    servers.add(server);
    const store = flaky<Store>(s.store, server);
    const provider = flaky<Provider>(s.cloud.provider, server);
    const clock: Clock = { now: () => s.clock.now(), sleep: (ms, signal) => (server.dead ? never() : s.clock.sleep(ms, signal)) };
    const queues = { ...s.world.queues, Container: flaky(s.world.queues.Container, server) };
    s.start({ ...s.world, store, clock, queues, providers: [provider] } satisfies World);
  }

  function flaky<T extends object>(target: T, server: { dead: boolean }): T {
    return new Proxy(target, {
      get(object, name) {
        const value: unknown = Reflect.get(object, name);
        if (typeof value !== 'function' || name === 'refusal') return value;
        const call = value as (...args: unknown[]) => unknown;
        if (['offers', 'list', 'logs', 'watch', 'changes'].includes(String(name)) && target === (s.cloud.provider as object)) {
          return (...args: unknown[]) => stream(server, () => call.apply(object, args) as AsyncIterable<unknown>);
        }
        return async (...args: unknown[]) => {
          await hazard(server, 'unavailable');
          const answer = await call.apply(object, args);
          await hazard(server, 'uncertain');
          return answer;
        };
      },
    });
  }

  async function* stream(server: { dead: boolean }, open: () => AsyncIterable<unknown>): AsyncGenerator<unknown> {
    await hazard(server, 'unavailable');
    for await (const item of open()) {
      if (server.dead) await never();
      yield item;
    }
  }

  async function hazard(server: { dead: boolean }, code: 'unavailable' | 'uncertain'): Promise<void> {
    const dice = fraction(chance);
    if (dice < weather.crashes) server.dead = true;
    if (server.dead) await never();
    if (dice > 1 - weather.faults) throw new NebError(code, `as the weather would have it: ${code}`);
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
