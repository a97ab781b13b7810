import { type Container, NebError, type SnapshotObject } from '@neb/core-types';
import { progressText } from './kinds/containers.ts';
import { find, slashName } from './objects.ts';
import type { Session } from './session.ts';
import { until } from './waiting.ts';

/** Flags of verbs that put containers aside. */
export interface AsideFlags {
  readonly keepConnections?: boolean;
  readonly wait?: boolean;
  readonly timeout?: string;
}

export const keepConnections = ['--keep-connections', 'keep connections that are open, where the platform can; they are closed if absent, and peers open new ones'] as const;

/** The one container that a verb is for. Throws `invalid` for none, several, or another kind. */
export async function oneContainer(session: Session, words: readonly string[], verb: string): Promise<Container> {
  const [word = '', ...more] = words;
  const name = /^(?:co|c|containers?)\/(.+)$/.exec(word)?.[1] ?? word;
  if (name === '' || name.includes('/') || more.length > 0) throw new NebError('invalid', `neb ${verb} takes the name of one container`, { hint: `neb ${verb} NAME` });
  return await find(session, 'Container', name);
}

export const connectionsOf = ({ keepConnections: keep }: AsideFlags): { readonly connections?: 'keep' } => (keep ? { connections: 'keep' } : {});

/** Waits, telling each phase on stderr, until it is as was asked; throws `failed` with the server's words where it stays as it was. */
export async function settled(session: Session, container: Container, { is, what, timeoutMs }: { readonly is: (now: Container) => boolean; readonly what: string; readonly timeoutMs: number | undefined }): Promise<Container> {
  let told = '';
  const asked = container.status.asked?.at ?? container.metadata.updated_at;
  const since = ({ status }: Container): string | undefined => status.conditions.find(({ type, status: holds }) => type === 'Aside' && holds === 'false')?.message;
  const last = await until(session, container, {
    what, timeoutMs,
    isMet: (now) => {
      if (now.kind !== 'Container') return false;
      const { progress, move, asked: still } = now.status;
      const line = progress && (move || still) ? progressText(progress) : '';
      if (line !== '' && line.split(' ')[0] !== told.split(' ')[0]) session.note(line);
      told = line === '' ? told : line;
      return is(now) || (!still && !move);
    },
  });
  if (last?.kind !== 'Container') throw new NebError('failed', `${slashName(container)} was deleted before it was ${what}`);
  if (is(last)) return last;
  throw new NebError('failed', `${slashName(last)} is not ${what}: ${since(last) ?? last.status.message ?? `it is ${last.status.status}`}`, { hint: `neb describe ${slashName(last)} -n ${last.metadata.namespace} tells more.`, details: { asked } });
}

/** Waits until a snapshot is whole; throws `failed` with why it is not. */
export async function saved(session: Session, snapshot: SnapshotObject, timeoutMs: number | undefined): Promise<SnapshotObject> {
  const last = await until(session, snapshot, { what: 'saved', timeoutMs, isMet: (now) => now.kind === 'Snapshot' && (now.status.status === 'ready' || now.status.status === 'failed') });
  if (last?.kind === 'Snapshot' && last.status.status === 'ready') return last;
  throw new NebError('failed', `${slashName(snapshot)} could not be taken: ${last?.kind === 'Snapshot' ? (last.status.message ?? 'nobody says why') : 'it was deleted'}`);
}
