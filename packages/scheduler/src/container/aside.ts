import { type Attempt, type Instance, isNebError, messageWithHint, type Provider, type Snapshot, type SnapshotRef, timestamp } from '@neb/core-types';
import type { Resource } from '../store.ts';
import { tell } from '../tell.ts';
import { suspendOf } from './begin.ts';
import { type Move, stall } from './launch.ts';
import { launchSpec, withAccelerator } from './launch-spec.ts';
import { maskerOf, withoutSecrets } from './masking.ts';
import { isForGood } from './refusals.ts';
import { type Scene, write } from './scene.ts';
import { blocked } from './stall.ts';
import { told } from './told.ts';
import { changes, judged, notStalled, patched, type Verdict } from './verdict.ts';
import { offerOf } from './offer-of.ts';

interface Held {
  readonly container: Resource<'Container'>;
  readonly provider: Provider;
}

const pollMs = 250;
/** After this a snapshot that is ready suspended nothing: somebody else went on from it. */
const suspendedMs = 120_000;

/** Has the platform save what is to be suspended: once, however often it is asked. */
export async function saveOnce(scene: Scene, { container, provider }: Held, signal: AbortSignal): Promise<Move> {
  const { asked, attempt } = container.status;
  if (asked?.do !== 'suspend') return { container };
  const { clock } = scene.world;
  let snapshot: Snapshot;
  try {
    const { connections } = asked;
    snapshot = await suspendOf(provider).save(attempt!.ref as Instance['ref'], { key: asked.key, fleet: await scene.fleet(), then: 'suspend', for: 'itself', ...(connections && { connections }) }, { signal });
  } catch (error) {
    return await refused(scene, { container, provider, reason: 'SuspendFailed', error }, signal);
  }
  const now = clock.now();
  if (snapshot.state === 'failed') return { container: await write(scene, { container, verdict: withdrawn(container, { reason: 'SuspendFailed', message: snapshot.failure?.message ?? `${provider.name} could not save it` }, now) }, signal) };
  if (snapshot.state === 'saving') return await told(scene, { container, phase: 'saving', doneBytes: snapshot.doneBytes, totalBytes: snapshot.sizeBytes }, signal);
  if (now - Date.parse(asked.at) > suspendedMs && container.status.suspended?.key === asked.key) {
    return { container: await write(scene, { container, verdict: withdrawn(container, { reason: 'SuspendFailed', message: `${provider.name} saved it, and it runs on` }, now) }, signal) };
  }
  const kept = { key: asked.key, ref: snapshot.ref, at: snapshot.takenAt ?? timestamp(now), keeps: snapshot.keeps, ...(snapshot.sizeBytes !== undefined && { size_bytes: snapshot.sizeBytes }), price_per_hour: container.status.suspended?.price_per_hour ?? attempt!.price_per_hour };
  const verdict: Verdict = { status: patched(container.status, { suspended: kept }), events: [] };
  const next = changes(container, verdict) ? await write(scene, { container, verdict }, signal) : container;
  const seen = await provider.inspect(attempt!.ref as Instance['ref'], { signal });
  return seen?.state === 'running' ? { restMs: pollMs } : { container: next, sight: { seen: await withoutSecrets(seen, container, scene.world.secrets), sure: true } };
}

/** Has the platform go on with what is suspended, in its place. */
export async function resumeOnce(scene: Scene, { container, provider }: Held, signal: AbortSignal): Promise<Move> {
  const { attempt, suspended } = container.status;
  const { world } = scene;
  const prepared = await launchSpec(container, { secrets: world.secrets, defaults: world.launch, now: world.clock.now() });
  if (prepared.do === 'wait') return await stall(scene, { container, obstacle: prepared }, signal);
  if (prepared.do === 'fail') return { container: await write(scene, { container, verdict: withdrawn(container, { reason: 'ResumeFailed', message: prepared.message }, world.clock.now()) }, signal) };
  try {
    const suspend = suspendOf(provider);
    const ref = suspended?.ref ?? (await latest(scene, { provider, attempt: attempt! }, signal));
    if (ref === undefined) return { container: await write(scene, { container, verdict: withdrawn(container, { reason: 'ResumeFailed', message: `${provider.name} has no snapshot of it to go on from` }, world.clock.now()) }, signal) };
    const offer = offerOf({ ...attempt!, price_per_hour: suspended?.price_per_hour ?? attempt!.price_per_hour });
    const seen = await suspend.restore(ref as SnapshotRef, { key: attempt!.key, fleet: await scene.fleet(), offer, spec: withAccelerator(prepared.spec, offer.accelerator) }, { signal });
    if (seen.state === 'running') return { container, sight: { seen, sure: true } };
    return await told(scene, { container, phase: 'restoring' }, signal);
  } catch (error) {
    return await refused(scene, { container, provider, reason: 'ResumeFailed', error }, signal);
  }
}

async function latest(scene: Scene, { provider, attempt }: { readonly provider: Provider; readonly attempt: Attempt }, signal: AbortSignal): Promise<string | undefined> {
  let found: Snapshot | undefined;
  for await (const one of provider.suspend!.snapshots({ fleet: await scene.fleet() }, { signal })) {
    if (one.of === attempt.key && one.state === 'ready' && (one.takenAt ?? '') >= (found?.takenAt ?? '')) found = one;
  }
  return found?.ref;
}

/** Whatever will not change is told and no longer tried; else it is tried again. The container stays as it is. */
async function refused(scene: Scene, { container, provider, reason, error }: Held & { readonly reason: string; readonly error: unknown }, signal: AbortSignal): Promise<Move> {
  const { obstacle, afterMs } = blocked(error, { platform: provider.name, signal });
  const mask = await maskerOf(container, scene.world.secrets);
  if (!isNebError(error) || !isForGood(error.code)) return await stall(scene, { container, obstacle: { ...obstacle, message: mask(obstacle.message) }, afterMs }, signal);
  return { container: await write(scene, { container, verdict: withdrawn(container, { reason, message: mask(messageWithHint(error)) }, scene.world.clock.now()) }, signal) };
}

/** What was asked for cannot be: the container goes on as it is, and says why. */
export function withdrawn(container: Resource<'Container'>, { reason, message }: { readonly reason: string; readonly message: string }, now: number): Verdict {
  const { status } = container;
  const conditions = judged(container, now, { type: 'Aside', status: 'false', reason, message }, ...notStalled(container));
  return {
    status: patched(status, { asked: undefined, progress: undefined, message: undefined, reason: undefined, ...(status.status === 'running' && { suspended: undefined }), conditions }),
    events: [tell(container, 'warning', [reason, message])],
  };
}
