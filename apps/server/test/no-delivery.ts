import type { UsageDelivery } from '../src/billing/delivery.ts';

/** An OpenMeter that has everything, and where nothing is to be done. */
export const noDelivery: Pick<UsageDelivery, 'url' | 'status' | 'sync' | 'retry'> = {
  url: undefined,
  status: async () => ({ position: 0, behind: 0, movedAt: undefined, trouble: undefined, undelivered: 0, refused: [] }),
  retry: async () => ({ delivered: 0, undelivered: 0 }),
  sync: async () => ({ meters: [], subjects: 0, delivered: 0, undelivered: 0 }),
};
