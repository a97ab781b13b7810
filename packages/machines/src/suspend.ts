import { type Call, type CreateRequest, type Instance, isNebError, NebError, type SaveRequest, type Snapshot, type SnapshotRef, type Suspend, timestamp } from '@neb/core-types';
import type { Machine, Rests } from './machines.ts';
import type { Seats } from './seats.ts';
import { sightOf } from './sight.ts';
import { isAside } from './view.ts';
import type { World } from './world.ts';

/** What a suspend is made with. */
export interface SuspendSource {
  readonly world: Pick<World, 'machines' | 'clock'>;
  readonly rests: Rests;
  readonly seats: Seats;
  /** Begins to bring the container of a machine to run that runs or will, and shows it. */
  readonly bring: (machine: Machine, request: CreateRequest, call?: Call) => Promise<Instance>;
}

/**
 * Stops a machine and starts it again: its disk is kept, and on it the files of its container, whose command begins anew. What else it
 * has is not: its accelerator may be taken when it is wanted back. The stopped machine is the snapshot.
 */
export function suspendOf({ world: { machines, clock }, rests, seats, bring }: SuspendSource): Suspend {
  const { name } = machines;

  async function found(ref: string, call: Call | undefined): Promise<Machine> {
    call?.signal?.throwIfAborted();
    const machine = await machines.inspect(ref, call);
    if (!machine || machine.state === 'ending') throw new NebError('not_found', `there is no machine ${ref}`);
    return machine;
  }

  async function refusalOf(machine: Machine, { then, for: audience }: SaveRequest, call: Call | undefined): Promise<NebError | undefined> {
    const { id } = machine;
    if (machine.interruptible && machines.traits.suspendsSpot === false) return new NebError('unsupported', `machine ${id} may be interrupted, and ${name} neither stops nor keeps such a machine`, { hint: 'Leave spot out of the manifest.' });
    if (then === 'run') return new NebError('unsupported', `${name} keeps the disk of a machine by stopping it, and takes no snapshot of one that runs on`);
    if (audience === 'any') return new NebError('unsupported', `${name} goes on with a stopped machine in its place only; it neither forks nor moves it`);
    if (isAside(machine)) return new NebError('conflict', `machine ${id} is suspended already`);
    if (machine.state !== 'running') return new NebError('conflict', `machine ${id} does not run`);
    const sight = await sightOf(seats.at(machine), call);
    if (sight.kind === 'silent') throw new NebError('unavailable', `it is not known whether the container of machine ${id} runs: ${sight.message}`);
    if (sight.kind === 'there' && sight.container.state === 'running') return undefined;
    return new NebError('conflict', `the container of machine ${id} does not run, so that there is nothing to suspend`);
  }

  return {
    keeps: 'disk',
    forks: false,

    async refusal(ref, request, call) {
      return (await refusalOf(await found(ref, call), request, call))?.message;
    },

    async save(ref, request, call) {
      const machine = await found(ref, call);
      const { id, aside } = machine;
      const isOurs = aside?.key === request.key;
      // It has gone on since.
      if (isOurs && !isAside(machine)) return { ...snapshotOf(machine, request.key), state: 'ready' };
      const refusal = isOurs ? undefined : await refusalOf(machine, request, call);
      if (refusal) throw refusal;
      call?.signal?.throwIfAborted();
      if (machine.state === 'running') await rests.stop(id, request.key, call);
      seats.close(id);
      return { ...snapshotOf(machine, request.key), takenAt: timestamp(clock.now()) };
    },

    async snapshot(ref, call) {
      const machine = await saved(ref, call);
      return machine && snapshotOf(machine, partsOf(ref).key);
    },

    async *snapshots({ fleet }, call) {
      call?.signal?.throwIfAborted();
      for await (const machine of machines.list({ fleet }, call)) if (machine.aside && isKept(machine)) yield snapshotOf(machine, machine.aside.key);
    },

    async forget(_ref, call) {
      call?.signal?.throwIfAborted();
    },

    async misfit({ ref }, _offer, call) {
      return (await saved(ref, call)) ? undefined : `${name} goes on only with its own machines, each in its place`;
    },

    async restore(ref, request, call) {
      const { id, key } = partsOf(ref);
      const machine = await found(id, call);
      if (machine.key !== request.key || machine.fleet !== request.fleet) throw new NebError('unsupported', `${name} starts machine ${id} again as what it was, "${machine.key}", and not as "${request.key}"`);
      if (machine.aside?.key !== key) throw new NebError('conflict', `machine ${id} was suspended again after this snapshot, and goes on from the later one only`);
      // One that has been started since was so by an earlier call.
      if (!isAside(machine)) return await bring(machine, request, call);
      if (machine.state !== 'stopped') throw new NebError('unavailable', `machine ${id} is still being stopped`, { retryAfterMs: stoppingMs });
      await rests.start(id, call);
      // What is under way there is of this start, also where the cloud shows it late.
      if (seats.get(id)?.launch()?.isOver() !== false) seats.close(id);
      return await bring({ ...machine, state: 'pending', address: undefined }, request, call);
    },
  };

  /** The machine, where it is this snapshot. */
  async function saved(ref: SnapshotRef, call: Call | undefined): Promise<Machine | undefined> {
    call?.signal?.throwIfAborted();
    const { id, key } = partsOf(ref);
    const machine = key === '' ? undefined : await machines.inspect(id, call).catch(ignoreStrange);
    return machine && machine.aside?.key === key && isKept(machine) ? machine : undefined;
  }
}

const stoppingMs = 5_000;

function isKept(machine: Machine): boolean {
  return isAside(machine) && ['running', 'stopping', 'stopped'].includes(machine.state);
}

function snapshotOf({ id, key: of, state }: Machine, key: string): Snapshot {
  return { ref: `${id}@${key}` as SnapshotRef, key, of, state: state === 'stopped' ? 'ready' : 'saving', keeps: 'disk', made: {} };
}

/** Machine and key of a snapshot; of another platform's, no key. */
function partsOf(ref: SnapshotRef): { readonly id: string; readonly key: string } {
  const [, id = ref, key = ''] = /^(.*)@([^@]+)$/s.exec(ref) ?? [];
  return { id, key };
}

/** What is no machine of this cloud is no snapshot either. */
function ignoreStrange(error: unknown): undefined {
  if (!isNebError(error, 'not_found')) throw error;
}
