import type { Call } from '@neb/core-types';
import type { Machine } from './machines.ts';
import { type Seat, seatAt } from './seat.ts';
import type { World } from './world.ts';

/** The machines that this process deals with. */
export interface Seats {
  /** The seat of a machine that runs or will, made where there is none. A machine that was stopped and started again gets a new one. */
  at(machine: Machine): Seat;
  get(id: string): Seat | undefined;
  /** The machines of a fleet that have a seat. */
  of(fleet: string): readonly string[];
  /** Ends all that is under way at a machine that its cloud no longer has, or shows stopped: such a one hears nothing. */
  heard(id: string, machine: Machine | undefined): void;
  /** Ends all that is under way at a machine. Succeeds where there is nothing. */
  close(id: string): void;
  /** Ends everything. */
  dispose(): Promise<void>;
}

export function seats(world: World): Seats {
  const all = new Map<string, Seat>();
  const closing = new Set<Promise<void>>();

  function close(id: string): void {
    const seat = all.get(id);
    all.delete(id);
    if (!seat) return;
    const closed = seat.close().finally(() => closing.delete(closed));
    closing.add(closed);
  }

  function heard(id: string, machine: Machine | undefined): void {
    const seat = all.get(id);
    if (seat && !isKept(seat, machine)) close(id);
  }

  /** Asks the cloud after one that does not answer. */
  async function missed(id: string, call: Call): Promise<void> {
    heard(id, await world.machines.inspect(id, call));
  }

  return {
    at(machine) {
      const known = all.get(machine.id);
      if (known && !isOver(known.machine(), machine)) {
        known.saw(machine);
        return known;
      }
      close(machine.id);
      const seat = seatAt(world, machine, (call) => missed(machine.id, call));
      all.set(machine.id, seat);
      return seat;
    },
    get: (id) => all.get(id),
    of: (fleet) => [...all].flatMap(([id, seat]) => (seat.machine().fleet === fleet ? [id] : [])),
    heard,
    close,
    async dispose() {
      const leaving = [...all.values()].map((seat) => seat.left());
      await Promise.all(leaving);
      for (const id of [...all.keys()]) close(id);
      await Promise.all(closing);
    },
  };
}

function isKept(seat: Seat, machine: Machine | undefined): boolean {
  if (!machine) return false;
  // A launch under way is of a start that the cloud shows late.
  if (seat.launch()?.isOver() === false) return true;
  return machine.state !== 'stopping' && machine.state !== 'stopped' && !isOver(seat.machine(), machine);
}

/** Whether what is known of a machine is of an earlier boot, in which it ran. */
function isOver(known: Machine, now: Machine): boolean {
  return known.state === 'running' && known.bootedAt !== now.bootedAt;
}
