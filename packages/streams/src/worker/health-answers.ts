import { messageOf } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { connect, isNoGroup } from '../connection.ts';
import { type Entry, entriesIn } from '../entries.ts';
import type { Health } from '../health.ts';
import { keysOf } from '../keys.ts';
import { readMessage } from './message.ts';
import type { Settings } from './options.ts';

const blockMs = 1_000;
const pauseMs = 500;
/** For whoever asked to read it. */
const keepMs = 60_000;

/** Answers those who ask how the workers are, until the signal aborts. One worker answers each. */
export async function answerHealth(settings: Settings, ended: AbortSignal): Promise<void> {
  const { of, consumer, clock } = settings;
  const redis = connect(settings.address, { socketTimeout: 10 * blockMs });
  const { health } = keysOf(of);
  const group = `${of.group}-health`;
  const isOver = (): boolean => ended.aborted;
  ended.addEventListener('abort', () => redis.disconnect(), { once: true });
  while (!isOver()) {
    try {
      const asked = entriesIn(await redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', 10, 'BLOCK', blockMs, 'STREAMS', health, '>'));
      for (const entry of asked) await answer(redis, settings, entry);
    } catch (error) {
      if (isNoGroup(error)) await redis.xgroup('CREATE', health, group, '0', 'MKSTREAM').catch(() => undefined);
      else await clock.sleep(pauseMs, ended);
    }
  }
}

async function answer(redis: Redis, { of, health }: Settings, entry: Entry): Promise<void> {
  const keys = keysOf(of);
  const { returnStream } = readMessage(entry);
  const said = await stateOf(health);
  const done = redis.multi().xack(keys.health, `${of.group}-health`, entry.id).xdel(keys.health, entry.id);
  if (returnStream?.startsWith(keys.healthAnswer(''))) done.xadd(returnStream, '*', 'data', JSON.stringify(said)).pexpire(returnStream, keepMs);
  await done.exec();
}

/** One that cannot tell how it is, is not well. */
async function stateOf(health: Settings['health']): Promise<Health> {
  try {
    return await health();
  } catch (error) {
    return { status: 'error', message: messageOf(error) };
  }
}
