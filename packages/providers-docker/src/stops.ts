import { type Clock, isNebError } from '@neb/core-types';
import { type EngineClient, path } from './connection/client.ts';
import { findContainer } from './containers.ts';
import { isRefusal } from './errors.ts';
import { labels, type Scope } from './names.ts';
import type { ContainerDetail } from './replies.ts';

/** Containers on their way out: asked with their stop signal, then killed, then removed with their anonymous volumes. */
export interface Stops {
  /**
   * Begins, and returns; repeating it hurries where `graceMs` leaves less time. After a crash the engine goes on
   * with the stop, and repeating it removes what stopped. Succeeds if the container is already gone.
   */
  begin(name: string, graceMs: number, signal?: AbortSignal): Promise<void>;
  /** Begins once `before` is over. */
  beginAfter(before: Promise<void>, name: string, graceMs: number): void;
  /** Resolves once all that were begun have ended: within their times of grace. */
  settled(): Promise<void>;
}

export interface StopsOptions {
  readonly client: EngineClient;
  readonly clock: Clock;
  /** Told of each container that is gone. */
  readonly gone: (scope: Scope) => void;
  /** Takes away what of a container that is gone was outside of it. */
  readonly removed: (name: string) => Promise<void>;
}

interface Stop {
  hurry(graceMs: number): void;
  readonly ended: Promise<void>;
}

const removeMs = 60_000;

export function stops({ client, clock, gone, removed }: StopsOptions): Stops {
  const running = new Map<string, Stop>();
  const coming = new Set<Promise<void>>();

  async function begin(name: string, graceMs: number, signal?: AbortSignal): Promise<void> {
    const already = running.get(name);
    if (already) return already.hurry(graceMs);
    const seen = await findContainer(client, name, signal);
    if (!seen) return await removed(name);
    const started = running.get(name);
    if (started) return started.hurry(graceMs);
    background(name, seen, graceMs);
  }

  function background(name: string, seen: ContainerDetail, graceMs: number): void {
    const over = Promise.withResolvers<void>();
    let timer = new AbortController();
    let deadline = Infinity;
    const hurry = (ms: number): void => {
      const next = clock.now() + ms;
      if (next >= deadline) return;
      deadline = next;
      timer.abort();
      timer = new AbortController();
      const { signal } = timer;
      void clock.sleep(ms, signal).then(() => signal.aborted || over.resolve());
    };
    hurry(graceMs);
    // What fails shows as an instance that is still there, and its owner asks again.
    const ended = end(name, seen, { graceMs, over: over.promise }).catch(() => {}).finally(() => {
      timer.abort();
      running.delete(name);
    });
    running.set(name, { hurry, ended });
  }

  async function end(name: string, seen: ContainerDetail, { graceMs, over }: { readonly graceMs: number; readonly over: Promise<void> }): Promise<void> {
    const { Status } = seen.State;
    if (Status === 'paused') await client.done({ method: 'POST', path: path`/containers/${name}/unpause` });
    if (Status === 'running' || Status === 'paused') await Promise.race([ask(name, graceMs), over]);
    await remove(client, name, clock);
    await removed(name);
    const { [labels.fleet]: fleet, [labels.namespace]: namespace } = seen.Config.Labels;
    if (fleet !== undefined && namespace !== undefined) gone({ fleet, namespace });
  }

  /** The engine's own ladder, in whole seconds: it goes on without us. */
  async function ask(name: string, graceMs: number): Promise<void> {
    const seconds = Math.ceil(graceMs / 1_000);
    try {
      await client.done({ method: 'POST', path: path`/containers/${name}/stop`, query: { t: seconds }, timeoutMs: seconds * 1_000 + 15_000 });
    } catch (error) {
      if (!isNebError(error, 'not_found')) throw error;
    }
  }

  return {
    begin,
    beginAfter(before, name, graceMs) {
      const begun = before.then(() => begin(name, graceMs)).catch(() => {}).finally(() => coming.delete(begun)); // As above: its owner asks again.
      coming.add(begun);
    },
    async settled() {
      await Promise.all(coming);
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };
}

/** Kills what is left of it and removes it. After it the container is gone. */
async function remove(client: EngineClient, name: string, clock: Clock): Promise<void> {
  for (;;) {
    try {
      return await client.done({ method: 'DELETE', path: path`/containers/${name}`, query: { force: true, v: true }, timeoutMs: removeMs });
    } catch (error) {
      if (isNebError(error, 'not_found')) return;
      if (!isRefusal(error, 409, /already in progress/i)) throw error;
      await clock.sleep(50); // Another is at it; it may also fail, so look again.
    }
  }
}
