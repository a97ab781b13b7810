import { type PressurePolicy, scaleByPressure, type ScalingState } from '../../src/index.ts';
import type { Controller } from './simulator.ts';

/** The autoscaler as the scheduler runs it: its state goes through JSON, and start times are learnt. */
export function ours(policy: PressurePolicy): Controller {
  let kept: string | undefined;
  let startMs = 10_000;
  let learnt = 0;
  return {
    name: 'neb',
    wakes: true,
    look({ now, backlog, pending, acknowledged, ready, busy, draining, starting, starts }) {
      for (; learnt < starts.length; learnt++) startMs = learnt === 0 ? starts[0]! * 1_000 : startMs + 0.3 * (starts[learnt]! * 1_000 - startMs);
      const ms = epoch + now * 1_000;
      const { desired, state, lookAgainMs } = scaleByPressure({
        policy,
        sample: { at: ms, backlog, pending, acknowledged },
        replicas: { ready, busy, draining, starting: starting.map(({ since }) => ({ since: epoch + since * 1_000 })) },
        now: ms,
        startMs,
        state: kept === undefined ? undefined : JSON.parse(kept) as ScalingState,
      });
      kept = JSON.stringify(state);
      return { desired, againSeconds: lookAgainMs / 1_000 };
    },
  };
}

const epoch = 1_750_000_000_000;
