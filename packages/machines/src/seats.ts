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
  /** Ends all that is under way at a machine that is gone. Succeeds where there is nothing. */
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

  return {
    at(machine) {
      const known = all.get(machine.id);
      if (known && !isOver(known.machine(), machine)) {
        known.saw(machine);
        return known;
      }
      close(machine.id);
      const seat = seatAt(world, machine);
      all.set(machine.id, seat);
      return seat;
    },
    get: (id) => all.get(id),
    of: (fleet) => [...all].flatMap(([id, seat]) => (seat.machine().fleet === fleet ? [id] : [])),
    close,
    async dispose() {
      const leaving = [...all.values()].map((seat) => seat.left());
      await Promise.all(leaving);
      for (const id of [...all.keys()]) close(id);
      await Promise.all(closing);
    },
  };
}

/** Whether what is known of a machine is of an earlier boot, in which it ran. */
function isOver(known: Machine, now: Machine): boolean {
  return known.state === 'running' && known.bootedAt !== now.bootedAt;
}
