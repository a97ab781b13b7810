import { type Instance, type InstanceRef, isNebError, messageWithHint, type Provider, type Snapshot, type SnapshotRef } from '@neb/core-types';
import type { Resource } from '../../store.ts';
import { goOn, ship, suspendOf } from '../begin.ts';
import { checkHealth, healthPlan } from '../health.ts';
import { type Move, stall } from '../launch.ts';
import { launchSpec, withAccelerator } from '../launch-spec.ts';
import { maskerOf } from '../masking.ts';
import { offerOf } from '../offer-of.ts';
import { isForGood } from '../refusals.ts';
import { type Scene, write } from '../scene.ts';
import { blocked } from '../stall.ts';
import { told } from '../told.ts';
import type { Verdict } from '../verdict.ts';
import { decideMove } from './decide-move.ts';
import { afterSave, arrived, inPhase, stayed, switched } from './verdicts.ts';

/** A container that was moved and goes on while what it left is in the way; looked at again in `restMs`. */
export type MoveOn = Move | { readonly goesOn: true; readonly restMs: number };

const pollMs = 250;
const leftoverMs = 2_000;

/** Does the next thing for a container on its way to another place. */
export async function takeMove(scene: Scene, container: Resource<'Container'>, signal: AbortSignal): Promise<MoveOn> {
  const { clock } = scene.world;
  const { move, attempt } = container.status;
  const { to } = move!;
  const source = scene.provider(attempt?.platform ?? '');
  const target = scene.provider(to.platform);
  const written = async (verdict: Verdict, as = container): Promise<Move> => ({ container: await write(scene, { container: as, verdict }, signal) });
  const step = decideMove(container, { now: clock.now(), tuning: scene.tuning });
  try {
    switch (step.do) {
      case 'turn back': return await written(inPhase(container, { phase: 'returning', why: step.why, now: clock.now() }));
      case 'save': return await save();
      case 'restore': return await restore();
      case 'verify': return await verify();
      case 'leave': return await leave();
      case 'return': return await comeBack();
      case 'abandon': return await abandon();
    }
  } catch (error) {
    return await hindered(error);
  }

  async function save(): Promise<Move> {
    const { connections } = move!;
    const snapshot = await suspendOf(needed(source, attempt?.platform)).save(attempt!.ref as InstanceRef, { key: move!.key, fleet: await scene.fleet(), then: 'suspend', for: 'any', ...(connections && { connections }) }, { signal });
    if (snapshot.state === 'failed') return await turnBack(snapshot.failure?.message ?? `${source!.name} could not save it`);
    if (snapshot.state === 'saving') return await told(scene, { container, phase: 'saving', doneBytes: snapshot.doneBytes, totalBytes: snapshot.sizeBytes }, signal);
    const seen = await source!.inspect(attempt!.ref as InstanceRef, { signal });
    // Only where the source stands still may another go on.
    if (seen?.state === 'running') return { restMs: pollMs };
    const unfit = await suspendOf(needed(target, to.platform)).misfit(snapshot, offerOf(to), { signal });
    return unfit === undefined ? await written(afterSave(container, { snapshot, now: clock.now() })) : await turnBack(unfit);
  }

  async function restore(): Promise<Move> {
    const prepared = await launchSpec(container, { secrets: scene.world.secrets, defaults: scene.world.launch, now: clock.now() });
    if (prepared.do === 'wait') return await stall(scene, { container, obstacle: prepared }, signal);
    if (prepared.do === 'fail') return await turnBack(prepared.message);
    const provider = needed(target, to.platform);
    const offer = offerOf(to);
    const request = { key: to.key, fleet: await scene.fleet(), offer, spec: withAccelerator(prepared.spec, offer.accelerator) };
    const { brought } = move!;
    if (move!.phase === 'restoring' && to.ref !== undefined) return await become(await provider.inspect(to.ref as InstanceRef, { signal }));
    const facts = await snapshotOf();
    if (!facts && brought === undefined && move!.phase !== 'restoring') return await turnBack(`${source?.name ?? attempt?.platform} no longer has the snapshot`);
    // Written before it can have been asked for: from then on the target may be there.
    if (move!.phase === 'shipping') {
      const at = await goOnlyShip(provider, facts!, request);
      return typeof at === 'string' ? await written(inPhase(container, { phase: 'restoring', brought: at, now: clock.now() })) : await told(scene, { container, phase: 'shipping', ...at }, signal);
    }
    const begun = await goOn(scene, { provider, request, origin: { platform: attempt!.platform, facts: facts ?? known() }, ...(brought !== undefined && { brought: brought as SnapshotRef }) }, signal);
    if (!('instance' in begun)) return { restMs: pollMs };
    const { instance } = begun;
    return await written(inPhase(container, { phase: instance.state === 'running' ? 'verifying' : 'restoring', to: { ...to, ref: instance.ref }, now: clock.now() }));
  }

  async function become(seen: Instance | undefined): Promise<Move> {
    switch (seen?.state) {
      case 'running': return await written(inPhase(container, { phase: 'verifying', now: clock.now() }));
      case undefined: return await turnBack(`it vanished from ${to.platform}`);
      case 'exited':
      case 'failed': return await turnBack(seen.failure?.message ?? `it ended on ${to.platform}${seen.exitCode === undefined ? '' : ` with ${seen.exitCode}`}`);
      default: return await told(scene, { container, phase: 'restoring' }, signal);
    }
  }

  async function verify(): Promise<Move> {
    const provider = needed(target, to.platform);
    const seen = await provider.inspect(to.ref as InstanceRef, { signal });
    if (seen?.state !== 'running') return await become(seen);
    const plan = healthPlan(container.spec);
    const unwell = plan && (await checkHealth(container, { plan, clock, provider, ref: seen.ref }, signal));
    if (unwell && 'fault' in unwell) return { restMs: Math.min(1_000, plan.intervalMs) };
    const { container: as, verdict } = switched(container, { seen, now: clock.now() });
    return await written(verdict, as);
  }

  async function leave(): Promise<MoveOn> {
    const { leaving } = move!;
    const left = scene.provider(leaving!.platform);
    if (left && !(await removed(left, leaving!.ref as InstanceRef))) return { goesOn: true, restMs: pollMs };
    return left ? await written(arrived(container, { now: clock.now(), goneMs: timeAt(left) })) : { goesOn: true, restMs: leftoverMs };
  }

  async function comeBack(): Promise<Move> {
    if (!(await targetGone())) return { restMs: pollMs };
    const provider = needed(source, attempt?.platform);
    const seen = await provider.inspect(attempt!.ref as InstanceRef, { signal });
    const why = move!.why ?? 'it could not go on elsewhere';
    if (seen?.state !== 'suspended') return seen?.state === 'pending' ? { restMs: pollMs } : await written(stayed(container, { reason: 'MoveFailed', message: why, ...atTarget() }));
    const snapshot = await snapshotOf();
    const prepared = await launchSpec(container, { secrets: scene.world.secrets, defaults: scene.world.launch, now: clock.now() });
    if (prepared.do === 'wait') return await stall(scene, { container, obstacle: prepared }, signal);
    if (!snapshot || prepared.do === 'fail') return await written(stayed(container, { reason: 'MoveFailed', message: `${why}; it is suspended where it was`, ...atTarget(), isKept: true }));
    const offer = offerOf(attempt!);
    await suspendOf(provider).restore(snapshot.ref, { key: attempt!.key, fleet: await scene.fleet(), offer, spec: withAccelerator(prepared.spec, offer.accelerator) }, { signal });
    return { restMs: pollMs };
  }

  async function abandon(): Promise<Move> {
    const { leaving } = move!;
    const left = leaving && scene.provider(leaving.platform);
    const isGone = leaving ? !left || (await removed(left, leaving.ref as InstanceRef)) : await targetGone();
    return isGone ? await written(stayed(container, { reason: 'Deleting', message: 'it is deleted', now: clock.now(), goneMs: timeAt(leaving ? left : target) })) : { restMs: pollMs };
  }

  function timeAt(provider: Provider | undefined): number {
    return provider?.time?.() ?? clock.now();
  }

  function atTarget(): { readonly now: number; readonly goneMs: number } {
    return { now: clock.now(), goneMs: timeAt(target) };
  }

  /** Whether there is surely no target: by its handle, or, where a crash lost that, by its key. */
  async function targetGone(): Promise<boolean> {
    if (!target) return true;
    if (to.ref !== undefined) return await removed(target, to.ref as InstanceRef);
    if (move!.brought === undefined && move!.took['restoring'] === undefined && to.platform !== attempt?.platform) return true;
    for await (const one of target.list({ fleet: await scene.fleet() }, { signal })) if (one.key === to.key) return await removed(target, one.ref);
    return true;
  }

  async function removed(provider: Provider, ref: InstanceRef): Promise<boolean> {
    await provider.delete(ref, {}, { signal });
    return (await provider.inspect(ref, { signal })) === undefined;
  }

  async function snapshotOf(): Promise<Snapshot | undefined> {
    const { suspend } = needed(source, attempt?.platform);
    if (move!.snapshot !== undefined) return await suspend?.snapshot(move!.snapshot as SnapshotRef, { signal });
    for await (const one of suspend?.snapshots({ fleet: await scene.fleet() }, { signal }) ?? []) if (one.key === move!.key && one.state === 'ready') return one;
    return undefined;
  }

  /** As much of it as is needed once it is where it goes. */
  function known(): Snapshot {
    return { ref: move!.snapshot as SnapshotRef, key: move!.key, of: attempt!.key, state: 'ready', keeps: 'memory', made: {} };
  }

  async function goOnlyShip(provider: Provider, facts: Snapshot, request: Parameters<typeof ship>[1]['request']): ReturnType<typeof ship> {
    return await ship(scene, { provider, suspend: suspendOf(provider), request, origin: { platform: attempt!.platform, facts } });
  }

  async function turnBack(why: string): Promise<Move> {
    const mask = await maskerOf(container, scene.world.secrets);
    return await written(inPhase(container, { phase: 'returning', why: mask(why), now: clock.now() }));
  }

  /** What will not change turns it back, as long as it has not arrived; all else is tried again. */
  async function hindered(error: unknown): Promise<MoveOn> {
    const { obstacle, afterMs } = blocked(error, { platform: to.platform, signal });
    const isFinal = isNebError(error) && isForGood(error.code);
    if (step.do === 'leave') return { goesOn: true, restMs: leftoverMs };
    if (isFinal && (step.do === 'save' || step.do === 'restore' || step.do === 'verify')) return await turnBack(messageWithHint(error));
    if (isFinal && step.do === 'return') return await written(stayed(container, { reason: 'MoveFailed', message: `${move!.why ?? 'it could not go on elsewhere'}; and where it was: ${obstacle.message}`, ...atTarget(), isKept: true }));
    const mask = await maskerOf(container, scene.world.secrets);
    return await stall(scene, { container, obstacle: { ...obstacle, message: mask(obstacle.message) }, afterMs }, signal);
  }
}

function needed(provider: Provider | undefined, name: string | undefined): Provider {
  if (provider) return provider;
  throw new Error(`${name ?? 'its platform'} is no longer set up on this server`);
}
