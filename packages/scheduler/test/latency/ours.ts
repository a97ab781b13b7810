import { type LatencyPolicy, scaleByLatency, type LatencyState } from '../../src/index.ts';
import type { Controller } from './simulator.ts';

/** The autoscaler as the scheduler runs it: its state goes through JSON, and start times are learnt. */
export function ours(policy: LatencyPolicy): Controller & { readonly reasons: readonly string[] } {
  let kept: string | undefined;
  let startMs = 10_000;
  let learnt = 0;
  const reasons: string[] = [];
  return {
    name: 'neb',
    wakes: true,
    reasons,
    look({ now, inFlight, waiting, ready, draining, starting, starts, answers }) {
      for (; learnt < starts.length; learnt++) startMs = learnt === 0 ? starts[0]! * 1_000 : startMs + 0.3 * (starts[learnt]! * 1_000 - startMs);
      const state = kept === undefined ? undefined : JSON.parse(kept) as LatencyState;
      const gauge = { id: 's', inFlight, waiting, answered: answers.length, failed: 0, latenciesMs: answers.slice(0, 1_000).map((seconds) => seconds * 1_000) };
      const { desired, reason, state: after, lookAgainMs } = scaleByLatency({
        policy, gauge, now: epoch + now * 1_000, startMs, state,
        replicas: { ready, draining, starting: starting.map(({ since }) => ({ since: epoch + since * 1_000 })) },
      });
      kept = JSON.stringify(after);
      reasons.push(`${now.toFixed(1)} ${reason}`);
      if (desired === 0 && waiting + inFlight > 0) throw new Error('it sleeps while somebody waits');
      return { desired, againSeconds: lookAgainMs / 1_000 };
    },
  };
}

const epoch = 1_750_000_000_000;
