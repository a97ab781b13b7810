import { expect, test } from 'vitest';
import { liveTerms } from './terms.ts';

const acme = { platform: 'acme', needs: ['ACME_API_KEY', 'ACME_REGION'] };
const whole = { NEB_LIVE: 'other, acme', NEB_LIVE_MAX_USD: '0.50', ACME_API_KEY: 'k', ACME_REGION: 'eu' };

test('a live run is on where it is asked for, with a limit and all that it needs', () => {
  expect(liveTerms(acme, whole)).toEqual({ kind: 'on', maxUsd: '0.50' });
});

test.each([{}, { ...whole, NEB_LIVE: undefined }, { ...whole, NEB_LIVE: '' }, { ...whole, NEB_LIVE: 'acmes' }])('it is off where nobody names the platform, keys or not: %j', (env) => {
  expect(liveTerms(acme, env)).toEqual({ kind: 'off', why: 'it costs money: NEB_LIVE=acme NEB_LIVE_MAX_USD=0.50 pnpm test:live asks for it, with ACME_API_KEY and ACME_REGION' });
});

test.each([
  [{ NEB_LIVE_MAX_USD: undefined }, 'NEB_LIVE_MAX_USD is not set, and nothing is bought without a limit'],
  [{ NEB_LIVE_MAX_USD: '0' }, 'NEB_LIVE_MAX_USD is "0", and nothing is bought without a limit'],
  [{ NEB_LIVE_MAX_USD: '-1' }, 'NEB_LIVE_MAX_USD is "-1", and nothing is bought without a limit'],
  [{ NEB_LIVE_MAX_USD: '1e9' }, 'NEB_LIVE_MAX_USD is "1e9", and nothing is bought without a limit'],
  [{ ACME_API_KEY: ' ' }, 'NEB_LIVE names acme, but ACME_API_KEY is not set'],
  [{ ACME_API_KEY: undefined, ACME_REGION: undefined }, 'NEB_LIVE names acme, but ACME_API_KEY and ACME_REGION are not set'],
])('one that is asked for and lacks something is an error, with %j', (change, message) => {
  expect(() => liveTerms(acme, { ...whole, ...change })).toThrow(expect.objectContaining({ code: 'invalid', message }));
});
