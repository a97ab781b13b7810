import type { Clock } from '../../clock.ts';
import { NebError } from '../../errors.ts';
import type { Connection } from '../../facets.ts';
import type { LaunchSpec } from '../../launch-spec.ts';
import type { Call, Failure, InstanceRef, Provider } from '../../provider.ts';
import type { Suspend } from '../../suspend.ts';
import { fakeClock } from '../fake-clock.ts';
import { memoryExec } from './exec.ts';
import { instanceOf, linesOf, type Row, type Rows, rowsOf } from './rows.ts';
import { snapshotsOf } from './snapshots.ts';

/** A cloud in memory, with what a test can do to it. */
export interface MemoryCloud {
  readonly provider: Provider;
  /** Lets what is pending run; an instance is also running by itself `startMs` after its create, where that is set. */
  tick(): void;
  /** Acts on the next create, or the other verb named, but loses its answer. */
  loseNextAnswer(verb?: Losable): void;
  /** Makes the next save fail, which leaves its instance running. */
  failNextSave(failure: Failure): void;
  /** Cuts the next save off, as where who does it is killed: it goes on once it is asked for again. */
  cutOffNextSave(): void;
  /** Tells the process of an instance a word, which it keeps in its memory. */
  remember(ref: InstanceRef, word: string): void;
  /** What the process holds in its memory: a word that it drew at its start, and those it was told, separated by spaces. */
  recall(ref: InstanceRef): string;
  /** Ends the instance with this key, as if its process had. */
  exit(key: string, exitCode: number, reason?: string): void;
  /** Starts the instance with this key again that has ended, as an engine does that kept its files: its process begins anew. Leaves alone one that runs. */
  startAgain(key: string): void;
  /** Makes launches of this image fail from now on; what runs already is left alone. */
  failImage(image: string, failure: Failure): void;
  /** Makes the instance vanish behind its owner's back. */
  lose(key: string): void;
  /** Gives notice that the instance with this key is taken away after so long, and does that unless it is suspended by then. */
  interrupt(key: string, afterMs: number): void;
  /** Adds an instance nobody asked for. */
  stray(fleet: string, key: string): InstanceRef;
  /** The spec an instance was created with. */
  spec(key: string): LaunchSpec | undefined;
  /** Whether the instance with this key runs. */
  runs(key: string): boolean;
}

/** How a cloud in memory behaves. */
export interface MemoryCloudOptions {
  readonly name?: string;
  readonly clock?: Clock;
  /** How long an instance takes to run; never, by itself, if absent. */
  readonly startMs?: number;
  /** How long a save takes; it is done when `save` returns if absent. */
  readonly saveMs?: number;
  /** What a process takes up, and so its snapshot, in bytes; 10 MiB by default. */
  readonly memoryBytes?: number;
  /** The features of its CPUs: snapshots go on where they are the same. */
  readonly cpu?: string;
}

/** Verbs whose answers can be lost. */
export type Losable = 'create' | 'save' | 'restore' | 'write';

