import { NebError } from '@neb/core-types';

/** An RFC 3339 time as engines take it: seconds and nanoseconds since the epoch. Throws `invalid`. */
export function sinceParameter(at: string): string {
  const ms = Date.parse(at);
  if (Number.isNaN(ms)) throw new NebError('invalid', `"${at}" is not a time; write such as 2026-01-31T12:00:00Z`);
  const [, fraction = ''] = /\.(\d+)/.exec(at) ?? [];
  return `${Math.floor(ms / 1_000)}.${fraction.slice(0, 9).padEnd(9, '0')}`;
}
