import { NebError, type Pressure, type StreamCare, type StreamGroup, type StreamPlane } from '@neb/core-types';

/** Streams in memory, whose messages the test takes and acknowledges in the name of workers. */
export interface MemoryPlane extends StreamPlane {
  send(group: string, count?: number): void;
  /** Moves messages from the backlog to a consumer; refused for one that drains. */
  take(group: string, consumer: string, count?: number): void;
  acknowledge(group: string, consumer: string, count?: number): void;
  /** From now on it says that it drains, as neb's own worker does. */
  readonly talks: Set<string>;
  readonly forgotten: string[];
  /** What it was told last when it tended. */
  care: StreamCare | undefined;
  only?: StreamPlane['only'];
  /** What it says may happen to messages. */
  danger: string | undefined;
  away: boolean;
}

interface Held {
  backlog: number;
  acknowledged: number;
  readonly consumers: Map<string, number>;
}

export function memoryPlane(): MemoryPlane {
  const groups = new Map<string, Held>();
  const draining = new Set<string>();
  const watches = new Set<{ readonly added: Map<string, StreamGroup>; readonly waits: (of: StreamGroup) => void }>();
  const held = (group: string): Held => groups.get(group) ?? missing(group);
  const tell = (): void => {
    for (const { added, waits } of watches) {
      for (const [group, of] of added) {
        if ((groups.get(group)?.backlog ?? 0) === 0) continue;
        added.delete(group);
        waits(of);
      }
    }
  };
  const here = (): void => {
    if (plane.away) throw new NebError('unavailable', 'Redis is away');
  };

  const plane: MemoryPlane = {
    talks: new Set(),
    forgotten: [],
    care: undefined,
    danger: undefined,
    caution: async () => plane.danger,
    away: false,
    missing: () => undefined,
    async prepare({ group }) {
      here();
      if (!groups.has(group)) groups.set(group, { backlog: 0, acknowledged: 0, consumers: new Map() });
      return [{ key: 'REDIS_CONSUMER_GROUP', value: group }];
    },
    async pressure(of) {
      here();
      return of.map(({ group }): Pressure | undefined => {
        const found = groups.get(group);
        const consumers = [...(found?.consumers ?? [])].map(([name, pending]) => ({ name, pending, idleMs: 0 }));
        return found && { backlog: found.backlog, exact: true, pending: consumers.reduce((sum, { pending }) => sum + pending, 0), acknowledged: found.acknowledged, consumers };
      });
    },
    watch(waits) {
      const watch = { added: new Map<string, StreamGroup>(), waits };
      watches.add(watch);
      return {
        add(of) {
          watch.added.set(of.group, of);
          tell();
        },
        remove: ({ group }) => void watch.added.delete(group),
        async [Symbol.asyncDispose]() { watches.delete(watch); },
      };
    },
    async tend(_, care) {
      here();
      plane.care = care;
    },
    async drain({ group }, consumer) {
      here();
      draining.add(consumer);
      return plane.talks.has(consumer) && (held(group).consumers.get(consumer) ?? 0) === 0 ? 'drained' : 'asked';
    },
    async forget({ group }) {
      here();
      groups.delete(group);
      plane.forgotten.push(group);
    },
    send(group, count = 1) {
      held(group).backlog += count;
      tell();
    },
    take(group, consumer, count = 1) {
      const of = held(group);
      if (draining.has(consumer) || of.backlog < count) throw new Error(`${consumer} takes nothing`);
      of.backlog -= count;
      of.consumers.set(consumer, (of.consumers.get(consumer) ?? 0) + count);
    },
    acknowledge(group, consumer, count = 1) {
      const of = held(group);
      of.consumers.set(consumer, of.consumers.get(consumer)! - count);
      of.acknowledged += count;
    },
  };
  return plane;
}

function missing(group: string): never {
  throw new Error(`no group ${group}`);
}
