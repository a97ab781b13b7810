import type { Observer, Store } from '@neb/scheduler';
import type { DeliveryStatus } from '@neb/billing/openmeter';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What is counted, and what is told to it. Names of objects and callers never become labels. */
export interface Metrics {
  readonly observer: Observer;
  onRequest(fact: { readonly door: string; readonly method: string; readonly status: number; readonly ms: number }): void;
  onLimited(by: 'credential' | 'address'): void;
  /** How old a change was when a watcher got it. */
  onFeed(lagMs: number): void;
  /** The text that Prometheus reads. */
  text(): Promise<{ readonly type: string; readonly body: string }>;
}

const seconds = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];

/** `usage` says how far usage is delivered to OpenMeter, where there is one. */
export function metrics(store: Store, usage?: () => Promise<DeliveryStatus>): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const passes = new Counter({ name: 'neb_passes_total', help: 'Passes of the control loop, by how they ended.', labelNames: ['kind', 'outcome'], registers });
  const passSeconds = new Histogram({ name: 'neb_pass_seconds', help: 'How long passes took.', labelNames: ['kind'], buckets: seconds, registers });
  const attempts = new Counter({ name: 'neb_attempts_total', help: 'Turns in the life of attempts to run a container.', labelNames: ['platform', 'what'], registers });
  const startSeconds = new Histogram({ name: 'neb_start_seconds', help: 'From the decision to run a container until it was seen running.', labelNames: ['platform'], buckets: seconds, registers });
  const swept = new Counter({ name: 'neb_orphans_deleted_total', help: 'Instances without an owner that a sweep removed.', labelNames: ['platform'], registers });
  const troubles = new Counter({ name: 'neb_troubles_total', help: 'Times that something could not be reached, by what.', labelNames: ['where'], registers });
  const requests = new Counter({ name: 'neb_http_requests_total', help: 'Requests answered.', labelNames: ['door', 'method', 'status'], registers });
  const limited = new Counter({ name: 'neb_rate_limited_total', help: 'Requests held back, by what they were counted by.', labelNames: ['by'], registers });
  const requestSeconds = new Histogram({ name: 'neb_http_request_seconds', help: 'How long answers took, streams excepted.', labelNames: ['door'], buckets: seconds, registers });
  const feedSeconds = new Histogram({ name: 'neb_feed_lag_seconds', help: 'How old a change was when a watcher got it.', buckets: seconds, registers });
  containersGauge(store, registry);
  if (usage) usageGauges(usage, registry);
  processGauges(registry);

  return {
    observer: {
      onPass: (kind, { outcome, ms }) => {
        passes.inc({ kind, outcome });
        passSeconds.observe({ kind }, ms / 1_000);
      },
      onAttempt: ({ what, platform, ms }) => {
        attempts.inc({ platform, what });
        if (what === 'started') startSeconds.observe({ platform }, ms / 1_000);
      },
      onSweep: ({ platform, deleted }) => swept.inc({ platform }, deleted),
      onTrouble: (where) => troubles.inc({ where }),
    },
    onRequest: ({ door, method, status, ms }) => {
      requests.inc({ door, method, status });
      requestSeconds.observe({ door }, ms / 1_000);
    },
    onLimited: (by) => limited.inc({ by }),
    onFeed: (lagMs) => feedSeconds.observe(Math.max(0, lagMs) / 1_000),
    text: async () => ({ type: registry.contentType, body: await registry.metrics() }),
  };
}

function containersGauge(store: Store, registry: Registry): void {
  new Gauge({
    name: 'neb_containers', help: 'Containers that are not gone, by status.', labelNames: ['status'], registers: [registry],
    async collect() {
      this.reset();
      for (const [status, count] of Object.entries(await store.count('Container'))) this.set({ status }, count);
    },
  });
}

function usageGauges(usage: () => Promise<DeliveryStatus>, registry: Registry): void {
  const registers = [registry];
  new Gauge({ name: 'neb_openmeter_behind', help: 'Facts of usage that are not delivered to OpenMeter yet.', registers, async collect() { this.set((await usage()).behind); } });
  new Gauge({ name: 'neb_openmeter_undelivered', help: 'Facts of usage that OpenMeter refuses.', registers, async collect() { this.set((await usage()).undelivered); } });
}

/** Read when asked for only: prom-client's own set wakes the process a hundred times a second. */
function processGauges(registry: Registry): void {
  const registers = [registry];
  new Gauge({ name: 'process_resident_memory_bytes', help: 'Resident memory.', registers, collect() { this.set(process.memoryUsage.rss()); } });
  new Gauge({ name: 'nodejs_heap_used_bytes', help: 'Heap in use.', registers, collect() { this.set(process.memoryUsage().heapUsed); } });
  new Gauge({ name: 'process_cpu_seconds_total', help: 'Processor time used.', registers, collect() { const { user, system } = process.cpuUsage(); this.set((user + system) / 1e6); } });
  new Gauge({ name: 'process_uptime_seconds', help: 'Time since the start.', registers, collect() { this.set(process.uptime()); } });
}
