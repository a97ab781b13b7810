import { systemRandom } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { beforeAll, test } from 'vitest';
import { ownRedis, redisOf } from './redis-of.ts';
import { storm } from './storm.ts';
import { makeWorkerImage } from './worker-image.ts';

/** The 200 rounds of `pnpm test:long` are 50,000 messages. */
const messages = Number(process.env['NEB_TEST_ROUNDS'] ?? 20) * 250;
const seed = Number(process.env['NEB_TEST_SEED'] ?? Buffer.from(systemRandom(4)).readUInt32LE());
const image = 'neb/storm-worker:latest';

beforeAll(() => makeWorkerImage(image, 'storm-worker.ts'), 180_000);

test.concurrent(`${messages} messages while workers, the server and its Redis are killed (NEB_TEST_SEED=${seed}): each effect once, poison among the dead letters, nothing left`, async () => {
  console.log(JSON.stringify(await storm({ messages, chance: seededRandom(seed), image, redisOf })));
});

test.concurrent(`${messages / 10} messages while a Redis of one's own forgets its users, too (NEB_TEST_SEED=${seed})`, async () => {
  await using own = await ownRedis();
  console.log(JSON.stringify(await storm({ messages: messages / 10, chance: seededRandom(seed + 1), image, redisOf, own })));
});
