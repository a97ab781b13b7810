// A worker for tests: takes one message at a time and as long for it as the message says, and notes once who did it, at which attempt.
import { setTimeout as sleep } from 'node:timers/promises';
import { worker } from '../src/index.ts';

const { content: _none, ...env } = { ...process.env, content: undefined };
worker({ env, concurrency: 1 }, async ({ content }, { attempt, effect, key }) => {
  const { n, ms } = content as { n: string; ms: number };
  await sleep(ms);
  effect('HINCRBY', key('effects'), n, 1);
  effect('RPUSH', key('runs'), `${n} ${attempt} ${process.env['REDIS_CONSUMER'] ?? ''}`);
});
