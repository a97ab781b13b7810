import { expect, test } from 'vitest';
import { type Answer, answerNotice, type NoticeFacts } from './answer-notice.ts';

const facts: NoticeFacts = { wish: 'migrate', leftMs: 120_000, neededMs: 20_000, refusal: undefined };

test.each<[string, Partial<NoticeFacts>, Answer]>([
  ['that wishes so is moved', {}, { do: 'migrate' }],
  ['that wishes so is suspended', { wish: 'suspend' }, { do: 'suspend' }],
  ['needs no more time than there is', { neededMs: 120_000 }, { do: 'migrate' }],
  ['that needs more is let go', { neededMs: 121_000 }, { do: 'let go', why: 'to be moved it would need about 2m1s' }],
  ['whose time is over is let go', { wish: 'suspend', leftMs: 0, neededMs: 0 }, { do: 'let go', why: 'no time is left in which it could be suspended' }],
  ['is let go where it cannot be, whatever the time', { refusal: 'aws puts nothing aside', leftMs: -5 }, { do: 'let go', why: 'it cannot be moved: aws puts nothing aside' }],
])('a container %s', (_, change, answer) => {
  expect(answerNotice({ ...facts, ...change })).toEqual(answer);
});
