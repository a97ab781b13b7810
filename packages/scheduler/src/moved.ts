import { kindNames } from '@neb/core-types';
import type { Change, FeedEntry } from './store.ts';

/** What a commit tells the followers of the change feed: one entry an object, however many changes it had. */
export function moved(changes: readonly Change[]): readonly Omit<FeedEntry, 'cursor'>[] {
  const entries = new Map<string, Omit<FeedEntry, 'cursor'>>();
  for (const change of changes) {
    if (change.do === 'put' || change.do === 'drop') {
      const { kind, id, namespace, name, owner } = change.resource;
      entries.set(id, { kind, id, namespace, name, dropped: change.do === 'drop', owner });
    } else if (change.do === 'tell') {
      const { id, namespace, name } = change.event.object;
      const kind = kindNames.find((known) => known === change.event.object.kind);
      if (kind && !entries.has(id)) entries.set(id, { kind, id, namespace, name, dropped: false });
    }
  }
  return [...entries.values()];
}
