import type { Readable } from 'node:stream';
import { isNebError, NebError, type RegistryCredentials, unlessAborted } from '@neb/core-types';
import type { EngineClient } from '../connection/client.ts';
import { unreachable, EngineRefusal } from '../errors.ts';
import { imageName } from '../image.ts';
import { jsonLines } from '../json-lines.ts';
import { redact } from '../redact.ts';
import { pullLine } from '../replies.ts';
import { type PullProgress, pullProgress } from './pull-progress.ts';

export interface Pulls {
  /**
   * Brings an image to the engine. Those who ask for one image with the same credentials share one pull, which
   * stops when the last of them does. Rejects with the engine's refusal or the signal's reason.
   */
  pull(image: string, options: PullOptions): Promise<void>;
}

export interface PullOptions {
  readonly credentials?: RegistryCredentials | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: PullProgress) => void;
}

interface Shared {
  readonly done: Promise<void>;
  readonly stop: AbortController;
  readonly listeners: Set<PullOptions['onProgress']>;
}

/** How long an engine may say nothing: it is silent while it checks a large layer. */
const silenceMs = 600_000;

export function pulls(client: EngineClient): Pulls {
  const running = new Map<string, Shared>();

  function begin(id: string, image: string, credentials: RegistryCredentials | undefined): Shared {
    const stop = new AbortController();
    const listeners: Shared['listeners'] = new Set();
    const tell = (progress: PullProgress): void => listeners.forEach((listener) => listener(progress));
    const done = pullImage(client, image, { credentials, signal: stop.signal, onProgress: tell }).finally(() => running.delete(id));
    done.catch(() => {}); // Whoever still waits is told through `done` itself.
    const shared = { done, stop, listeners };
    running.set(id, shared);
    return shared;
  }

  return {
    async pull(image, { credentials, signal, onProgress }) {
      const id = JSON.stringify([image, credentials?.username, credentials?.password]);
      const shared = running.get(id) ?? begin(id, image, credentials);
      shared.listeners.add(onProgress);
      try {
        await unlessAborted(shared.done, signal);
      } finally {
        shared.listeners.delete(onProgress);
        if (shared.listeners.size === 0) {
          running.delete(id);
          shared.stop.abort();
        }
      }
    },
  };
}

async function pullImage(client: EngineClient, image: string, { credentials, signal, onProgress }: PullOptions): Promise<void> {
  const { registry, pull } = imageName(image);
  const body = await client.stream({
    method: 'POST', path: '/images/create', query: { fromImage: pull }, signal, timeoutMs: silenceMs,
    ...(credentials && { headers: { 'X-Registry-Auth': authHeader(registry, credentials) } }),
  });
  const read = pullProgress();
  const quiet = silenceGuard(body, client.at);
  try {
    for await (const line of jsonLines(body)) {
      quiet.heard();
      const parsed = pullLine.safeParse(line);
      if (!parsed.success) continue;
      const { error } = parsed.data;
      // The engine has answered 200 by then, so the refusal comes as a line.
      if (error !== undefined) throw refusedPull(client.at, redact(error, credentials && [credentials.password]));
      onProgress(read(parsed.data));
    }
  } catch (error) {
    signal.throwIfAborted();
    throw isNebError(error) ? error : unreachable(client.at, error as Error);
  } finally {
    quiet.end();
    body.destroy();
  }
}

function refusedPull(at: string, message: string): NebError {
  return new NebError('unavailable', `the Docker Engine at ${at} says: ${message}`, { cause: new EngineRefusal(500, message) });
}

function authHeader(registry: string, { username, password }: RegistryCredentials): string {
  const serveraddress = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
  return Buffer.from(JSON.stringify({ username, password, serveraddress })).toString('base64url');
}

function silenceGuard(body: Readable, at: string): { heard(): void; end(): void } {
  const timer = setTimeout(() => body.destroy(new NebError('unavailable', `the pull at ${at} has said nothing for ${silenceMs / 60_000} minutes`)), silenceMs);
  return { heard: () => void timer.refresh(), end: () => clearTimeout(timer) };
}
