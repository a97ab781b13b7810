import type { Readable } from 'node:stream';
import { isNebError, type LogLine, type LogOptions, NebError, unlessAborted } from '@neb/core-types';
import { path } from '../connection/client.ts';
import { findContainer } from '../containers.ts';
import type { Located } from '../engine.ts';
import { unreachable } from '../errors.ts';
import { frames } from '../frames.ts';
import { logLines } from './lines.ts';
import { resumePoint } from './resume-point.ts';
import { sinceParameter } from './since.ts';

/** How long a followed log waits for an engine that went away. */
const patienceMs = 60_000;
const retryMs = { first: 250, most: 5_000 };

/**
 * Lines as they were written, without gap or repeat even where the connection breaks. With `follow` it waits for a
 * launch under way and ends with the container. Throws `not_found` where there is none, `unavailable` once an
 * engine stays away too long.
 */
export async function* logs({ engine, name }: Located, options: LogOptions, signal?: AbortSignal): AsyncGenerator<LogLine> {
  const { follow = false, tail } = options;
  const launch = engine.launches.get(name);
  if (launch && follow) await unlessAborted(launch.settled, signal);

  const place = resumePoint(options.since);
  let awaySince: number | undefined;
  let waitMs = retryMs.first;
  let following = follow;
  for (let again = false; ; again = true) {
    try {
      for await (const line of read({ engine, name }, { follow: following, since: place.since(), tail: place.began() ? undefined : tail }, signal)) {
        awaySince = undefined;
        waitMs = retryMs.first;
        if (place.passes(line)) yield line;
      }
      if (!following) return;
      // A followed log also ends with its engine: only the container's end counts. The engine (20.10) may end it before
      // the container's last words are written, so those are read once more.
      following = (await findContainer(engine.client, name, signal))?.State.Status === 'running';
      if (!following) continue;
    } catch (error) {
      signal?.throwIfAborted();
      // It has written nothing yet, or went while we were away.
      if ((launch || again) && isNebError(error, 'not_found')) return;
      // It is being removed, and its last words with it.
      if (follow && !following && isNebError(error, 'conflict')) return;
      awaySince ??= engine.clock.now();
      if (!follow || !isNebError(error, 'unavailable') || engine.clock.now() - awaySince > patienceMs) throw error;
    }
    await engine.clock.sleep(waitMs, signal);
    waitMs = Math.min(waitMs * 2, retryMs.most);
    signal?.throwIfAborted();
  }
}

async function* read({ engine, name }: Located, { follow, since, tail }: LogOptions, signal?: AbortSignal): AsyncGenerator<LogLine> {
  const { client } = engine;
  const query = { stdout: true, stderr: true, timestamps: true, follow, tail: tail ?? 'all', since: since === undefined ? undefined : sinceParameter(since) };
  const body = await client.stream({ method: 'GET', path: path`/containers/${name}/logs`, query, signal }).catch((error: unknown) => {
    throw isNebError(error, 'not_found') ? new NebError('not_found', `there is no container ${name} at ${client.at}`, { cause: error }) : error;
  });
  if (follow && String(body.headers.server).startsWith('Libpod')) void endWithContainer({ engine, name }, body);
  try {
    yield* logLines(frames(body));
  } catch (error) {
    signal?.throwIfAborted();
    throw isNebError(error) ? error : unreachable(client.at, error as Error);
  } finally {
    body.destroy();
  }
}

/** Podman (4.3.1) leaves a followed log open when its container is removed; unnecessary once it does not. */
async function endWithContainer({ engine, name }: Located, body: Readable): Promise<void> {
  while (!body.destroyed) {
    await engine.clock.sleep(1_000);
    const there = await findContainer(engine.client, name).catch(() => true);
    if (!there) body.destroy();
  }
}
