import { timestamp, type Clock } from '../clock.ts';
import { NebError } from '../errors.ts';
import type { Connection, CreateRequest, Failure, Instance, InstanceRef, LaunchSpec, LogLine, Provider, Snapshot } from '../provider.ts';
import { fakeClock } from './fake-clock.ts';

export interface MemoryCloud {
  readonly provider: Provider;
  /** Lets what is pending run; an instance is also running by itself `startMs` after its create, where that is set. */
  tick(): void;
  /** Acts on the next create but loses its answer. */
  loseNextAnswer(): void;
  /** Ends the instance with this key, as if its process had. */
  exit(key: string, exitCode: number, reason?: string): void;
  /** Makes launches of this image fail. */
  failImage(image: string, failure: Failure): void;
  /** Makes the instance vanish behind its owner's back. */
  lose(key: string): void;
  /** Adds an instance nobody asked for. */
  stray(fleet: string, key: string): InstanceRef;
  /** The spec an instance was created with. */
  spec(key: string): LaunchSpec | undefined;
}

export interface MemoryCloudOptions {
  readonly name?: string;
  readonly clock?: Clock;
  /** How long an instance takes to run; never, by itself, if absent. */
  readonly startMs?: number;
}

interface Row {
  readonly ref: InstanceRef;
  readonly key: string;
  readonly fleet: string;
  readonly spec: LaunchSpec | undefined;
  readonly createdAt: number;
  readonly lines: LogLine[];
  ended: Pick<Instance, 'exitCode' | 'reason' | 'finishedAt'> | undefined;
  suspended: boolean;
  startedAt: number | undefined;
}

