import { NebError, parseDuration } from '@neb/core-types';

export interface ExpiryFlags {
  readonly expires?: string;
  readonly expiresAt?: string;
}

/** When a secret expires, as a manifest says it: what a flag gives as a time from now, RFC 3339, or seconds since 1970. */
export function secretExpiry({ expires, expiresAt }: ExpiryFlags, now: number): string | number | undefined {
  if (expires !== undefined && expiresAt !== undefined) throw new NebError('invalid', 'the expiry is given twice: with --expires and --expires-at', { hint: 'Leave one of them out.' });
  const text = expires ?? expiresAt;
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const ms = parseDuration(text);
  if (ms !== undefined) return new Date(now + ms).toISOString();
  if (Number.isNaN(Date.parse(text))) throw new NebError('invalid', `--expires${expires === undefined ? '-at' : ''} "${text}" is no time`, { hint: 'Give 30d, 12h, or a time such as 2030-01-31T12:00:00Z.' });
  return text;
}
