import { type Backoff, bell, type Clock, doubling, isNebError, jittered, type Random } from '@neb/core-types';
import { within } from './deadline.ts';
import type { Lease, Released, WorkQueue } from './work-queue.ts';

/**
 * Brings one object a step closer to what its spec asks for. It is told which object, never what changed:
 * it reads the world afresh, so a missed, repeated or reordered event costs time and nothing else.
 */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<Again | void>;

/** Look again after this long even if nothing changes. Returning nothing means the object has settled. */
export interface Again {
  readonly afterMs: number;
}

/** How a pass ended: `stopped` is an error that trying again cannot help, `abandoned` one that did not heed its signal. */
export interface PassReport {
  readonly key: string;
  readonly outcome: 'settled' | 'again' | 'conflict' | 'failed' | 'stopped' | 'abandoned';
  readonly ms: number;
  readonly error?: unknown;
}

export interface ControllerOptions {
  readonly queue: WorkQueue;
  readonly reconcile: Reconcile;
  readonly clock: Clock;
  readonly random: Random;
  /** How many passes run at once; 32 by default. */
  readonly workers?: number | undefined;
  /** How long a pass may take; 30,000 by default. Its lease is renewed as long. */
  readonly passTimeoutMs?: number | undefined;
  /** How long an idle queue is trusted to hint at what becomes due; 30,000 by default. */
  readonly safetyPollMs?: number | undefined;
  /** How long passes under way may go on after the abort; 10,000 by default. */
  readonly drainMs?: number | undefined;
  /** Between failed passes over one key; 1 s doubling to 5 min by default. */
  readonly backoff?: Backoff | undefined;
  readonly onPass?: ((report: PassReport) => void) | undefined;
  /** Told when the queue cannot be reached; the controller goes on trying. */
  readonly onTrouble?: ((error: unknown) => void) | undefined;
}

/** For keys asked for in a burst to be taken together, and for a busy queue not to be asked when it is next due. */
const lullMs = 20;
/** How long a pass that was aborted may take to notice. */
const heedMs = 5_000;
const conflictBackoff: Backoff = { firstMs: 20, maxMs: 5_000 };
const troubleBackoff: Backoff = { firstMs: 500, maxMs: 30_000 };

/** Runs passes until `signal` aborts, then lets those under way finish. Never rejects: a queue out of reach is tried again. */
export async function runController(options: ControllerOptions, signal: AbortSignal): Promise<void> {
  const { queue, clock, random, workers = 32, safetyPollMs = 30_000, drainMs = 10_000, onTrouble } = options;
  const cutOff = new AbortController();
  const pass = passes(options, cutOff.signal);
  const doorbell = bell(clock);
  const ended: Released[] = [];
  const held = new Set<Lease>();
  const over = new AbortController();
  let active = 0;
  let mayBeDue = true;
  let troubles = 0;

  const listening = listen();
  const renewing = renew();
  while (!signal.aborted) {
    try {
      await release();
      if (mayBeDue && active < workers) await take();
      else if (active < workers) await untilDue();
      else await doorbell.wait(safetyPollMs, signal);
      troubles = 0;
      // Neighbours in memory answer at once: without this, timers and sockets would not get their turn.
      await new Promise((resolve) => { setImmediate(resolve); });
    } catch (error) {
      onTrouble?.(error);
      mayBeDue = true;
      await clock.sleep(jittered(doubling(troubles++, troubleBackoff), random), signal);
    }
  }
  await drain();
  over.abort();
  await Promise.all([listening, renewing]);

  async function take(): Promise<void> {
    const free = workers - active;
    mayBeDue = false;
    const leases = await queue.take(free);
    mayBeDue ||= leases.length === free;
    for (const lease of leases) start(lease);
  }

  function start(lease: Lease): void {
    active++;
    held.add(lease);
    void pass(lease).then((released) => {
      active--;
      held.delete(lease);
      if (released) ended.push(released);
      doorbell.ring();
    });
  }

  /** Short leases that are renewed: what a dead server was at goes on elsewhere soon. */
  async function renew(): Promise<void> {
    while (!over.signal.aborted) {
      await clock.sleep(queue.leaseMs / 3, over.signal);
      const late = [...held];
      if (late.length > 0 && !over.signal.aborted) await queue.renew(late).catch((error: unknown) => onTrouble?.(error));
    }
  }

  async function release(): Promise<void> {
    if (ended.length === 0) return;
    const batch = ended.slice();
    await queue.release(batch);
    ended.splice(0, batch.length);
    // A key asked for during its pass is due from now on.
    mayBeDue = true;
  }

  async function untilDue(): Promise<void> {
    if (await doorbell.wait(lullMs, signal)) return;
    const ms = (await queue.nextDueMs()) ?? Infinity;
    if (ms <= 0) mayBeDue = true;
    else if (!(await doorbell.wait(Math.min(ms, safetyPollMs), signal))) mayBeDue ||= ms <= safetyPollMs;
  }

  async function listen(): Promise<void> {
    let deaf = 0;
    while (!signal.aborted) {
      try {
        await queue.hint(signal);
        deaf = 0;
        mayBeDue = true;
        doorbell.ring();
      } catch (error) {
        onTrouble?.(error);
        await clock.sleep(jittered(doubling(deaf++, troubleBackoff), random), signal);
      }
    }
  }

  async function drain(): Promise<void> {
    const deadline = clock.now() + drainMs;
    while (active > 0 && clock.now() < deadline) await doorbell.wait(deadline - clock.now());
    cutOff.abort();
    while (active > 0 && clock.now() < deadline + heedMs) await doorbell.wait(deadline + heedMs - clock.now());
    try {
      await release();
    } catch (error) {
      // The leases run out by themselves.
      onTrouble?.(error);
    }
  }
}

