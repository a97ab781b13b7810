import { type Clock, type Connection, type InstanceAt, messageOf, NebError, type Random } from '@neb/core-types';
import type { ServedPlatform } from '../../config-platforms.ts';
import { openProvider, type OpenProvider } from '../../platforms.ts';
import { setupOf } from './setup.ts';

/** Platforms into which connections are dialled: opened with the first to each, as the last server set them up. */
export interface FarPlatforms extends AsyncDisposable {
  /** What they are set up with, as `setupText` has it. Where that is another than before, connections over the old ones break. */
  setUp(text: string): void;
  dial(at: InstanceAt, port: number, signal: AbortSignal): Promise<Connection>;
}

export interface FarPlatformsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly onTrouble: (error: Error) => void;
}

export function farPlatforms({ clock, random, onTrouble }: FarPlatformsOptions): FarPlatforms {
  let setup: string | undefined;
  let open = new Map<string, Promise<OpenProvider>>();

  function providerOf(platform: string): Promise<OpenProvider> {
    const known = open.get(platform);
    if (known) return known;
    if (setup === undefined) throw new NebError('unavailable', `no server has said yet how platform ${platform} is reached`);
    const config = setupOf(setup);
    if (!config.platforms.some((name) => name === platform)) throw new NebError('unavailable', `platform ${platform} is not one of the server's`, { hint: 'NEB_PLATFORMS names them.' });
    const opening = openProvider(platform as ServedPlatform, config, { clock, random });
    open.set(platform, opening);
    // What was in the way may be gone the next time.
    opening.catch(() => { if (open.get(platform) === opening) open.delete(platform); });
    return opening;
  }

  async function closeAll(): Promise<void> {
    const old = [...open.values()];
    open = new Map();
    for (const opening of old) await (await opening.catch(() => undefined))?.[Symbol.asyncDispose]?.();
  }

  return {
    setUp(text) {
      if (text === setup) return;
      setup = text;
      closeAll().catch((error: unknown) => onTrouble(new Error(`What led to containers elsewhere cannot be closed: ${messageOf(error)}`)));
    },
    async dial({ platform, ref }, port, signal) {
      const { dial } = await providerOf(platform);
      if (!dial) throw new NebError('unsupported', `platform ${platform} has no way to a port of its containers`);
      return await dial(ref, port, { signal });
    },
    [Symbol.asyncDispose]: closeAll,
  };
}
