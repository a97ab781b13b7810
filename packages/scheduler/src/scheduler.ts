import { bell } from '@neb/core-types';
import { containerReconciler } from './container/reconcile.ts';
import { namespaceReconciler } from './namespace/reconcile.ts';
import { processorReconciler } from './processor/reconcile.ts';
import { watchStreams } from './processor/watch-streams.ts';
import { runRetention } from './retention.ts';
import { serviceReconciler } from './service/reconcile.ts';
import { snapshotReconciler } from './snapshot/reconcile.ts';
import { betweenStandstills } from './standstill.ts';
import { runSweeps } from './sweep.ts';
import { watchProvider } from './watch-providers.ts';
import { runController } from './work/controller.ts';
import { tuned, type World } from './world.ts';

const restartMs = 1_000;

/**
 * Runs everything that keeps the world as it is wanted, until `signal` aborts; resolves when the passes under way are over.
 * Any number of these may run on one store. Never rejects: what cannot be reached is tried again.
 */
export async function runScheduler(world: World, signal: AbortSignal): Promise<void> {
  const { queues, clock, random, observer, providers, standstill } = world;
  const { workers, passTimeoutMs, drainMs } = tuned(world.tuning);
  const reconcilers = { Container: containerReconciler(world), Namespace: namespaceReconciler(world), Processor: processorReconciler(world), Service: serviceReconciler(world), Snapshot: snapshotReconciler(world) };

  const controllers = (['Container', 'Namespace', 'Processor', 'Service', 'Snapshot'] as const).map((kind) => {
    const control = (until: AbortSignal): Promise<void> => runController({
      queue: queues[kind], reconcile: reconcilers[kind], clock, random, workers, passTimeoutMs, drainMs,
      onPass: (report) => observer?.onPass?.(kind, report),
      onTrouble: (error) => observer?.onTrouble?.(`queue of ${kind}`, error),
    }, until);
    const standsStill = kind === 'Service' || kind === 'Processor' ? standstill : undefined;
    return { name: `controller of ${kind}`, run: () => (standsStill ? betweenStandstills(standsStill, signal, control) : control(signal)) };
  });
  const platforms = providers.flatMap((provider) => {
    const doorbell = bell(clock);
    return [
      { name: `sweeps of ${provider.name}`, run: () => runSweeps(world, { provider, doorbell }, signal) },
      { name: `watch of ${provider.name}`, run: () => watchProvider(world, { provider, doorbell }, signal) },
    ];
  });
  const retention = { name: 'retention', run: () => runRetention(world, signal) };
  const streams = { name: 'watch of streams', run: () => watchStreams(world, signal) };
  await Promise.all([...controllers, ...platforms, retention, streams].map(keepRunning));

  /** None of these should fail; if one does, the others and it go on. */
  async function keepRunning({ name, run }: { name: string; run: () => Promise<void> }): Promise<void> {
    for (;;) {
      try {
        return await run();
      } catch (error) {
        if (signal.aborted) return;
        observer?.onTrouble?.(name, error);
        await clock.sleep(restartMs, signal);
      }
    }
  }
}
