import { collect, durationMs, NebError, paginate, type Provider, snapshotTtl, type SnapshotRef, timestamp } from '@neb/core-types';
import { newSnapshotStatus, type Resource, type Store } from '@neb/scheduler';
import type { Caller, Snapshots } from '@neb/sdk/contract';
import type { Blobs } from '../archives/blobs.ts';
import { opened, sealed } from '../archives/envelope.ts';
import { seenBy } from '../auth/view-of.ts';
import { put } from './access.ts';
import type { Planning } from './apply/planning.ts';
import { deedTo } from './audit.ts';
import { objects, type ObjectsOptions } from './objects.ts';
import { snapshotView, titleOf } from './views.ts';

export interface SnapshotsOptions extends Pick<ObjectsOptions<'Snapshot', never>, 'access' | 'recorder' | 'clock' | 'onFeed'> {
  readonly store: Store;
  readonly providers: readonly Provider[];
  readonly blobs: Blobs;
  readonly planningFor: (who: Caller) => Pick<Planning, 'blank' | 'bounds' | 'existing' | 'namespaces'>;
}

/** What may be done with snapshots, in their places and as files. */
export function snapshotService({ store, providers, blobs, planningFor, ...options }: SnapshotsOptions): Snapshots {
  const { access, recorder, clock } = options;

  async function isNeeded(digest: string): Promise<boolean> {
    const all = await collect(paginate((cursor) => store.list({ kind: 'Snapshot', limit: 1_000, cursor })));
    return all.some(({ status }) => status.archive?.digest === digest);
  }

  /** The archive on disk here: of one that was imported it is there, of another it is fetched. */
  async function kept(snapshot: Resource<'Snapshot'>): Promise<{ readonly digest: string; readonly sizeBytes: number }> {
    const { status } = snapshot;
    if (status.status !== 'ready') throw new NebError('conflict', `${titleOf(snapshot)} is ${status.status}, and only one that is ready can be exported`);
    if (status.archive) return { digest: status.archive.digest, sizeBytes: status.archive.size_bytes };
    const archives = providers.find(({ name }) => name === status.platform)?.suspend?.archives;
    if (!archives || status.ref === undefined) throw new NebError('unsupported', `no snapshot can be taken away from ${status.platform ?? 'there'}`);
    return await blobs.keep(await archives.read(status.ref as SnapshotRef));
  }

  return {
    ...objects({ ...options, store, kind: 'Snapshot', view: snapshotView }),

    async export(who, ref) {
      const snapshot = await access.need(who, 'export', { kind: 'Snapshot', ref });
      const blob = await kept(snapshot);
      await recorder.done(who, deedTo('export', snapshot));
      await blobs.tidy(isNeeded);
      return sealed({ container: snapshot.spec.container, status: snapshot.status, blob }, await blobs.read(blob.digest));
    },

    async import(who, { namespace, name, ttl }, file) {
      const planning = planningFor(who);
      if (await planning.existing('Snapshot', { namespace, name })) throw new NebError('conflict', `snapshot ${namespace}/${name} exists already`, { hint: 'Choose another name.', details: { final: true } });
      if ((await planning.namespaces.need(namespace)).version === 0) throw new NebError('not_found', `there is no namespace ${namespace}`);
      // Whoever may not gets no file kept here.
      const blank = await planning.blank('Snapshot', { namespace, name }, { spec: { container: '', ...(ttl !== undefined && { ttl }) }, status: newSnapshotStatus });
      const { header, archive } = await opened(file);
      const { digest, sizeBytes } = await blobs.keep(archive);
      if (digest !== header.digest) throw new NebError('invalid', 'the file of the snapshot is not whole: its content is another than its digest says', { hint: 'Export it again.' });
      const now = clock.now();
      const status = { ...newSnapshotStatus, ...header.facts, status: 'ready' as const, archive: { digest, size_bytes: sizeBytes }, expires_at: timestamp(now + durationMs(ttl ?? snapshotTtl)) };
      const snapshot: Resource<'Snapshot'> = { ...blank, spec: { ...blank.spec, container: header.container }, status };
      const written = await put(seenBy(who, store), snapshot, { do: 'wake', kind: 'Snapshot', id: snapshot.id }, ...(await planning.bounds(snapshot, undefined)));
      await recorder.done(who, deedTo('import', written));
      await blobs.tidy(isNeeded);
      return snapshotView(written);
    },
  };
}