/** A cloud in a Map: the reference for the contract, and a platform for tests, benchmarks and demonstrations. */
export function memoryCloud(options: MemoryCloudOptions = {}): MemoryCloud {
  const { name = 'memory', clock = fakeClock(), startMs } = options;
  const rows = new Map<string, Row>();
  const byKey = new Map<string, Row>();
  const failures = new Map<string, Failure>();
  const watchers = new Set<(key: string) => void>();
  let made = 0;
  let losing = false;

  const changed = (key: string): void => watchers.forEach((tell) => tell(key));
  const find = (fleet: string, key: string): Row | undefined => byKey.get(`${fleet}/${key}`);

  function add(fleet: string, key: string, spec: LaunchSpec | undefined): Row {
    const known = find(fleet, key);
    if (known) return known;
    const ref = `mem-${++made}` as InstanceRef;
    const row: Row = { ref, key, fleet, spec, createdAt: clock.now(), lines: [], ended: undefined, suspended: false, startedAt: undefined };
    rows.set(ref, row);
    byKey.set(`${fleet}/${key}`, row);
    if (startMs !== undefined) void clock.sleep(startMs).then(() => start(row));
    return row;
  }

  function start(row: Row): void {
    if (row.startedAt !== undefined || failureOf(row) || !rows.has(row.ref)) return;
    row.startedAt = clock.now();
    if (row.spec) row.lines.push(line(row.startedAt, `running ${row.spec.image}`));
    changed(row.key);
  }

  function remove(row: Row): void {
    rows.delete(row.ref);
    byKey.delete(`${row.fleet}/${row.key}`);
    changed(row.key);
  }

  const failureOf = (row: Row): Failure | undefined => row.spec && failures.get(row.spec.image);

  function show(row: Row): Instance {
    const failure = failureOf(row);
    const base = { ref: row.ref, key: row.key, ...(row.startedAt !== undefined && { startedAt: timestamp(row.startedAt) }) };
    if (failure) return { ...base, state: 'failed', failure };
    if (row.ended) return { ...base, state: 'exited', ...row.ended };
    if (row.suspended) return { ...base, state: 'suspended' };
    return row.startedAt === undefined ? { ...base, state: 'pending', progress: { phase: 'starting' } } : { ...base, state: 'running', address: '127.0.0.1' };
  }

  function need(ref: InstanceRef): Row {
    const row = rows.get(ref);
    if (!row) throw new NebError('not_found', `no instance ${ref}`);
    return row;
  }

  const provider: Provider = {
    name,
    traits: { idempotency: 'native', spot: false },
    async *offers({ accelerators }) {
      if (accelerators && accelerators.length > 0) return;
      yield { id: 'cpu', region: 'here', pricePerHour: '0', spot: false, available: 'yes', cpus: 1_000, memoryGiB: 10_000 };
    },
    async create(request: CreateRequest, call) {
      call?.signal?.throwIfAborted();
      const row = add(request.fleet, request.key, request.spec);
      if (losing) {
        losing = false;
        throw new NebError('uncertain', 'the answer was lost');
      }
      return show(row);
    },
    async inspect(ref) {
      const row = rows.get(ref);
      return row && show(row);
    },
    async *list(query) {
      for (const row of rows.values()) if (row.fleet === query.fleet) yield show(row);
    },
    async delete(ref) {
      const row = rows.get(ref);
      if (row) remove(row);
    },
    watch: (query, call) => watch(query.fleet, call?.signal),
    async *logs(ref, { tail }) {
      const { lines } = need(ref);
      yield* tail === undefined ? lines : lines.slice(Math.max(0, lines.length - tail));
    },
    async exec(ref, { command }) {
      need(ref);
      const text = new TextEncoder().encode(`${command.join(' ')}\n`);
      return {
        write: async () => {},
        closeInput: async () => {},
        resize: async () => {},
        output: (async function* () { yield { stream: 'stdout' as const, data: text }; })(),
        exit: Promise.resolve(0),
        [Symbol.asyncDispose]: async () => {},
      };
    },
    async dial(ref) {
      need(ref);
      return echo();
    },
    suspend: {
      keeps: 'memory',
      forks: true,
      async save(ref): Promise<Snapshot> {
        need(ref).suspended = true;
        return { id: `snap-${ref}`, ref, takenAt: timestamp(clock.now()) };
      },
      async restore(snapshot, { key }) {
        const origin = need(snapshot.ref);
        if (origin.key !== key) return show(add(origin.fleet, key, origin.spec));
        origin.suspended = false;
        return show(origin);
      },
    },
  };

  async function* watch(fleet: string, signal: AbortSignal | undefined): AsyncGenerator<string> {
    const waiting: string[] = [];
    let wake: (() => void) | undefined;
    const tell = (key: string): void => {
      waiting.push(key);
      wake?.();
    };
    const stop = (): void => wake?.();
    watchers.add(tell);
    signal?.addEventListener('abort', stop);
    try {
      while (!signal?.aborted) {
        yield* waiting.splice(0).filter((key) => !byKey.has(`${fleet}/${key}`) || find(fleet, key));
        if (waiting.length === 0 && !signal?.aborted) await new Promise<void>((resolve) => { wake = resolve; });
      }
    } finally {
      watchers.delete(tell);
      signal?.removeEventListener('abort', stop);
    }
  }

  const all = (): Row[] => [...rows.values()];
  const keyed = (key: string): Row | undefined => all().find((row) => row.key === key);

  return {
    provider,
    tick: () => all().forEach(start),
    loseNextAnswer: () => { losing = true; },
    exit(key, exitCode, reason) {
      const row = keyed(key);
      if (!row) throw new Error(`no instance with key ${key}`);
      row.startedAt ??= clock.now();
      row.ended = { exitCode, finishedAt: timestamp(clock.now()), ...(reason !== undefined && { reason }) };
      row.lines.push(line(clock.now(), `exited ${exitCode}`));
      changed(key);
    },
    failImage: (image, failure) => { failures.set(image, failure); },
    lose(key) {
      const row = keyed(key);
      if (row) remove(row);
    },
    stray: (fleet, key) => add(fleet, key, undefined).ref,
    spec: (key) => keyed(key)?.spec,
  };
}

const line = (ms: number, text: string): LogLine => ({ at: timestamp(ms), stream: 'stdout', text });

/** A port that answers with what it is sent. */
function echo(): Connection {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  return {
    readable,
    write: (data) => writer.write(data),
    closeWrite: () => writer.close(),
    [Symbol.asyncDispose]: () => writer.abort().catch(() => {}),
  };
}
