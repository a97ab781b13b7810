import { type Clock, timestamp } from '../../clock.ts';
import { NebError } from '../../errors.ts';
import type { CreateRequest, Failure, Instance } from '../../provider.ts';
import type { SaveRequest, Snapshot, SnapshotRef, Suspend } from '../../suspend.ts';
import { archived, unarchived } from './archive.ts';
import { instanceOf, type Row, type Rows } from './rows.ts';

/** The snapshots of a cloud in memory. */
export interface Snapshots {
  readonly facet: Suspend;
  /** Makes the next save fail. */
  failNext(failure: Failure): void;
  /** Has the next save not go on until it is asked for again. */
  cutOffNext(): void;
  /** An instance is no more; what only it could go on from goes with it. */
  gone(row: Row): void;
}

/** What snapshots depend on. */
export interface SnapshotsOptions {
  readonly rows: Rows;
  readonly clock: Clock;
  readonly saveMs: number | undefined;
  readonly memoryBytes: number;
  readonly cpu: string;
  /** Throws where the answer is to be lost. */
  loseAnswer(verb: 'save' | 'restore' | 'write'): void;
}

/** A snapshot as the cloud keeps it. */
interface Kept {
  readonly facts: Omit<Snapshot, 'state' | 'failure' | 'takenAt' | 'doneBytes'>;
  readonly fleet: string;
  readonly for: SaveRequest['for'];
  readonly begunAt: number;
  state: Snapshot['state'];
  failure: Failure | undefined;
  takenAt: string | undefined;
  memory: readonly string[];
  isCutOff: boolean;
}

const engine = 'memory 1';
const arch = 'memory';

