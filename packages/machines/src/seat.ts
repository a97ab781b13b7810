import { type Call, type CreateRequest, type Instance, NebError } from '@neb/core-types';
import type { SshTarget } from '@neb/providers-docker';
import type { MachineEngine, Mount } from './access.ts';
import { bootUser } from './boot/script.ts';
import { depart, type Departure } from './departure.ts';
import { heartbeat, type Heartbeat } from './heartbeat.ts';
import { type Launch, launch } from './launch.ts';
import type { Machine } from './machines.ts';
import type { World } from './world.ts';

/** One machine as this process deals with it: its engine, and what is under way there. */
export interface Seat {
  /** The newest known of the machine. */
  machine(): Machine;
  saw(machine: Machine): void;
  /** Brings its container to run, in the background: goes on with the launch that is under way, or begins anew after a failure. */
  begin(request: CreateRequest): Launch;
  launch(): Launch | undefined;
  /** The container as the engine shows it; `undefined` where there is none. Rejects where the engine does not answer. */
  container(call?: Call): Promise<Instance | undefined>;
  /** The engine. Throws `conflict` where the machine has no address yet, and `unavailable` once the seat is closed. */
  engine(): MachineEngine;
  /** Has the container stopped within `graceMs` and then the machine deleted, in the background. Repeating it changes nothing. */
  leave(container: Instance, graceMs: number): void;
  isLeaving(): boolean;
  /** Resolves once no departure is under way. */
  left(): Promise<void>;
  isClosed(): boolean;
  close(): Promise<void>;
}

/** `missed` is told of each time that the machine did not hear from here. */
export function seatAt(world: World, first: Machine, missed: (call: Call) => Promise<void>): Seat {
  const { access, keys } = world;
  let machine = first;
  let isClosed = false;
  let launching: Launch | undefined;
  let departure: Departure | undefined;
  let open: { readonly address: string; readonly engine: MachineEngine; readonly heart: Heartbeat } | undefined;

  function target(address: string): SshTarget {
    return { host: address, username: bootUser, privateKey: keys.user(machine.fleet).privateKey, hostKeys: [keys.host(machine).publicKey] };
  }

  function engine(): MachineEngine {
    const { address } = machine;
    if (isClosed) throw new NebError('unavailable', `machine ${machine.id} was stopped or went while it was used`);
    if (address === undefined) throw new NebError('conflict', `machine ${machine.id} has no address yet`);
    if (open?.address === address) return open.engine;
    void shut();
    const at = target(address);
    open = { address, engine: access.engine(at), heart: heartbeat(world, { beat: (call) => access.beat(at, call), missed }) };
    return open.engine;
  }

  async function container(call?: Call): Promise<Instance | undefined> {
    // Its name at the engine is the engine's own affair; its key is ours.
    for await (const found of engine().list({ fleet: machine.fleet }, call)) if (found.key === machine.key) return found;
    return undefined;
  }

  async function mount(what: Mount, call?: Call): Promise<void> {
    if (machine.address !== undefined) await access.mount(target(machine.address), what, call);
  }

  async function shut(): Promise<void> {
    const was = open;
    open = undefined;
    was?.heart.stop();
    await was?.engine[Symbol.asyncDispose]();
  }

  return {
    machine: () => machine,
    saw: (seen) => { machine = seen; },
    begin(request) {
      if (launching && launching.failure() === undefined) return launching;
      launching = launch(world, { request, machine, see: (seen) => { machine = seen; }, engine, container, mount });
      return launching;
    },
    launch: () => launching,
    container,
    engine,
    leave(container, graceMs) {
      departure ??= depart(world, { id: machine.id, engine: engine(), container, graceMs, over: () => { departure = undefined; } });
    },
    isLeaving: () => departure !== undefined,
    left: async () => await departure?.done,
    isClosed: () => isClosed,
    async close() {
      isClosed = true;
      launching?.cancel();
      departure?.cancel();
      await shut();
    },
  };
}
