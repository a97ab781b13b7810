import { systemClock, systemRandom } from '@neb/core-types';
import { liveLife } from '@neb/core-types/testing';
import { expect, test } from 'vitest';
import { runpodLive, runpodTerms } from './live-subject.ts';

test('one pod lives at RunPod from its offer to its end, within its limit, and nothing is left', async ({ skip }) => {
  const terms = runpodTerms(process.env);
  if (terms.kind === 'off') return skip(terms.why);
  const { swept } = await liveLife(runpodLive(process.env), { maxUsd: terms.maxUsd, clock: systemClock, random: systemRandom, say: (line) => console.log(line) });
  expect(swept.after).toBe(0);
});
