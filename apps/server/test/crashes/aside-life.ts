import { containerSpec, NebError, type Provider, timestamp } from '@neb/core-types';
import { fakeClock, memoryCloud, type MemoryCloud, seededRandom } from '@neb/core-types/testing';
import { memoryQueue, memoryStore, newContainerStatus, newSnapshotStatus, type Resource, runScheduler, suspendAsked } from '@neb/scheduler';
import { type Death, type Mortal, mortal } from './mortal.ts';

/** What is asked of a container that runs, in which a process dies. `bad move` is one whose target cannot start, and of `unready move` it starts and does not answer. Of `notice` and `notice to suspend` its platform takes the instance away, in good time for what its manifest says; of `short notice` so soon that it may be gone before. */
export const asideDeeds = ['move', 'bad move', 'unready move', 'fork', 'suspend', 'delete on the way', 'notice', 'notice to suspend', 'short notice'] as const;
export type AsideDeed = (typeof asideDeeds)[number];

export interface AsideOutcome {
  /** Whatever should not be; empty where all is well. */
  readonly wrongs: readonly string[];
  readonly deaths: number;
  /** How often the process waited in the deed. */
  readonly waits: number;
}

const minute = 60_000;
const boundMs = 20 * minute;
const forks = ['f0', 'f1', 'f2'];
/** Longer than the place of a process that died is kept for it. */
const noticeMs = 5 * minute;

