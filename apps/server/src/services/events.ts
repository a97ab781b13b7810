import { type Clock, type Event, instant, NebError, paginate, timestamp } from '@neb/core-types';
import type { Store } from '@neb/scheduler';
import type { Caller, EventEntry, EventsInput, WatchEventsInput } from '@neb/sdk/contract';
import { seenBy } from '../auth/view-of.ts';
import { type Access, spaceOf } from './access.ts';

export interface EventsOptions {
  readonly store: Store;
  readonly access: Access;
}

export interface WatchEventsOptions extends EventsOptions {
  readonly clock: Clock;
}

/** Events about what the caller may see, newest first. */
export async function listEvents({ store, access }: EventsOptions, who: Caller, input: EventsInput): Promise<{ readonly items: readonly Event[]; readonly next?: string | undefined }> {
  const page = await seenBy(who, store).events(input);
  const visible = visibleTo(access, who);
  const items: Event[] = [];
  for (const event of page.items) if (await visible(event)) items.push(event);
  return { ...page, items };
}

/** Of one object at most so many events are looked at when it changes. */
const recent = 50;
/** How far apart the clocks of servers that share a database may be. */
const skewMs = 2_000;

/**
 * Events as they happen: each is written together with a change of its object, which the feed tells of. After a break
 * those of the last moment before it may come again; none is missed.
 */
export async function* watchEvents(options: WatchEventsOptions, asked: { readonly who: Caller; readonly input: WatchEventsInput; readonly signal: AbortSignal }): AsyncGenerator<EventEntry> {
  const { access, clock } = options;
  const { who, signal, input: { namespace, objectId, since, after } } = asked;
  const store = seenBy(who, options.store);
  const visible = visibleTo(access, who);
  const shown = new Map<string, number>();
  const [cursor, seenUntil] = after === undefined ? [await store.cursor()] : parsePosition(after);
  const floor = seenUntil !== undefined ? earlier(seenUntil) : (since ?? earlier(timestamp(clock.now())));

  if (after === undefined) yield* beforeNow();
  for await (const entry of store.changes({ after: cursor, signal })) {
    if (entry.dropped || (objectId !== undefined && entry.id !== objectId)) continue;
    if (namespace !== undefined && entry.namespace !== namespace && !(entry.kind === 'Namespace' && entry.name === namespace)) continue;
    yield* fresh((await store.events({ objectId: entry.id, since: floor, limit: recent })).items, entry.cursor);
  }

  async function* fresh(newestFirst: readonly Event[], at: string | undefined): AsyncGenerator<EventEntry> {
    for (const event of newestFirst.toReversed()) {
      if ((shown.get(event.id) ?? 0) >= event.count) continue;
      shown.set(event.id, event.count);
      if (await visible(event)) yield { ...event, position: `${at}@${event.last_at}` };
    }
  }

  /** Those since the time that was asked for; without one, what happened before now is not news. */
  async function* beforeNow(): AsyncGenerator<EventEntry> {
    const all: Event[] = [];
    for await (const event of paginate((page) => store.events({ namespace, objectId, since: floor, cursor: page }))) all.push(event);
    if (since !== undefined) yield* fresh(all, cursor);
    else for (const { id, count } of all) shown.set(id, count);
  }
}

/** Throws `invalid` for what is no position of ours. */
function parsePosition(text: string): readonly [cursor: string, seenUntil: string | undefined] {
  const [cursor = '', seenUntil] = text.split('@');
  if (seenUntil === undefined || instant.safeParse(seenUntil).success) return [cursor, seenUntil];
  throw new NebError('invalid', `"${text.slice(0, 80)}" is not a position among the events`, { hint: 'Pass on the position of an event as it came, or leave it out.' });
}

function earlier(time: string): string {
  return timestamp(Date.parse(time) - skewMs);
}

function visibleTo(access: Access, who: Caller): (event: Event) => Promise<boolean> {
  const owners = new Map<string, Promise<string | undefined>>();
  return async ({ object }) => {
    const space = spaceOf(object);
    const owner = owners.get(space) ?? access.ownerOf(who, space);
    owners.set(space, owner);
    return access.may(who, 'list', { kind: 'Event', owner: await owner, namespace: space });
  };
}
