export { type BatchLimits } from './batches.ts';
export { type MeterQuery, type MeterRow, openmeter, type OpenmeterClient, type OpenmeterOptions } from './client.ts';
export { deliver, type DeliverOptions } from './deliver.ts';
export { eventOf, type UsageEvent } from './event.ts';
export { type MeterDifference, metersOf, type WantedMeter } from './meters.ts';
export { type DeliveryStatus, deliveryStatus, type Undelivered } from './progress.ts';
export { type Retried, type RetryOptions, retryRefused } from './retry.ts';
export { type Synced, type SyncedMeter, type SyncOptions, syncOpenmeter } from './sync.ts';
