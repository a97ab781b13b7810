import { type EngineClient, path } from './connection/client.ts';
import { engineSecurity, imageDetail } from './replies.ts';

/** Who in a container has to be able to read its secret files, as this machine numbers users. */
export type Reader = { readonly uid: number; readonly gid: number } | 'anybody';

/** The user that an image runs as; `anybody` where it has but a name, or the engine numbers users otherwise. Throws `not_found` for an image that is not there. */
export async function readerOf(client: EngineClient, image: string): Promise<Reader> {
  const { Config } = await client.json(imageDetail, { method: 'GET', path: path`/images/${image}/json` });
  const { SecurityOptions } = await client.json(engineSecurity, { method: 'GET', path: '/info' });
  if ((SecurityOptions ?? []).some((option) => /name=(?:userns|rootless)/.test(option))) return 'anybody';
  return readerNamed(Config?.User ?? '');
}

/** `1000:1000` and the like; without a group it is root's, as engines have it. */
export function readerNamed(user: string): Reader {
  const [, uid, gid = '0'] = /^(?:(\d+)(?::(\d+))?)$/.exec(user === '' || user === 'root' ? '0:0' : user) ?? [];
  return uid === undefined ? 'anybody' : { uid: Number(uid), gid: Number(gid) };
}
