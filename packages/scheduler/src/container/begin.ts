import { type CreateRequest, type Instance, NebError, type Provider, type Snapshot, type SnapshotRef, type Suspend } from '@neb/core-types';
import { counted } from '../aside/shipments.ts';
import { broughtKey, isAt, snapshotFacts } from '../snapshot/facts.ts';
import type { Scene } from './scene.ts';

/** An instance that is on its way, or its snapshot that is not there yet. */
export type Begun = { readonly instance: Instance } | { readonly doneBytes: number; readonly totalBytes: number | undefined };

/** The snapshot that an attempt goes on from: of a Snapshot object, or of a container on its way. */
export interface Origin {
  /** Absent for one that is a file of this server. */
  readonly platform?: string | undefined;
  readonly facts: Snapshot;
  readonly digest?: string | undefined;
}

/** Asks for an instance that goes on from a snapshot, which is first brought to where it is to be. Repeating it goes on. */
export async function goOn(scene: Scene, { provider, request, origin, brought }: { readonly provider: Provider; readonly request: CreateRequest; readonly origin: Origin; readonly brought?: SnapshotRef | undefined }, signal: AbortSignal): Promise<Begun & { readonly brought?: SnapshotRef }> {
  const suspend = suspendOf(provider);
  if (brought === undefined && isAt(origin.facts, origin.platform, { platform: provider.name, region: request.offer.region })) return { instance: await suspend.restore(origin.facts.ref, request, { signal }) };
  const at = brought ?? (await ship(scene, { suspend, request, origin, provider }));
  if (typeof at !== 'string') return at;
  return { instance: await suspend.restore(at, request, { signal }), brought: at };
}

interface Shipping {
  readonly provider: Provider;
  readonly suspend: Suspend;
  readonly request: CreateRequest;
  readonly origin: Origin;
}

/** Brings the snapshot there; its handle there once it is. */
export async function ship(scene: Scene, { provider, suspend, request, origin }: Shipping): Promise<SnapshotRef | { readonly doneBytes: number; readonly totalBytes: number | undefined }> {
  const { fleet, offer } = request;
  const key = broughtKey(request.key);
  const { facts } = origin;
  const target = suspend.archives;
  if (!target) throw new NebError('unsupported', `no snapshot can be brought to ${provider.name}`);
  const shipment = await scene.shipments.carry(`${provider.name}/${key}`, async (count, call) => await target.write(counted(await sourceOf(scene, origin, call), count), { key, fleet, offer, facts }, call));
  switch (shipment.do) {
    case 'wait': return { doneBytes: shipment.doneBytes, totalBytes: facts.sizeBytes };
    case 'failed': throw shipment.error;
    case 'arrived': {
      const { snapshot } = shipment;
      if (snapshot.state === 'failed') throw new NebError(snapshot.failure?.code ?? 'failed', snapshot.failure?.message ?? `${provider.name} could not take the snapshot in`);
      return snapshot.state === 'ready' ? snapshot.ref : { doneBytes: snapshot.doneBytes ?? 0, totalBytes: snapshot.sizeBytes };
    }
  }
}

async function sourceOf({ provider, world }: Scene, { platform, facts, digest }: Origin, call: { readonly signal?: AbortSignal | undefined }): Promise<AsyncIterable<Uint8Array>> {
  if (platform !== undefined) {
    const archives = provider(platform)?.suspend?.archives;
    if (!archives) throw new NebError('unsupported', `no snapshot can be taken away from ${platform}`);
    return await archives.read(facts.ref, call);
  }
  if (!world.archives || digest === undefined) throw new NebError('not_found', 'the file of the snapshot is not on this server');
  return await world.archives.read(digest);
}

/** Throws where the platform puts nothing aside. */
export function suspendOf({ suspend, name }: Provider): Suspend {
  if (!suspend) throw new NebError('unsupported', `${name} puts nothing aside; \`neb get platforms\` shows what each can do`);
  return suspend;
}

/** Of a Snapshot object, as an attempt noted it. Throws `not_found` where it is gone. */
export async function originOf({ world }: Scene, { id }: { readonly id: string }): Promise<Origin> {
  const snapshot = await world.store.get('Snapshot', id);
  if (!snapshot || snapshot.goneAt !== undefined || snapshot.status.status !== 'ready') throw new NebError('not_found', 'the snapshot that it is to go on from is no longer there');
  return { platform: snapshot.status.platform, facts: snapshotFacts(snapshot), digest: snapshot.status.archive?.digest };
}
