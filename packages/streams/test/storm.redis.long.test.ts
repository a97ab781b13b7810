import { test } from 'vitest';
import { plainStorm, storm } from './storm.ts';

/** The 200 rounds of `pnpm test:long` are 50,000 messages. */
const messages = Number(process.env['NEB_TEST_ROUNDS'] ?? 200) * 250;
/** So many storm.redis.test.ts sends anyway. */
const isWanted = messages > 2_000;

test.skipIf(!isWanted)(`${messages} messages through killed workers and a killed Redis: each effect once, poison among the dead letters`, async () => {
  await storm({ messages, poisonEvery: 1_000, workers: 3, killMs: 1_000, paceMs: 50 });
});

test.skipIf(!isWanted)('messages through killed workers that only have redis-cli: each at least once, none stuck', async () => {
  await plainStorm({ messages: messages / 5, workers: 3, killMs: 1_000 });
});