/** One pass: never rejects. Nothing comes back where the pass goes on unheeding, so that its lease keeps others away. */
function passes(options: ControllerOptions, cutOff: AbortSignal): (lease: Lease) => Promise<Released | undefined> {
  const { reconcile, clock, random, passTimeoutMs = 30_000, backoff = { firstMs: 1_000, maxMs: 300_000 }, onPass } = options;
  const conflicts = new Map<string, number>();

  return async (lease) => {
    const { key } = lease;
    const startedMs = clock.now();
    const report = (outcome: PassReport['outcome'], error?: unknown): void => onPass?.({ key, outcome, ms: clock.now() - startedMs, error });
    let settled = false;
    let work: Promise<Again | void> | undefined;
    try {
      const again = await within({ clock, ms: passTimeoutMs, what: `a pass over ${key}`, signal: cutOff }, (signal) => (work = reconcile(key, signal)));
      conflicts.delete(key);
      report(again ? 'again' : 'settled');
      return { lease, failed: false, againAfterMs: again?.afterMs };
    } catch (error) {
      settled = work === undefined;
      const settling = work?.then(() => { settled = true; }, () => { settled = true; });
      if (settling) await Promise.race([settling, clock.sleep(heedMs)]);
      if (!settled) return void report('abandoned', error);
      return outcomeOf(lease, error, report);
    }
  };

  function outcomeOf(lease: Lease, error: unknown, report: (outcome: PassReport['outcome'], error: unknown) => void): Released {
    if (cutOff.aborted) return { lease, failed: false, againAfterMs: 0 };
    // Another writer got there first: not a failure, only a stale view.
    if (isNebError(error, 'conflict')) {
      report('conflict', error);
      return { lease, failed: false, againAfterMs: afterConflict(lease.key) };
    }
    conflicts.delete(lease.key);
    if (isNebError(error) && !error.retryable) {
      report('stopped', error);
      return { lease, failed: true };
    }
    report('failed', error);
    const asked = isNebError(error) ? error.retryAfterMs : undefined;
    return { lease, failed: true, againAfterMs: asked ?? jittered(doubling(lease.failures, backoff), random) };
  }

  function afterConflict(key: string): number {
    // Entries of keys that went to another server would stay for ever.
    if (conflicts.size > 10_000) conflicts.clear();
    const before = conflicts.get(key) ?? 0;
    conflicts.set(key, before + 1);
    return before < 3 ? 0 : jittered(doubling(before - 3, conflictBackoff), random);
  }
}