/** Snapshots of what processes of a cloud in memory hold, where they are kept, restored, and carried to other clouds in memory. */
export function snapshotsOf({ rows, clock, saveMs, memoryBytes, cpu, loseAnswer }: SnapshotsOptions): Snapshots {
  const kept = new Map<string, Kept>();
  let made = 0;
  let failing: Failure | undefined;
  let isCutOff = false;
  const known = (fleet: string, key: string): Kept | undefined => [...kept.values()].find((one) => one.fleet === fleet && one.facts.key === key);

  function keep(one: Pick<Kept, 'fleet' | 'for'> & Partial<Omit<Kept, 'facts'>> & { readonly facts: Omit<Kept['facts'], 'ref'> }): Kept {
    const ref = `snap-${++made}` as SnapshotRef;
    const row: Kept = { begunAt: clock.now(), state: 'saving', failure: undefined, takenAt: undefined, memory: [], isCutOff: false, ...one, facts: { ...one.facts, ref } };
    kept.set(ref, row);
    return row;
  }

  function finish(one: Kept, row: Row, then: SaveRequest['then']): void {
    if (one.state !== 'saving' || !kept.has(one.facts.ref)) return;
    if (rows.get(row.ref) !== row || row.ended) one.failure = { code: 'conflict', message: `${row.key} ended while it was saved` };
    one.failure ??= failing;
    failing = undefined;
    one.state = one.failure ? 'failed' : 'ready';
    if (one.failure) return;
    one.takenAt = timestamp(clock.now());
    one.memory = row.memory;
    if (then === 'run') return;
    row.suspended = true;
    rows.changes.tell(row);
  }

  function shown({ facts, state, failure, takenAt, begunAt }: Kept): Snapshot {
    const doneBytes = state === 'ready' ? memoryBytes : Math.floor(memoryBytes * Math.min(1, (clock.now() - begunAt) / Math.max(1, saveMs ?? 1)));
    return { ...facts, state, doneBytes, ...(failure && { failure }), ...(takenAt !== undefined && { takenAt }) };
  }

  function goOn(one: Kept, { fleet, key, spec }: CreateRequest): Instance {
    const row = rows.keyed(fleet, key);
    if (row?.suspended) {
      row.suspended = false;
      row.memory = one.memory;
      rows.changes.tell(row);
    }
    if (row) return instanceOf(row);
    if (one.for === 'itself') throw new NebError('unsupported', `from snapshot ${one.facts.key} only ${one.facts.of} itself can go on`);
    const fork = rows.add(fleet, key, spec);
    fork.memory = one.memory;
    return instanceOf(fork);
  }

  const originOf = ({ spec }: Row): Snapshot['made'] => ({ engine, arch, cpu, ...(spec && { image: spec.image }) });

  const misfit = ({ made: origin }: Snapshot): string | undefined => {
    if (origin.engine !== engine || origin.arch !== arch) return `it was taken by ${origin.engine ?? 'an engine unknown'} on ${origin.arch ?? 'an architecture unknown'}, and this is ${engine} on ${arch}`;
    return origin.cpu === cpu ? undefined : `its processes use a CPU with the features "${origin.cpu}", and this one has "${cpu}"`;
  };

  const facet: Suspend = {
    keeps: 'memory',
    forks: true,
    async refusal(ref, _request, call) {
      call?.signal?.throwIfAborted();
      return unfit(rows.need(ref));
    },
    async origin(ref, call) {
      call?.signal?.throwIfAborted();
      return originOf(rows.need(ref));
    },
    async save(ref, { key, fleet, then, for: audience }, call) {
      call?.signal?.throwIfAborted();
      const before = known(fleet, key);
      if (before?.isCutOff) {
        before.isCutOff = false;
        finish(before, rows.need(ref), then);
      }
      if (before) return shown(before);
      const row = rows.need(ref);
      const refusal = unfit(row);
      if (refusal !== undefined) throw new NebError('conflict', refusal);
      const one = keep({ fleet, for: audience, facts: { key, of: row.key, keeps: 'memory', sizeBytes: memoryBytes, made: originOf(row) }, isCutOff });
      if (isCutOff) isCutOff = false;
      else if (saveMs === undefined) finish(one, row, then);
      else void clock.sleep(saveMs).then(() => finish(one, row, then));
      loseAnswer('save');
      return shown(one);
    },
    async snapshot(ref, call) {
      call?.signal?.throwIfAborted();
      const one = kept.get(ref);
      return one && shown(one);
    },
    async *snapshots({ fleet }, call) {
      call?.signal?.throwIfAborted();
      for (const one of kept.values()) if (one.fleet === fleet) yield shown(one);
    },
    async forget(ref, call) {
      call?.signal?.throwIfAborted();
      kept.delete(ref);
    },
    async misfit(snapshot, _offer, call) {
      call?.signal?.throwIfAborted();
      return misfit(snapshot);
    },
    async restore(ref, request, call) {
      call?.signal?.throwIfAborted();
      const one = kept.get(ref);
      if (!one) throw new NebError('not_found', `no snapshot ${ref}`);
      if (one.state !== 'ready') throw new NebError('conflict', `snapshot ${ref} is ${one.state}`);
      const unsuited = misfit(shown(one));
      if (unsuited !== undefined) throw new NebError('unsupported', unsuited);
      const instance = goOn(one, request);
      loseAnswer('restore');
      return instance;
    },
    archives: {
      async read(ref, call) {
        call?.signal?.throwIfAborted();
        const one = kept.get(ref);
        if (one?.state !== 'ready') throw new NebError(one ? 'conflict' : 'not_found', `snapshot ${ref} is ${one?.state ?? 'not there'}`);
        return archived(one.memory);
      },
      async write(archive, { key, fleet, facts }, call) {
        call?.signal?.throwIfAborted();
        const before = known(fleet, key);
        if (before) return shown(before);
        const memory = await unarchived(archive, call);
        const { of, keeps, sizeBytes, made: origin } = facts;
        const one = known(fleet, key) ?? keep({ fleet, for: 'any', state: 'ready', takenAt: facts.takenAt, memory, facts: { key, of, keeps, sizeBytes, made: origin } });
        loseAnswer('write');
        return shown(one);
      },
    },
  };

  return {
    facet,
    failNext: (failure) => { failing = failure; },
    cutOffNext: () => { isCutOff = true; },
    gone(row) {
      for (const [ref, one] of kept) if (one.for === 'itself' && one.fleet === row.fleet && one.facts.of === row.key) kept.delete(ref);
    },
  };
}

function unfit({ key, startedAt, ended, suspended, failure }: Row): string | undefined {
  if (ended || failure) return `${key} has ended, and nothing of it can go on`;
  if (startedAt === undefined) return `${key} does not run yet`;
  return suspended ? `${key} is suspended already` : undefined;
}
