import { type Clock, type CreateRequest, type Failure, type Instance, NebError, type SaveRequest, type Snapshot, type SnapshotOrigin, timestamp, turns, type WriteRequest } from '@neb/core-types';
import { findContainer } from '../containers.ts';
import type { Launches } from '../launch/launches.ts';
import { secretBinds } from '../launch/start.ts';
import { containerName, labels, snapshotRefOf } from '../names.ts';
import type { ContainerDetail } from '../replies.ts';
import { instanceOf } from '../translate.ts';
import { type Ability, misfitOf } from './ability.ts';
import type { Detection } from './detect.ts';
import type { Driver, Taken } from './driver.ts';
import { gpuOrigin } from './gpu-path.ts';
import { saveFailure } from './failure.ts';
import { refusalOf, type Refused } from './refusal.ts';
import type { Shelf, SnapshotFacts } from './shelf.ts';

/** What one engine does about snapshots. Names are those of `containerName`: of a fleet and a key. */
export interface EngineSuspend {
  /** As it was last found; `undefined` before it was looked for. */
  readonly last: Ability | undefined;
  find(signal?: AbortSignal): Promise<Ability>;
  refusal(container: string, request: SaveRequest, signal?: AbortSignal): Promise<string | undefined>;
  origin(container: string, signal?: AbortSignal): Promise<SnapshotOrigin>;
  save(container: string, request: SaveRequest, signal?: AbortSignal): Promise<Snapshot>;
  snapshot(name: string): Promise<Snapshot | undefined>;
  snapshots(fleet: string): Promise<readonly Snapshot[]>;
  forget(name: string): Promise<void>;
  misfit(snapshot: Snapshot, signal?: AbortSignal): Promise<string | undefined>;
  restore(name: string, request: CreateRequest, signal?: AbortSignal): Promise<Instance>;
  read(name: string): Promise<AsyncIterable<Uint8Array>>;
  write(archive: AsyncIterable<Uint8Array>, request: WriteRequest, signal?: AbortSignal): Promise<Snapshot>;
  /** What a container that does not run is: `suspended` where it was put aside. */
  shown(detail: ContainerDetail, signal?: AbortSignal): Promise<Instance>;
  /** A container is gone: so are the snapshots that only it could go on from, and what was kept of others for it alone. */
  gone(container: string): Promise<void>;
  /** Resolves once no save is under way. */
  settled(): Promise<void>;
}

export interface EngineSuspendOptions {
  readonly host: string;
  readonly at: string;
  readonly detection: Detection;
  readonly drivers: Readonly<Record<'docker' | 'podman', Driver>>;
  readonly shelf: Shelf;
  readonly client: Parameters<typeof findContainer>[0];
  readonly launches: Launches;
  readonly clock: Clock;
  /** Whether processes of the engine's host are ours to look at. */
  readonly sharesFiles: boolean;
  /** Told of each instance that was put aside or failed to be. */
  readonly changed: (fleet: string, key: string) => void;
}

interface Work {
  readonly ended: Promise<void>;
  doneBytes: number;
}

/** How long `save` and `restore` wait for what is quick, so that they can already tell of it. */
const acceptMs = 1_000;