/** A container runs and remembers, the deed is asked for, and the process at it dies as `death` says; another takes its place, and all comes to rest. */
export async function liveAside(deed: AsideDeed, death: Death | undefined): Promise<AsideOutcome> {
  const clock = fakeClock();
  const random = seededRandom(7);
  let moves = 0;
  const move = (): void => { moves++; };
  const queues = { Container: memoryQueue(clock, random), Namespace: memoryQueue(clock, random), Processor: memoryQueue(clock, random), Service: memoryQueue(clock, random), Snapshot: memoryQueue(clock, random) };
  const store = memoryStore({ clock, random, queues });
  const here = memoryCloud({ clock, name: 'here', startMs: 500, saveMs: 2_000 });
  const there = memoryCloud({ clock, name: 'there', startMs: 500, saveMs: 2_000 });
  if (deed === 'bad move') there.failImage('app', { code: 'failed', message: 'it does not start here' });
  const wrongs = new Set<string>();
  let died = 0;

  const container = async (id = 'a'): Promise<Resource<'Container'>> => (await store.get('Container', id))!;
  await store.commit([{ do: 'put', resource: newContainer('a') }, { do: 'wake', kind: 'Container', id: 'a' }]);
  let alive = start();
  await until(async () => (await container()).status.status === 'running');
  const ref = (await container()).status.attempt!.ref as never;
  here.remember(ref, 'word');
  const memory = here.recall(ref);

  const waitsBefore = alive.waits();
  const askedAt = clock.now();
  if (death) alive.condemn(death);
  await ask();
  let waits = 0;
  await until(async () => {
    if (!(await isDone())) return false;
    waits ||= alive.waits() - waitsBefore;
    return true;
  });
  // Whatever it did it has tidied up by itself; what nobody knows of is swept.
  const copies = (await instances()).filter(({ key }) => key.startsWith('a-')).length;
  if (copies !== (deed === 'delete on the way' ? 0 : 1)) wrongs.add(`when it was done there were ${copies} copies`);
  const calmAt = clock.now() + 3 * minute;
  await until(async () => clock.now() >= calmAt);
  await judge();
  alive.kill();
  return { wrongs: [...wrongs], deaths: died, waits };

  function start(): Mortal {
    const process = mortal(clock, move);
    void runScheduler({
      store: process.around(store), clock: process.clock, random, providers: [mortalProvider(process, here, !deed.includes('notice')), { ...mortalProvider(process, there, true), dial: () => Promise.reject(new NebError('unavailable', 'nobody answers there')) }], launch: { image: 'default' },
      queues: { Container: process.around(queues.Container), Namespace: process.around(queues.Namespace), Processor: process.around(queues.Processor), Service: process.around(queues.Service), Snapshot: process.around(queues.Snapshot) },
      secrets: { open: () => Promise.reject(new Error('there are no secrets')), known: async () => [] },
    }, new AbortController().signal);
    return process;
  }

  async function ask(): Promise<void> {
    const found = await container();
    const at = timestamp(clock.now());
    const asked = (status: Partial<Resource<'Container'>['status']>): Promise<unknown> => store.commit([{ do: 'put', resource: { ...found, status: { ...found.status, ...status } } }, { do: 'wake', kind: 'Container', id: 'a' }]);
    switch (deed) {
      case 'move':
      case 'bad move':
      case 'unready move':
      case 'delete on the way': return void (await asked({ asked: { do: 'move', at, platform: 'there' } }));
      case 'notice':
      case 'notice to suspend': return here.interrupt('a-1', noticeMs);
      case 'short notice': return here.interrupt('a-1', 3_000);
      case 'suspend': return void (await asked({ asked: suspendAsked(found, clock.now()) }));
      case 'fork': return void (await store.commit([
        { do: 'put', resource: newSnapshot() }, { do: 'wake', kind: 'Snapshot', id: 's' },
        ...forks.flatMap((id) => [{ do: 'put' as const, resource: newContainer(id, id === 'f2' ? { platform: 'there', snapshot: 's' } : { platform: undefined, snapshot: 's' }) }, { do: 'wake' as const, kind: 'Container' as const, id }]),
      ]));
    }
  }

  async function isDone(): Promise<boolean> {
    const { status, goneAt, deletedAt } = await container();
    switch (deed) {
      case 'move':
      case 'notice': return status.platform === 'there' && status.move === undefined && status.ready;
      case 'bad move':
      case 'unready move': return status.attempts === 2 && status.move === undefined && status.asked === undefined && status.ready;
      case 'fork': return (await Promise.all(forks.map(container))).every((fork) => fork.status.ready) && (await store.get('Snapshot', 's'))!.goneAt !== undefined;
      case 'short notice': return clock.now() > askedAt + minute && status.move === undefined && status.asked === undefined && status.ready && !(await instances()).some(({ key }) => key === 'a-1');
      case 'suspend':
      case 'notice to suspend': {
        if (status.status !== 'paused') return status.status === 'running' && status.asked === undefined && status.suspended === undefined && (await resumedEvent());
        if (status.asked === undefined && (deed === 'suspend' || clock.now() > askedAt + noticeMs)) await resume();
        return false;
      }
      case 'delete on the way': {
        if (deletedAt === undefined && (status.move?.phase === 'restoring' || status.move?.phase === 'verifying' || status.move?.phase === 'leaving')) await remove();
        return goneAt !== undefined;
      }
    }
  }

  async function resumedEvent(): Promise<boolean> {
    return (await store.events({ objectId: 'a' })).items.some(({ reason }) => reason === 'Resumed');
  }

  async function resume(): Promise<void> {
    const found = await container();
    await store.commit([{ do: 'put', resource: { ...found, status: { ...found.status, asked: { do: 'resume', at: timestamp(clock.now()) } } } }, { do: 'wake', kind: 'Container', id: 'a' }]).catch(() => undefined);
  }

  async function remove(): Promise<void> {
    await store.commit([{ do: 'put', resource: { ...(await container()), deletedAt: timestamp(clock.now()) } }, { do: 'wake', kind: 'Container', id: 'a' }]).catch(() => undefined);
  }

  /** Lets time pass until `reached`, and puts another process in the place of one that died. */
  async function until(reached: () => Promise<boolean>): Promise<void> {
    for (const end = clock.now() + boundMs; !(await reached()); ) {
      if (clock.now() > end) return void wrongs.add(`does not come to rest: ${JSON.stringify((await container()).status)}`);
      clock.advance(clock.nextMs() ?? 1_000);
      for (let [quiet, turns] = [0, 0]; quiet < 3 && turns < 1_000; turns++) {
        const before = moves;
        await new Promise((resolve) => { setImmediate(resolve); });
        quiet = moves === before ? quiet + 1 : 0;
      }
      if (alive.isDead()) {
        died++;
        alive = start();
      }
      await watch();
    }
  }

  /** What holds at every moment: of one container no two copies run that both could be the one. */
  async function watch(): Promise<void> {
    const running = (await instances()).filter(({ state, key }) => state === 'running' && key.startsWith('a-'));
    const { status } = await container();
    // The source may run until it is removed only where it stands still: a suspended one is not running.
    if (running.length > 1) wrongs.add(`${running.map(({ key, at }) => `${key} at ${at}`).join(' and ')} run at once in ${status.move?.phase ?? 'no move'}`);
  }

  async function judge(): Promise<void> {
    const all = await instances();
    const snapshots = await Promise.all([here, there].map(async ({ provider }) => await Array.fromAsync(provider.suspend!.snapshots({ fleet: await store.fleet() }))));
    if (snapshots.flat().length > 0) wrongs.add(`snapshots are left: ${snapshots.flat().map(({ key }) => key).join()}`);
    const expected = deed === 'delete on the way' ? [] : deed === 'fork' ? ['a', ...forks] : ['a'];
    const owners = all.map(({ key }) => key.slice(0, key.lastIndexOf('-'))).toSorted();
    if (owners.join() !== expected.toSorted().join()) wrongs.add(`there are instances of ${owners.join()}`);
    for (const id of expected) {
      const { status } = await container(id);
      const one = all.find(({ ref: found, at }) => found === status.attempt?.ref && at === status.platform);
      if (one?.state !== 'running' || status.status !== 'running') wrongs.add(`${id} is ${status.status}, and its instance ${one?.state ?? 'not there'}`);
      else if (deed !== 'short notice' && cloudOf(status.platform).recall(one.ref) !== memory) wrongs.add(`${id} holds "${cloudOf(status.platform).recall(one.ref)}" and not "${memory}"`);
    }
    const { status } = await container();
    if ((deed === 'move' || deed === 'notice') && status.platform !== 'there') wrongs.add(`it is on ${status.platform}`);
    if ((deed === 'bad move' || deed === 'unready move') && status.platform !== 'here') wrongs.add(`it is on ${status.platform}`);
    if (deed !== 'short notice' && status.restart_count > 0) wrongs.add('it was started anew');
  }

  function cloudOf(name: string | undefined): MemoryCloud {
    return name === 'there' ? there : here;
  }

  async function instances() {
    const fleet = await store.fleet();
    const both = await Promise.all([here, there].map(async ({ provider }) => (await Array.fromAsync(provider.list({ fleet }))).map((one) => ({ ...one, at: provider.name }))));
    return both.flat();
  }

  function newContainer(id: string, more: object = {}): Resource<'Container'> {
    return { ...blank(), kind: 'Container', id, name: id, spec: containerSpec.parse({ image: 'app', platform: 'here', restart: 'Always', ...(deed.includes('notice') && { platform: undefined, on_interruption: deed === 'notice to suspend' ? 'suspend' : 'migrate' }), ...(deed === 'unready move' && { health_check: { protocol: 'tcp', port: 80 } }), ...more }), status: newContainerStatus };
  }

  function newSnapshot(): Resource<'Snapshot'> {
    return { ...blank(), kind: 'Snapshot', id: 's', name: 's', spec: { container: 'a', for_containers: forks }, status: newSnapshotStatus };
  }

  function blank() {
    const now = timestamp(clock.now());
    return { namespace: 'n', owner: 'o', labels: {}, seq: 0, version: 0, generation: 1, finalizers: [], createdBy: 'o', createdAt: now, updatedAt: now };
  }
}

/** A cloud as a process sees it that can die at each wait for it. Without `forks` others go on elsewhere only. */
function mortalProvider(process: Mortal, { provider }: MemoryCloud, forks: boolean): Provider {
  const { create, inspect, delete: remove } = process.around(provider);
  const suspend = provider.suspend!;
  const archives = suspend.archives!;
  const { refusal, save, snapshot, forget, misfit, restore, origin } = process.around(suspend);
  return {
    ...provider, create, inspect, delete: remove,
    async *list(query, call) { yield* await process.step(() => Array.fromAsync(provider.list(query, call))); },
    suspend: {
      ...suspend, forks, refusal, save, snapshot, forget, misfit, restore, ...(origin && { origin }),
      async *snapshots(query, call) { yield* await process.step(() => Array.fromAsync(suspend.snapshots(query, call))); },
      archives: {
        async read(ref, call) { return pieces(await process.step(() => archives.read(ref, call))); },
        write: (archive, request, call) => process.step(() => archives.write(archive, request, call)),
      },
    },
  };

  async function* pieces(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of archive) yield await process.step(async () => piece);
  }
}
