import { type Clock, timestamp } from '../../clock.ts';
import { NebError } from '../../errors.ts';
import type { LogLine } from '../../facets.ts';
import type { LaunchSpec } from '../../launch-spec.ts';
import type { Failure, Instance, InstanceRef } from '../../provider.ts';
import { changes, type Changes } from './changes.ts';

/** An instance as the cloud keeps it. */
export interface Row {
  readonly ref: InstanceRef;
  readonly key: string;
  readonly fleet: string;
  /** Absent for one that nobody asked for. */
  readonly spec: LaunchSpec | undefined;
  readonly lines: LogLine[];
  failure: Failure | undefined;
  ended: Pick<Instance, 'exitCode' | 'reason' | 'finishedAt'> | undefined;
  suspended: boolean;
  /** What its process holds: a word drawn at its start, and those it was told. */
  memory: readonly string[];
  startedAt: number | undefined;
  /** When it is taken away, once there was notice of that. */
  endsAt: number | undefined;
}

/** All instances of a cloud in memory, and what can happen to them. */
export interface Rows {
  readonly all: () => readonly Row[];
  readonly changes: Changes<Row>;
  /** The row of that key, made if there is none. */
  add(fleet: string, key: string, spec: LaunchSpec | undefined): Row;
  get(ref: InstanceRef): Row | undefined;
  keyed(fleet: string, key: string): Row | undefined;
  /** Throws `not_found`. */
  need(ref: InstanceRef): Row;
  start(row: Row): void;
  end(row: Row, exitCode: number, reason: string | undefined): void;
  /** Begins the process of one that has ended anew. */
  startAgain(row: Row): void;
  remove(row: Row): void;
}

/** What the instances depend on. */
export interface RowsOptions {
  /** What the words begin with that processes draw. */
  readonly name: string;
  readonly clock: Clock;
  readonly startMs: number | undefined;
  /** Why launches of an image fail now. */
  failureOf(image: string): Failure | undefined;
}

/** The instances of a cloud in memory, and what can happen to them. */
export function rowsOf({ name, clock, startMs, failureOf }: RowsOptions): Rows {
  const byRef = new Map<string, Row>();
  const byKey = new Map<string, Row>();
  const told = changes<Row>();
  let made = 0;

  const say = (row: Row, text: string): number => row.lines.push({ at: timestamp(clock.now()), stream: 'stdout', text });

  function start(row: Row): void {
    if (row.startedAt !== undefined || row.failure || !byRef.has(row.ref)) return;
    row.failure = row.spec && failureOf(row.spec.image);
    if (!row.failure) {
      row.startedAt = clock.now();
      if (row.memory.length === 0) row.memory = [`${name}-${row.ref}`];
      if (row.spec) say(row, `running ${row.spec.image}`);
    }
    told.tell(row);
  }

  return {
    all: () => [...byRef.values()],
    changes: told,
    add(fleet, key, spec) {
      const known = byKey.get(`${fleet}/${key}`);
      if (known) return known;
      const ref = `mem-${++made}` as InstanceRef;
      const failure = spec && failureOf(spec.image);
      const row: Row = { ref, key, fleet, spec, lines: [], failure, ended: undefined, suspended: false, memory: [], startedAt: undefined, endsAt: undefined };
      byRef.set(ref, row);
      byKey.set(`${fleet}/${key}`, row);
      if (startMs !== undefined) void clock.sleep(startMs).then(() => start(row));
      return row;
    },
    get: (ref) => byRef.get(ref),
    keyed: (fleet, key) => byKey.get(`${fleet}/${key}`),
    need(ref) {
      const row = byRef.get(ref);
      if (!row) throw new NebError('not_found', `no instance ${ref}`);
      return row;
    },
    start,
    end(row, exitCode, reason) {
      row.startedAt ??= clock.now();
      say(row, `exited ${exitCode}`);
      row.ended = { exitCode, finishedAt: timestamp(clock.now()), ...(reason !== undefined && { reason }) };
      told.tell(row);
    },
    startAgain(row) {
      if (!row.ended) return;
      Object.assign(row, { ended: undefined, startedAt: undefined, memory: [] });
      start(row);
    },
    remove(row) {
      byRef.delete(row.ref);
      byKey.delete(`${row.fleet}/${row.key}`);
      told.tell(row);
    },
  };
}

/** A row as the contract shows it. */
export function instanceOf(row: Row): Instance {
  const base = { ref: row.ref, key: row.key, ...(row.startedAt !== undefined && { startedAt: timestamp(row.startedAt) }), ...(row.endsAt !== undefined && { endsAt: timestamp(row.endsAt) }) };
  if (row.failure) return { ...base, state: 'failed', failure: row.failure };
  if (row.ended) return { ...base, state: 'exited', ...row.ended };
  if (row.suspended) return { ...base, state: 'suspended' };
  return row.startedAt === undefined ? { ...base, state: 'pending', progress: { phase: 'starting' } } : { ...base, state: 'running', address: '127.0.0.1' };
}

/** The lines of a row, and with `follow` those to come, until it has ended or is gone. */
export async function* linesOf(rows: Rows, row: Row, options: LinesOptions): AsyncGenerator<LogLine> {
  const { follow, tail, since, signal } = options;
  const asked = row.lines.filter((line) => since === undefined || Date.parse(line.at) >= Date.parse(since));
  const first = tail === undefined ? asked : asked.slice(Math.max(0, asked.length - tail));
  let next = row.lines.length;
  yield* first;
  const more = (): LogLine[] => {
    const lines = row.lines.slice(next);
    next += lines.length;
    return lines;
  };
  const over = (): boolean => row.ended !== undefined || rows.get(row.ref) !== row;
  if (!follow) return;
  yield* more();
  if (over()) return;
  for await (const changed of rows.changes.listen(signal)) {
    if (changed !== row) continue;
    yield* more();
    if (over()) return;
  }
  signal?.throwIfAborted();
}

/** Which lines of a log, and whether to wait for more. */
export interface LinesOptions {
  readonly follow?: boolean | undefined;
  readonly tail?: number | undefined;
  readonly since?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}
