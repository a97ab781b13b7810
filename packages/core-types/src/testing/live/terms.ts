import { NebError } from '../../errors.ts';
import { parseMoney } from '../../money.ts';

/** Whether somebody has asked for a live run, and how much it may cost; or why there is none, in words for whoever runs the tests. */
export type LiveTerms = { readonly kind: 'off'; readonly why: string } | { readonly kind: 'on'; readonly maxUsd: string };

/** A platform that can be bought from, and the variables without which it cannot. */
export interface Priced {
  readonly platform: string;
  readonly needs: readonly string[];
}

/**
 * The terms that the environment states: `NEB_LIVE` names the platforms, comma-separated, and `NEB_LIVE_MAX_USD` what one
 * run may cost. Throws `invalid` where a run was asked for and something is missing: left out, it would look like a success.
 */
export function liveTerms({ platform, needs }: Priced, env: Readonly<Record<string, string | undefined>>): LiveTerms {
  const asked = (env['NEB_LIVE'] ?? '').split(',').map((name) => name.trim());
  if (!asked.includes(platform)) return { kind: 'off', why: `it costs money: NEB_LIVE=${platform} NEB_LIVE_MAX_USD=0.50 pnpm test:live asks for it, with ${needs.join(' and ')}` };
  const missing = needs.filter((name) => (env[name] ?? '').trim() === '');
  if (missing.length > 0) throw new NebError('invalid', `NEB_LIVE names ${platform}, but ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not set`);
  const maxUsd = (env['NEB_LIVE_MAX_USD'] ?? '').trim();
  if ((parseMoney(maxUsd) ?? 0n) > 0n) return { kind: 'on', maxUsd };
  throw new NebError('invalid', `NEB_LIVE_MAX_USD ${maxUsd === '' ? 'is not set' : `is "${maxUsd}"`}, and nothing is bought without a limit`, { hint: 'Set it to US dollars such as 0.50.' });
}
