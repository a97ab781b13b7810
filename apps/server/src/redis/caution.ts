import type { Durability } from '@neb/streams';

const losses: Readonly<Record<Durability['loses'], string | undefined>> = {
  nothing: undefined,
  'a second': 'what was sent within the last second or two is lost when Redis or its machine dies: set appendfsync always',
  snapshots: 'what was sent since its last snapshot is lost when Redis or its machine dies: set appendonly yes and appendfsync always',
  everything: 'all messages are lost when Redis ends: set appendonly yes and appendfsync always',
  unknown: 'this Redis keeps its settings to itself: see that its append-only file is on, and synced at each write',
};

/** What the settings of a Redis mean for messages that were acknowledged to their sender, and what to set; `undefined` where none is lost. */
export function cautionOf({ loses, keepsKeys }: Durability): string | undefined {
  const full = keepsKeys ? undefined : 'messages are dropped when its memory is full: set maxmemory-policy noeviction';
  return [losses[loses], full].filter((text) => text !== undefined).join('; ') || undefined;
}
