import type { Neb } from '@neb/sdk';
import type { Flags, Settings } from './settings/settings.ts';
import type { World } from './world.ts';

/** The server in use, and what is set of it: all that needs no way to write. */
export interface InUse {
  settings(): Promise<Settings>;
  /** The client of the server in use; made once. */
  neb(): Promise<Neb>;
}

export function inUse(world: World, flags: Flags): InUse {
  const settings = once(() => settingsOf(world, flags));
  return {
    settings,
    neb: once(async () => {
      const [{ createNeb }, { lightFetch }, { server, token }] = await Promise.all([import('@neb/sdk'), import('./light-fetch.ts'), settings()]);
      if (world.env.caFile !== undefined) await (await import('./authority.ts')).trustAuthority(world.env.caFile);
      return createNeb({ url: server.value, fetch: lightFetch, ...(token && { token: token.value }) });
    }),
  };
}

async function settingsOf(world: World, flags: Flags): Promise<Settings> {
  const [{ readContexts, readProject, readToken }, { resolveSettings }] = await Promise.all([import('./settings/files.ts'), import('./settings/settings.ts')]);
  const [contexts, project] = await Promise.all([readContexts(world.env), readProject(world.env, world.folder)]);
  return resolveSettings({ flags, env: world.env, project, contexts, readToken: (file) => readToken(file, world.env) });
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
