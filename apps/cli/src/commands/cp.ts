import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { formatBytes, NebError } from '@neb/core-types';
import { pack, type Tally } from '../files/pack.ts';
import { type Place, placeOf, remoteName, remoteTarget } from '../files/places.ts';
import { unpack } from '../files/unpack.ts';
import { examples } from '../help/examples.ts';
import { find, refTo } from '../objects.ts';
import type { Session } from '../session.ts';
import { openSession } from '../session.ts';
import type { Attach, Run } from '../verb.ts';

export const attach: Attach = (command, act) => {
  command
    .argument('<from>', 'NAME:/path, NS/NAME:/path, or a local path')
    .argument('<to>', 'the other side; with a slash at its end, into that folder')
    .addHelpText('before', examples('Copy files and folders between this machine and a container. Links are copied as links, and none leads out of the copy.', [
      ['neb cp trl-job:/output ./output -n training', 'from it'],
      ['neb cp training/trl-job:/output ./output', 'the same'],
      ['neb cp ./data trl-job:/data', 'to it'],
    ]))
    .action(act(copy));
};

const copy: Run<object> = async (session, { words }) => {
  const [from, to] = [placeOf(words[0] ?? ''), placeOf(words[1] ?? '')];
  const tally: Tally = { files: 0, bytes: 0 };
  if (from.do === 'there' && to.do === 'here') await fetchFiles(session, from, { to: to.path, tally });
  else if (from.do === 'here' && to.do === 'there') await sendFiles(session, to, { from: from.path, tally });
  else throw new NebError('invalid', 'one side of a copy is here, the other in a container', { hint: 'neb cp NAME:/path ./path, or neb cp ./path NAME:/path' });
  const { files, bytes } = tally;
  await session.out.value({ kind: 'Copy', from: words[0], to: words[1], files, bytes }, () => `Copied ${files} file${files === 1 ? '' : 's'}, ${formatBytes(bytes)}\n`);
};

type There = Extract<Place, { do: 'there' }>;

async function fetchFiles(session: Session, from: There, { to, tally }: { readonly to: string; readonly tally: Tally }): Promise<void> {
  const container = await containerAt(session, from);
  const name = remoteName(from.path);
  const tar = await (await session.neb()).containers.readFiles(refTo(container), from.path, session);
  const isFolder = await stat(to).then((stats) => stats.isDirectory(), () => false);
  if (to.endsWith('/') && !isFolder) throw new NebError('invalid', `${to} is not a folder here`);
  const target = isFolder && name !== '' ? join(to, name) : to;
  await unpack(tar, { from: name, to: target, tally, onSkip: (path, why) => session.warn(`${path} was left out: ${why}`) });
}

async function sendFiles(session: Session, to: There, { from, tally }: { readonly from: string; readonly tally: Tally }): Promise<void> {
  await stat(from).catch((cause: unknown) => {
    throw new NebError('not_found', `there is no ${from} here`, { cause });
  });
  const container = await containerAt(session, to);
  const { containers } = await session.neb();
  const own = basename(resolve(from));
  // A folder that is there is copied into, as cp does; only the container knows.
  const into = !to.path.endsWith('/') && (await isRemoteFolder(session, to, container));
  const { folder, name } = remoteTarget(into ? `${to.path}/` : to.path, own);
  await containers.writeFiles(refTo(container), folder, pack(from, name, tally));
}

/** Asks by reading the first entry of its archive, and no more. */
async function isRemoteFolder(session: Session, { path }: There, container: { readonly metadata: { readonly id: string } }): Promise<boolean> {
  const stop = new AbortController();
  try {
    const { readTar } = await import('../files/read-tar.ts');
    const tar = await (await session.neb()).containers.readFiles({ id: container.metadata.id }, path, { signal: AbortSignal.any([session.signal, stop.signal]) });
    for await (const entry of readTar(tar)) return entry.type === 'folder';
    return false;
  } catch {
    return false;
  } finally {
    stop.abort();
  }
}

async function containerAt(session: Session, place: There) {
  if (place.namespace === undefined) return find(session, 'Container', place.container);
  return find(openSession(session.world, { ...session.flags, namespace: place.namespace }), 'Container', place.container);
}
