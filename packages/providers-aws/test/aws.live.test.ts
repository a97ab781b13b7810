import { systemClock, systemRandom } from '@neb/core-types';
import { liveLife } from '@neb/core-types/testing';
import { expect, test } from 'vitest';
import { awsLive, awsTerms } from './live-subject.ts';

test('one machine lives at AWS from its offer to its end, within its limit, and nothing is left', async ({ skip }) => {
  const terms = awsTerms(process.env);
  if (terms.kind === 'off') return skip(terms.why);
  const subject = awsLive(process.env);
  await using _provider = subject.provider;
  const { swept } = await liveLife(subject, { maxUsd: terms.maxUsd, clock: systemClock, random: systemRandom, say: (line) => console.log(line) });
  expect(swept.after).toBe(0);
});