export function engineSuspend(options: EngineSuspendOptions): EngineSuspend {
  const { host, at, detection, drivers, shelf, client, launches, clock, sharesFiles, changed } = options;
  const working = new Map<string, Work>();
  /** By containers: two saves of one at once would each take what the other is at. */
  const saves = turns();

  async function able(signal?: AbortSignal): Promise<Ability & { readonly can: true }> {
    const ability = await detection.find(signal);
    if (ability.can) return ability;
    throw new NebError('unsupported', `${at} cannot suspend: ${ability.why}`);
  }

  function shownSnapshot(name: string, { key, of, state, failure, takenAt, sizeBytes, made }: SnapshotFacts): Snapshot {
    const doneBytes = working.get(name)?.doneBytes;
    return {
      ref: snapshotRefOf({ host, name }), key, of, state, region: host, keeps: 'memory', made,
      failure: failure as Failure | undefined, takenAt, sizeBytes,
      ...(state === 'saving' && doneBytes !== undefined && { doneBytes }),
    };
  }

  async function refused(container: string, request: SaveRequest, signal?: AbortSignal): Promise<Refused | undefined> {
    const ability = await detection.find(signal);
    if (!ability.can) return { code: 'unsupported', why: ability.why };
    const seen = await findContainer(client, container, signal);
    if (!seen) throw new NebError('not_found', `there is no container ${container} at ${at}`);
    const isSuspended = (await drivers[ability.kind].suspension(seen, signal)) !== undefined;
    const isBeingSaved = seen.State.Status === 'paused' && (await shelf.all()).some(([, facts]) => facts.container === container && facts.state === 'saving');
    return await refusalOf({ seen, request, ability, sharesFiles, isSuspended, isBeingSaved });
  }

  /** Does it in the background, unless that is under way; what fails is written down. */
  function work(name: string, facts: SnapshotFacts, does: (progress: (doneBytes: number) => void) => Promise<Taken>): Work {
    const known = working.get(name);
    if (known) return known;
    const ended = (async () => {
      let after: SnapshotFacts;
      try {
        const { stamp, sizeBytes } = await does((doneBytes) => { one.doneBytes = doneBytes; });
        after = { ...facts, state: 'ready', failure: undefined, stamp, sizeBytes, takenAt: facts.takenAt ?? timestamp(clock.now()) };
      } catch (error) {
        after = { ...facts, state: 'failed', failure: await saveFailure(error, { sharesFiles }) };
      }
      await shelf.write(name, after);
      working.delete(name);
      changed(facts.fleet, facts.of);
    })();
    const one: Work = { ended, doneBytes: 0 };
    working.set(name, one);
    ended.catch(() => working.delete(name));
    return one;
  }

  async function briefly(work: Promise<unknown>, signal?: AbortSignal): Promise<void> {
    const patience = new AbortController();
    await Promise.race([work, clock.sleep(acceptMs, patience.signal)]);
    patience.abort();
    signal?.throwIfAborted();
  }

  async function snapshot(name: string): Promise<Snapshot | undefined> {
    const facts = await shelf.read(name);
    return facts && shownSnapshot(name, facts);
  }

  async function known(name: string): Promise<Snapshot> {
    const seen = await snapshot(name);
    if (seen) return seen;
    throw new NebError('not_found', `snapshot ${name} is gone`);
  }

  async function drop(name: string, facts: SnapshotFacts): Promise<void> {
    const ability = await detection.find();
    if (ability.can) await drivers[ability.kind].drop(name, facts);
    await shelf.remove(name);
  }

  async function ready(name: string): Promise<SnapshotFacts> {
    const facts = await shelf.read(name);
    if (!facts) throw new NebError('not_found', `there is no snapshot ${name} at ${at}`);
    if (facts.state === 'ready') return facts;
    throw new NebError('conflict', `snapshot ${name} is ${facts.state === 'saving' ? 'still being saved' : 'not whole'}`);
  }

  return {
    get last() {
      return detection.last;
    },
    find: (signal) => detection.find(signal),

    refusal: async (container, request, signal) => (await refused(container, request, signal))?.why,

    async origin(container, signal) {
      const [{ made, gpus }, seen] = await Promise.all([able(signal), findContainer(client, container, signal)]);
      return { ...made, ...(seen && gpuOrigin(seen, gpus)), image: seen?.Image };
    },

    async save(container, request, signal) {
      const name = containerName(request.fleet, request.key);
      const before = await shelf.read(name);
      if (before?.state === 'ready') return shownSnapshot(name, before);
      const ability = await able(signal);
      if (!working.has(name)) {
        const seen = await findContainer(client, container, signal);
        // What was begun is gone on with: a container that was suspended then is no reason not to.
        const refusal = before?.state === 'saving' ? undefined : await refused(container, request, signal);
        if (refusal) throw new NebError(refusal.code, refusal.why);
        const facts: SnapshotFacts = before ?? {
          key: request.key, fleet: request.fleet, of: seen?.Config.Labels[labels.key] ?? '', container,
          then: request.then, for: request.for, connections: request.connections ?? 'close', state: 'saving',
          made: { ...ability.made, ...(seen && gpuOrigin(seen, ability.gpus)), image: seen?.Image },
        };
        const saving: SnapshotFacts = { ...facts, state: 'saving', failure: undefined, takenAt: timestamp(clock.now()) };
        signal?.throwIfAborted();
        await shelf.write(name, saving);
        work(name, saving, (progress) => saves.take(container, () => drivers[ability.kind].take({ name, facts: saving, progress })));
      }
      await briefly(working.get(name)?.ended ?? Promise.resolve(), signal);
      return await known(name);
    },

    snapshot,
    async snapshots(fleet) {
      return (await shelf.all()).filter(([, facts]) => facts.fleet === fleet).map(([name, facts]) => shownSnapshot(name, facts));
    },

    async forget(name) {
      await working.get(name)?.ended.catch(() => undefined);
      const facts = await shelf.read(name);
      if (!facts) return;
      if (!(await isAside(facts))) return await drop(name, facts);
      await shelf.write(name, { ...facts, isForgotten: true });
    },

    async misfit(snapshot, signal) {
      return misfitOf(snapshot.made, await detection.find(signal));
    },

    async restore(name, request, signal) {
      if (request.offer.region !== host) throw new NebError('unsupported', `snapshot ${name} is at ${host}, and the offer is ${request.offer.region}'s`, { hint: 'Bring it there as an archive first.' });
      const { kind } = await able(signal);
      const facts = await ready(name);
      signal?.throwIfAborted();
      const launch = launches.begin(request, async (world, _, steps) => {
        const driver = drivers[kind];
        const container = containerName(request.fleet, request.key);
        const seen = container === facts.container ? await findContainer(client, container, steps.signal) : undefined;
        if (!seen) return await driver.bring({ name, facts, request, steps });
        const stamp = await driver.suspension(seen, steps.signal);
        if (stamp === undefined) return; // It goes on already, or has ended since.
        if (stamp !== facts.stamp) throw new NebError('conflict', `container ${container} went on after this snapshot, and was suspended again: it goes on from the later one only`);
        await world.networks.ensure({ fleet: request.fleet, namespace: seen.Config.Labels[labels.namespace] ?? request.spec.network.namespace });
        // A restart of the machine takes what is in its memory only.
        if (request.spec.secretFiles?.length) await secretBinds(world, container, request);
        await world.gpus.withThese(seen.Config.Labels[labels.gpus]?.split(',') ?? [], () => driver.resume(container, facts));
        if (facts.isForgotten) await drop(name, facts);
      });
      await briefly(launch.settled, signal);
      const { ref } = launch.instance();
      if (launches.get(launch.name)) return launch.instance();
      const seen = await findContainer(client, launch.name, signal);
      return seen ? instanceOf(host, seen) : { ...launch.instance(), ref };
    },

    async read(name) {
      const facts = await ready(name);
      const { kind } = await able();
      if (facts.for === 'itself') throw new NebError('unsupported', 'this snapshot was made for the container itself, and cannot be taken elsewhere', { hint: 'Save it for any.' });
      return await drivers[kind].read(name);
    },

    async write(archive, { key, fleet, facts: there }, signal) {
      const { kind } = await able(signal);
      const name = containerName(fleet, key);
      const before = await shelf.read(name);
      if (before?.state === 'ready') return shownSnapshot(name, before);
      const misfit = await this.misfit(there, signal);
      if (misfit !== undefined) throw new NebError('unsupported', `snapshot ${there.key} would not go on at ${at}: ${misfit}`);
      const facts: SnapshotFacts = {
        key, fleet, of: there.of, container: containerName(fleet, there.of), then: 'run', for: 'any', connections: 'close', state: 'saving',
        takenAt: there.takenAt, made: there.made,
      };
      signal?.throwIfAborted();
      await shelf.write(name, facts);
      const writing = work(name, facts, async (progress) => ({ stamp: undefined, sizeBytes: await drivers[kind].write(name, archive, progress) }));
      await briefly(writing.ended, signal);
      return await known(name);
    },

    async shown(detail, signal) {
      const instance = instanceOf(host, detail);
      if (instance.state !== 'exited') return instance;
      const ability = detection.last ?? (await detection.find(signal).catch(() => undefined));
      if (!ability?.can || (await drivers[ability.kind].suspension(detail, signal)) === undefined) return instance;
      return { ref: instance.ref, key: instance.key, state: 'suspended', startedAt: instance.startedAt };
    },

    async gone(container) {
      for (const [name, facts] of await shelf.all()) {
        if (facts.container === container && (facts.isForgotten === true || (facts.for === 'itself' && facts.stamp !== undefined))) await drop(name, facts);
      }
      if (detection.last?.can) await drivers[detection.last.kind].sweep();
    },

    async settled() {
      await Promise.allSettled([...working.values()].map(({ ended }) => ended));
    },
  };

  /** Whether a container is suspended by it and goes on from it only: also by one that was cut off before it could note how. */
  async function isAside({ container, stamp, state, then }: SnapshotFacts): Promise<boolean> {
    const mayBe = stamp !== undefined || (state === 'saving' && then === 'suspend');
    const ability = mayBe ? await detection.find() : undefined;
    const seen = ability?.can ? await findContainer(client, container) : undefined;
    const now = ability?.can && seen ? await drivers[ability.kind].suspension(seen) : undefined;
    return now !== undefined && (now === stamp || state === 'saving');
  }
}
