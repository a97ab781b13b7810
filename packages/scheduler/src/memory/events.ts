import { type Event, type Page, timestamp } from '@neb/core-types';
import { pageSize, readCursor } from '../cursors.ts';
import type { EventQuery, NewEvent } from '../store.ts';

export interface Events {
  tell(event: NewEvent, nowMs: number): void;
  forget(objectId: string): void;
  /** Of those that pass `wanted`. */
  page(query: EventQuery, wanted: (event: Event) => boolean): Page<Event>;
}

export function memoryEvents(): Events {
  const events = new Map<string, Event>();
  let last = 0;

  return {
    tell(event, nowMs) {
      const key = JSON.stringify([event.object.id, event.reason, event.message]);
      const told = events.get(key);
      const now = timestamp(nowMs);
      events.set(key, { ...event, id: told?.id ?? String(++last), count: (told?.count ?? 0) + 1, first_at: told?.first_at ?? now, last_at: now });
    },
    forget(objectId) {
      for (const [key, event] of events) if (event.object.id === objectId) events.delete(key);
    },
    page({ namespace, objectId, since, limit, cursor }, isWanted) {
      const [beforeMs = Infinity, beforeId = Infinity] = cursor === undefined ? [] : readCursor(cursor, 2);
      const wanted = [...events.values()]
        .filter(isWanted)
        .filter((event) => namespace === undefined || event.object.namespace === namespace)
        .filter((event) => objectId === undefined || event.object.id === objectId)
        .filter((event) => since === undefined || Date.parse(event.last_at) >= Date.parse(since))
        .filter((event) => Date.parse(event.last_at) < beforeMs || (Date.parse(event.last_at) === beforeMs && Number(event.id) < beforeId))
        .sort((a, b) => Date.parse(b.last_at) - Date.parse(a.last_at) || Number(b.id) - Number(a.id));
      const items = wanted.slice(0, pageSize(limit));
      const end = items.at(-1);
      return end && items.length < wanted.length ? { items, next: `${Date.parse(end.last_at)}.${end.id}` } : { items };
    },
  };
}
