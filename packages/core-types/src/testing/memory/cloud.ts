import { type Clock, timestamp } from '../../clock.ts';
import { NebError } from '../../errors.ts';
import type { Connection } from '../../facets.ts';
import type { LaunchSpec } from '../../launch-spec.ts';
import type { Call, Failure, InstanceRef, Provider } from '../../provider.ts';
import { fakeClock } from '../fake-clock.ts';
import { memoryExec } from './exec.ts';
import { instanceOf, linesOf, type Row, type Rows, rowsOf } from './rows.ts';

/** A cloud in memory, with what a test can do to it. */
export interface MemoryCloud {
  readonly provider: Provider;
  /** Lets what is pending run; an instance is also running by itself `startMs` after its create, where that is set. */
  tick(): void;
  /** Acts on the next create but loses its answer. */
  loseNextAnswer(): void;
  /** Ends the instance with this key, as if its process had. */
  exit(key: string, exitCode: number, reason?: string): void;
  /** Makes launches of this image fail from now on; what runs already is left alone. */
  failImage(image: string, failure: Failure): void;
  /** Makes the instance vanish behind its owner's back. */
  lose(key: string): void;
  /** Adds an instance nobody asked for. */
  stray(fleet: string, key: string): InstanceRef;
  /** The spec an instance was created with. */
  spec(key: string): LaunchSpec | undefined;
}

/** How a cloud in memory behaves. */
export interface MemoryCloudOptions {
  readonly name?: string;
  readonly clock?: Clock;
  /** How long an instance takes to run; never, by itself, if absent. */
  readonly startMs?: number;
}

/** A cloud in a Map: the reference for the contract, and a platform for tests, benchmarks and demonstrations. */
export function memoryCloud(options: MemoryCloudOptions = {}): MemoryCloud {
  const { name = 'memory', clock = fakeClock(), startMs } = options;
  const failures = new Map<string, Failure>();
  const rows = rowsOf({ clock, startMs, failureOf: (image) => failures.get(image) });
  const keyed = (key: string): Row | undefined => rows.all().find((row) => row.key === key);
  let losing = false;

  const loseAnswer = (): void => {
    if (!losing) return;
    losing = false;
    throw new NebError('uncertain', 'the answer was lost');
  };

  return {
    provider: memoryProvider({ name, clock, rows, loseAnswer }),
    tick: () => rows.all().forEach(rows.start),
    loseNextAnswer: () => { losing = true; },
    exit(key, exitCode, reason) {
      const row = keyed(key);
      if (!row) throw new Error(`no instance with key ${key}`);
      rows.end(row, exitCode, reason);
    },
    failImage: (image, failure) => { failures.set(image, failure); },
    lose(key) {
      const row = keyed(key);
      if (row) rows.remove(row);
    },
    stray: (fleet, key) => rows.add(fleet, key, undefined).ref,
    spec: (key) => keyed(key)?.spec,
  };
}

interface Inside {
  readonly name: string;
  readonly clock: Clock;
  readonly rows: Rows;
  /** Throws where the answer of this create is to be lost. */
  loseAnswer(): void;
}

function memoryProvider({ name, clock, rows, loseAnswer }: Inside): Provider {
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
      loseAnswer();
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
      if (row) rows.remove(row);
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
    suspend: {
      keeps: 'memory',
      forks: true,
      async save(ref, call) {
        live(call);
        rows.need(ref).suspended = true;
        return { id: `snap-${ref}`, ref, takenAt: timestamp(clock.now()) };
      },
      async restore(snapshot, { key }, call) {
        live(call);
        const origin = rows.need(snapshot.ref);
        if (origin.key !== key) return instanceOf(rows.add(origin.fleet, key, origin.spec));
        origin.suspended = false;
        return instanceOf(origin);
      },
    },
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
