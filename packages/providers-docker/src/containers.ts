import { setTimeout } from 'node:timers/promises';
import { isNebError } from '@neb/core-types';
import { z } from 'zod';
import { type EngineClient, path } from './connection/client.ts';
import { labels } from './names.ts';
import { type ContainerDetail, containerDetail, type ContainerSummary, containerSummary } from './replies.ts';

const triesAtMost = 20;

/** The container of that name; `undefined` if there is none. */
export async function findContainer(client: EngineClient, name: string, signal?: AbortSignal): Promise<ContainerDetail | undefined> {
  try {
    return await client.json(containerDetail, { method: 'GET', path: path`/containers/${name}/json`, signal });
  } catch (error) {
    if (isNebError(error, 'not_found')) return undefined;
    throw error;
  }
}

/** Every container with all of these labels, written `name` or `name=value`, whatever its state. */
export async function containersLabelled(client: EngineClient, wanted: readonly string[], signal?: AbortSignal): Promise<readonly ContainerSummary[]> {
  for (let tries = 1; ; tries++) {
    try {
      return await client.json(z.array(containerSummary), { method: 'GET', path: '/containers/json', query: { all: true, filters: { label: wanted } }, signal });
    } catch (error) {
      // Podman refuses the whole list because one container goes while it is made.
      if (!isNebError(error, 'not_found') || tries === triesAtMost) throw error;
      await setTimeout(tries);
    }
  }
}

/** Every container of a fleet, whatever its state. */
export async function containersOf(client: EngineClient, fleet: string, signal?: AbortSignal): Promise<readonly ContainerSummary[]> {
  return await containersLabelled(client, [`${labels.fleet}=${fleet}`], signal);
}
