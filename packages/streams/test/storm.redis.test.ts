import { test } from 'vitest';
import { plainStorm, storm } from './storm.ts';

test('2,000 messages through killed workers and a killed Redis: each effect once, poison among the dead letters', { timeout: 120_000 }, async () => {
  await storm({ messages: 2_000, poisonEvery: 200, workers: 2, killMs: 700, paceMs: 250 });
});

test('400 messages through killed workers that only have redis-cli: each at least once, none stuck', { timeout: 120_000 }, async () => {
  await plainStorm({ messages: 400, workers: 2, killMs: 200 });
});