/** A cloud in a Map: the reference for the contract, and a platform for tests, benchmarks and demonstrations. */
export function memoryCloud(options: MemoryCloudOptions = {}): MemoryCloud {
  const { name = 'memory', clock = fakeClock(), startMs, saveMs, memoryBytes = 10 * 2 ** 20, cpu = 'any' } = options;
  const failures = new Map<string, Failure>();
  const rows = rowsOf({ name, clock, startMs, failureOf: (image) => failures.get(image) });
  const keyed = (key: string): Row | undefined => rows.all().find((row) => row.key === key);
  let losing: Losable | undefined;

  const loseAnswer = (verb: Losable): void => {
    if (losing !== verb) return;
    losing = undefined;
    throw new NebError('uncertain', 'the answer was lost');
  };
  const snapshots = snapshotsOf({ rows, clock, saveMs, memoryBytes, cpu, loseAnswer });
  const remove = (row: Row): void => {
    rows.remove(row);
    snapshots.gone(row);
  };

  return {
    provider: memoryProvider({ name, rows, suspend: snapshots.facet, remove, loseAnswer }),
    tick: () => rows.all().forEach(rows.start),
    loseNextAnswer: (verb = 'create') => { losing = verb; },
    failNextSave: snapshots.failNext,
    cutOffNextSave: snapshots.cutOffNext,
    remember(ref, word) {
      const row = rows.need(ref);
      row.memory = [...row.memory, word];
    },
    recall: (ref) => rows.need(ref).memory.join(' '),
    exit(key, exitCode, reason) {
      const row = keyed(key);
      if (!row) throw new Error(`no instance with key ${key}`);
      rows.end(row, exitCode, reason);
    },
    startAgain(key) {
      const row = keyed(key);
      if (!row) throw new Error(`no instance with key ${key}`);
      rows.startAgain(row);
    },
    failImage: (image, failure) => { failures.set(image, failure); },
    lose(key) {
      const row = keyed(key);
      if (row) remove(row);
    },
    interrupt(key, afterMs) {
      const row = keyed(key);
      if (!row) throw new Error(`no instance with key ${key}`);
      row.endsAt = clock.now() + afterMs;
      rows.changes.tell(row);
      void clock.sleep(afterMs).then(() => {
        row.endsAt = undefined;
        if (!row.suspended && rows.get(row.ref) === row) remove(row);
      });
    },
    stray: (fleet, key) => rows.add(fleet, key, undefined).ref,
    spec: (key) => keyed(key)?.spec,
    runs(key) {
      const row = keyed(key);
      return row !== undefined && instanceOf(row).state === 'running';
    },
  };
}

interface Inside {
  readonly name: string;
  readonly rows: Rows;
  readonly suspend: Suspend;
  remove(row: Row): void;
  /** Throws where the answer is to be lost. */
  loseAnswer(verb: Losable): void;
}

function memoryProvider({ name, rows, suspend, remove, loseAnswer }: Inside): Provider {
  return {
    name,
    traits: { idempotency: 'native', spot: false, secretFiles: true },
    async *offers({ accelerators }, call) {
      live(call);
      if (accelerators && accelerators.length > 0) return;
      yield { id: 'cpu', region: 'here', pricePerHour: '0', spot: false, available: 'yes', cpus: 1_000, memoryGiB: 10_000 };
    },
    async create({ fleet, key, spec }, call) {
      live(call);
      const row = rows.add(fleet, key, spec);
      loseAnswer('create');
      return instanceOf(row);
    },
    async inspect(ref, call) {
      live(call);
      const row = rows.get(ref);
      return row && instanceOf(row);
    },
    async *list({ fleet }, call) {
      live(call);
      for (const row of rows.all()) if (row.fleet === fleet) yield instanceOf(row);
    },
    async delete(ref, _options, call) {
      live(call);
      const row = rows.get(ref);
      if (row) remove(row);
    },
    async *watch({ fleet }, call) {
      for await (const row of rows.changes.listen(call?.signal)) if (row.fleet === fleet) yield row.key;
    },
    async *logs(ref, options, call) {
      live(call);
      yield* linesOf(rows, rows.need(ref), { ...options, signal: call?.signal });
    },
    async exec(ref, request, call) {
      live(call);
      return memoryExec(request, rows.need(ref).spec);
    },
    async dial(ref, _port, call) {
      live(call);
      rows.need(ref);
      return echo();
    },
    async usage(ref, call) {
      live(call);
      rows.need(ref);
      return { cpus: 0, memoryBytes: 2 ** 20 };
    },
    suspend,
  };
}

function live(call: Call | undefined): void {
  call?.signal?.throwIfAborted();
}

/** Every port answers with what it is sent. */
function echo(): Connection {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(undefined, undefined, { highWaterMark: 1_024 });
  const writer = writable.getWriter();
  return {
    readable,
    write: (data) => writer.write(data),
    closeWrite: () => writer.close(),
    [Symbol.asyncDispose]: () => writer.abort().catch(() => {}),
  };
}
