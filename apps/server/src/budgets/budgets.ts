import { isAtMinimum } from '@neb/billing/budget';
import type { Clock, Random } from '@neb/core-types';
import { type PassReport, type Reservation, type Resource, runController, type SpendingBounds, type WorkQueue } from '@neb/scheduler';
import { budgetReconciler } from './enforce.ts';
import type { Measuring } from './measure.ts';
import { reserve } from './reserve.ts';
import { budgetsOver } from './scope.ts';
import { shelf } from './shelf.ts';
import { watchSpending } from './watch-spending.ts';

export interface BudgetsOptions extends Measuring {
  readonly queue: WorkQueue;
  readonly clock: Clock;
  readonly random: Random;
  readonly onPass?: ((report: PassReport) => void) | undefined;
  readonly onTrouble: (error: unknown) => void;
}

/** Budgets at work. */
export interface Budgets {
  /** What the scheduler asks before anything is bought: by the budgets this server has heard of, without asking the database. One that was started a moment ago has it wait until it has heard of them. */
  readonly bounds: SpendingBounds;
  /** What a create has to hold to: by the budgets as they are now. */
  reserve(container: Resource<'Container'>, pricePerHour: () => Promise<string | undefined>): Promise<Reservation>;
  /** Enforces until `signal` aborts. Any number of servers may, on one database. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

export function budgets(options: BudgetsOptions): Budgets {
  const { store, queue, clock, random, onPass, onTrouble } = options;
  const heard = shelf();
  return {
    bounds: {
      reserve: async (container, pricePerHour, { goesOn } = {}) => await reserve(options, { container, pricePerHour, goesOn, budgets: await heard.known(container) }),
      atMinimum: async (of) => (await heard.known(of)).some((budget) => isAtMinimum(budget.spec, budget.status)),
    },
    async reserve(container, pricePerHour) {
      const over = await budgetsOver(store, container);
      const price = over.length === 0 ? undefined : await pricePerHour();
      // Where nothing is on offer now, the launch is held to them.
      return price === undefined ? { changes: [], reserved: undefined } : await reserve(options, { container, pricePerHour: price, budgets: over });
    },
    async run(signal) {
      await Promise.all([
        watchSpending({ store, shelf: heard, clock, onTrouble }, signal),
        runController({ queue, reconcile: budgetReconciler(options), clock, random, workers: 4, onPass, onTrouble }, signal),
      ]);
    },
  };
}
