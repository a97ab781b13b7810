import {
  type Call, type Connection, type CreateRequest, type DeleteOptions, type Exec, type Files, type Instance, type InstanceRef, type InstanceUsage,
  isNebError, type LaunchSpec, type ListQuery, type Logs, NebError, type Provider, systemClock,
} from '@neb/core-types';
import { keyring } from '@neb/ssh';
import { sshAccess } from './access.ts';
import { bootScript } from './boot/script.ts';
import { dialling } from './dial.ts';
import { disksOf } from './disks.ts';
import { facet, located } from './located.ts';
import type { Machine, Machines } from './machines.ts';
import type { MachineProviderOptions } from './options.ts';
import { refusalFor } from './refusal.ts';
import { seats as seatsOf } from './seats.ts';
import { sightOf } from './sight.ts';
import { suspendOf } from './suspend.ts';
import { instanceOf } from './view.ts';

/** A provider that boots a machine for each container. Dispose of it to end what it does in the background; machines that are being left are left first. */
export interface MachineProvider extends Provider, AsyncDisposable {
  refusal(spec: LaunchSpec): string | undefined;
  readonly logs: Logs;
  readonly exec: Exec;
  readonly dial: (ref: InstanceRef, port: number, call?: Call) => Promise<Connection>;
  readonly files: Files;
  readonly usage: (ref: InstanceRef, call?: Call) => Promise<InstanceUsage>;
}

const graceMs = 10_000;

/**
 * Machines of a cloud as a platform for containers: each container gets a machine of its own, whose Docker is reached over
 * SSH, and which ends with it. A machine that hears nothing from here for `silenceMs` ends itself.
 */
export function machineProvider(machines: Machines, options: MachineProviderOptions): MachineProvider {
  const { clock = systemClock, bootMs = 600_000, startMs = 1_800_000, silenceMs = 1_800_000, beatMs = 60_000, pollMs = 3_000, access = sshAccess } = options;
  const keys = keyring(options.secret);
  if (silenceMs < 2 * beatMs) throw new NebError('invalid', `machines that hear from the control plane every ${beatMs / 1_000} s cannot end after ${silenceMs / 1_000} s of silence`);
  const seats = seatsOf({ machines, access, keys, clock, bootMs, startMs, beatMs, pollMs });

  async function shown(machine: Machine, call?: Call): Promise<Instance> {
    seats.heard(machine.id, machine);
    const sight = machine.state === 'running' ? await sightOf(seats.at(machine), call) : ({ kind: 'none' } as const);
    const instance = instanceOf(machine, sight, { nowMs: clock.now(), startMs });
    // Only the process that was asked for it brings its container there, and that one may be dead.
    return instance.state === 'pending' && !isAttended(machine) ? { ...instance, isUnattended: true } : instance;
  }

  function isAttended(machine: Machine): boolean {
    const seat = seats.get(machine.id);
    return seat?.launch() !== undefined && (seat.machine().state !== 'running' || seat.machine().bootedAt === machine.bootedAt);
  }

  async function bring(machine: Machine, request: CreateRequest, call?: Call): Promise<Instance> {
    if (machine.state === 'pending' || machine.state === 'running') seats.at(machine).begin(request);
    return await shown(machine, call);
  }

  return {
    name: machines.name,
    traits: { ...machines.traits, secretFiles: false, dialsOnly: true },
    time: () => machines.time?.(),
    offers: (query, call) => machines.offers(query, call),

    async create(request: CreateRequest, call?: Call): Promise<Instance> {
      call?.signal?.throwIfAborted();
      const refusal = refusalFor(request.spec, machines);
      if (refusal !== undefined) throw new NebError('invalid', refusal);
      const { key, fleet, offer } = request;
      const userKey = keys.user(fleet);
      const userData = bootScript({ userKey, hostKey: keys.host({ fleet, key }), silenceMs });
      const machine = await machines.create({ key, fleet, offer, userData, disks: disksOf(request), publicKey: userKey.publicKey }, call);
      return await bring(machine, request, call);
    },

    async inspect(ref: InstanceRef, call?: Call): Promise<Instance | undefined> {
      call?.signal?.throwIfAborted();
      const machine = await machines.inspect(ref, call);
      if (machine) return await shown(machine, call);
      seats.close(ref);
      return undefined;
    },

    async *list({ fleet }: ListQuery, call?: Call): AsyncGenerator<Instance> {
      call?.signal?.throwIfAborted();
      const found = await Array.fromAsync(machines.list({ fleet }, call));
      yield* await Promise.all(found.map((machine) => shown(machine, call)));
      // Machines that went by themselves are told nothing any more.
      for (const id of seats.of(fleet)) if (!found.some((machine) => machine.id === id)) seats.heard(id, await machines.inspect(id, call));
    },

    async delete(ref: InstanceRef, deletion: DeleteOptions = {}, call?: Call): Promise<void> {
      call?.signal?.throwIfAborted();
      seats.get(ref)?.launch()?.cancel();
      const machine = await machines.inspect(ref, call);
      const grace = deletion.graceMs ?? graceMs;
      if (machine?.state === 'running' && grace > 0) {
        const seat = seats.at(machine);
        if (seat.isLeaving()) return;
        const sight = await sightOf(seat, call);
        if (sight.kind === 'there' && sight.container.state === 'running') return seat.leave(sight.container, grace);
      }
      await machines.delete(ref, call);
      seats.close(ref);
    },

    refusal: (spec) => refusalFor(spec, machines),
    readiness: async (call) => await machines.readiness?.(call),

    async *logs(ref, query, call) {
      let isOpen = false;
      try {
        const { seat, container } = await located(seats, { machines, id: ref }, call);
        isOpen = true;
        yield* facet(seat.engine(), 'logs')(container.ref, query, call);
      } catch (error) {
        call?.signal?.throwIfAborted();
        // A machine that is being left, or has gone meanwhile, has said all that it will ever say.
        const isOver = seats.get(ref)?.isLeaving() === true || (isOpen && (await machines.inspect(ref, call)) === undefined);
        if (!isNebError(error) || !isOver) throw error;
      }
    },
    async exec(ref, request, call) {
      const { seat, container } = await located(seats, { machines, id: ref }, call);
      return await facet(seat.engine(), 'exec')(container.ref, request, call);
    },
    dial: dialling({ machines, seats, clock }),
    files: {
      async read(ref, path, call) {
        const { seat, container } = await located(seats, { machines, id: ref }, call);
        return await facet(seat.engine(), 'files').read(container.ref, path, call);
      },
      async write(...[ref, path, tar, call]) {
        const { seat, container } = await located(seats, { machines, id: ref }, call);
        await facet(seat.engine(), 'files').write(container.ref, path, tar, call);
      },
    },
    async usage(ref, call) {
      const { seat, container } = await located(seats, { machines, id: ref }, call);
      return await facet(seat.engine(), 'usage')(container.ref, call);
    },

    suspend: machines.rests && suspendOf({ world: { machines, clock }, rests: machines.rests, seats, bring }),

    async [Symbol.asyncDispose]() {
      await seats.dispose();
    },
  };
}
