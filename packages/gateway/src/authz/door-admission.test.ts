import type { Authz, Caller, Route } from '@neb/core-types';
import { fakeClock, seededRandom } from '@neb/core-types/testing';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { plainRoute } from '../../test/plain-route.ts';
import { routeLimits } from '../rate/route-limits.ts';
import { doorAdmission } from './door-admission.ts';
import { mintDoorKey } from './door-key.ts';

const clock = fakeClock();
const secret = 'a secret of more than thirty-two bytes';
const key = mintDoorKey(seededRandom(4));
const callers: Readonly<Record<string, Caller>> = {
  neb_member: { id: 'ann@acme.com', handle: 'ann', roles: { 'ann@acme.com': 'owner', acme: 'viewer' }, admin: false },
  neb_stranger: { id: 'bob@x.org', handle: 'bob', roles: { 'bob@x.org': 'owner' }, admin: false },
};
const authz: Authz = { jwt: { secret_ref: { name: 's' } }, rules: [{ name: 'own', allow: true, field_match: [{ json_path: '$.model', pattern: '${handle}/**' }] }] };
const jwt = (handle: string) => new SignJWT({ sub: 'u', handle, exp: clock.now() / 1_000 + 60 }).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));

const admission = () => doorAdmission({
  clock, limits: routeLimits(clock), authenticate: async (token) => callers[token], secretOf: async () => secret, bodyBytes: 100,
});
const admit = (route: Route, token: string | undefined, body = '{"model":"bob/m"}', door = admission()) => door.admit({
  route, target: '/v1/x', headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) }, body: async (limit) => (body.length > limit ? undefined : Buffer.from(body)),
});

describe('whoever comes to a door', () => {
  test('of its owner\'s members only', async () => {
    expect(await admit(plainRoute(), 'neb_member')).toEqual({ do: 'pass', caller: 'ann@acme.com', strip: ['authorization'] });
    expect(await admit(plainRoute({ keys: [key] }), key.text)).toMatchObject({ do: 'pass', caller: `key:${key.id}` });
    for (const token of ['neb_stranger', 'neb_unknown', undefined, await jwt('bob'), `${key.text} x`]) expect(await admit(plainRoute({ keys: [key] }), token)).toEqual({ do: 'hide' });
    expect(await admit(plainRoute({ id: 'svc2' }), key.text)).toEqual({ do: 'hide' });
    expect((await admit(plainRoute({ keys: [{ ...key, expiresMs: clock.now() + 1 }] }), key.text)).do).toBe('pass');
    expect(await admit(plainRoute({ keys: [{ ...key, expiresMs: clock.now() }] }), key.text)).toEqual({ do: 'hide' });
  });

  test('with rules passes by them, with whatever token names it', async () => {
    const route = plainRoute({ authz, keys: [key] });
    for (const token of ['neb_stranger', await jwt('bob'), key.text]) expect((await admit(route, token)).do, token).toBe('pass');
    expect(await admit(route, await jwt('bob'))).toMatchObject({ caller: 'token:u' });
    expect(await admit(route, 'neb_member')).toMatchObject({ do: 'refuse', status: 403, detail: 'You may not do this here: no rule allows it. Its owner can let you in.' });
    for (const token of ['neb_unknown', undefined, `${await jwt('bob')}x`]) expect(await admit(route, token)).toMatchObject({ do: 'refuse', status: 401, headers: { 'www-authenticate': 'Bearer' } });
    expect(await admit(route, 'neb_stranger', `{"model":"bob/m","x":"${'x'.repeat(100)}"}`)).toMatchObject({ do: 'refuse', status: 413 });
  });

  test('too often is told when to come again', async () => {
    const door = admission();
    const route = plainRoute({ keys: [key], rate: { perSecond: 1, burst: 2, per: 'caller' } });
    const verdicts = [await admit(route, 'neb_member', '', door), await admit(route, 'neb_member', '', door), await admit(route, 'neb_member', '', door), await admit(route, key.text, '', door)];
    expect(verdicts.map((verdict) => verdict.do)).toEqual(['pass', 'pass', 'refuse', 'pass']);
    expect(verdicts[1]).toMatchObject({ answer: { 'ratelimit-policy': '"caller";q=2;w=2', ratelimit: '"caller";r=0;t=2' } });
    expect(verdicts[2]).toMatchObject({ status: 429, retryAfterMs: 1_000, headers: { 'retry-after': '1', ratelimit: '"caller";r=0;t=2' } });
  });

  test('of the same namespace needs no token where there are no rules, and is under them where there are', async () => {
    const door = doorAdmission({ clock, limits: routeLimits(clock), authenticate: async (token) => callers[token], secretOf: async () => secret, unnamed: ({ namespace }) => ({ id: `namespace:${namespace}`, by: 'network', organisations: [] }) });
    const inside = { do: 'pass', caller: 'namespace:ml', strip: [] };
    // A token that is nobody's here is the replica's own matter.
    for (const token of [undefined, 'sk-of-the-replica', 'neb_unknown']) expect(await admit(plainRoute(), token, '', door)).toEqual(inside);
    expect(await admit(plainRoute(), 'neb_member', '', door)).toEqual({ do: 'pass', caller: 'ann@acme.com', strip: ['authorization'] });
    expect(await admit(plainRoute({ authz: { rules: [], default_action: 'allow' } }), undefined, '', door)).toEqual(inside);
    expect(await admit(plainRoute({ authz }), undefined, '{"model":"namespace:ml/x"}', door)).toMatchObject({ do: 'refuse', status: 403 });
    expect(await admit(plainRoute({ authz }), 'sk-of-the-replica', '', door)).toMatchObject({ do: 'refuse', status: 401 });
    expect(await admit(plainRoute({ authz: { rules: [{ name: 'owners', allow: true, match: { roles: ['owner', 'admin', 'developer', 'viewer', 'billing'] } }] } }), undefined, '', door)).toMatchObject({ do: 'refuse', status: 403 });
  });

  test('is not taken for nobody where that cannot be found out', async () => {
    const door = doorAdmission({ clock, limits: routeLimits(clock), authenticate: async () => { throw new Error('away'); } });
    await expect(admit(plainRoute(), 'neb_member', '', door)).rejects.toThrow('away');
  });
});
