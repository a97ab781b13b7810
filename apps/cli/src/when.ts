import { NebError, parseDuration, timestamp } from '@neb/core-types';
import type { Session } from './session.ts';

/** The moment that a flag names: so long ago, a day (UTC), or a time. Throws `invalid`. */
export function momentOf({ world }: Pick<Session, 'world'>, flag: string, text: string): string {
  const ago = parseDuration(text);
  const at = ago === undefined ? Date.parse(text) : world.clock.now() - ago;
  if (Number.isNaN(at)) throw new NebError('invalid', `--${flag} ${text} is neither a duration nor a time`, { hint: 'Write 10m, 2h, or 2026-11-24T08:00:00Z.' });
  return timestamp(at);
}
