import { createNeb, type Neb } from '@neb/sdk';
import { memoryCloud } from '@neb/core-types/testing';
import { systemClock } from '@neb/core-types';
import { type RunningServer, startServer } from '../../src/compose.ts';
import { dataFolder } from '../data-folder.ts';
import { isAboutPeople, type Name } from './requests.ts';
import { makeSubject, nothing, type Part, stateOf, type Staff, type Subject } from './subject.ts';

/** Everybody who asks, in the order of the table's columns. */
export const callers = ['anonymous', 'expired', 'revoked', 'stranger', 'elsewhere', 'reader', 'billing', 'viewer', 'developer', 'admin', 'owner', 'server'] as const;
export type CallerName = (typeof callers)[number];

/** A whole server with two organisations on it that know nothing of each other. */
export interface Cast extends AsyncDisposable {
  readonly url: string;
  readonly root: Neb;
  readonly tokens: Readonly<Record<CallerName, string | undefined>>;
  /** What the callers belong to. */
  readonly own: Subject;
  /** What is the stranger's: it is one of its owners. */
  readonly other: Subject;
  readonly missing: Subject;
  /** What was last seen of `own` and `other`, which no request is to change. */
  readonly states: Map<Subject, string>;
  /** What was asked since, and may have changed something. */
  readonly unjudged: Map<Subject, Name[]>;
  /** Another like `own` that a request for `name` may change. */
  another(name: Name): Promise<Subject>;
}

const staff: Staff = { 'owner@a.example': 'owner', 'admin@a.example': 'admin', 'developer@a.example': 'developer', 'viewer@a.example': 'viewer', 'billing@a.example': 'billing' };
const strangers: Staff = { 'stranger@b.example': 'owner' };

/** What a request for `name` may be about. */
function partsFor(name: Name): ReadonlySet<Part> {
  if (isAboutPeople(name)) return new Set();
  const named = (['processor', 'service', 'secret', 'budget'] as const).filter((part) => name.includes(`${part}s`));
  if (name.includes('snapshots')) return new Set(['container', 'snapshot']);
  return new Set(named.length > 0 ? named : ['container', 'service', 'secret']);
}

export async function raiseCurtain(engine: 'postgres' | 'pglite'): Promise<Cast> {
  const folder = await dataFolder();
  const rootToken = 'root-root-root-root';
  const server: RunningServer = await startServer(
    folder.config({ NEB_TOKEN: rootToken, NEB_DATABASE: engine, NEB_RATE_LIMIT: 'off' }),
    { providers: [memoryCloud({ clock: systemClock, startMs: 1 }).provider] },
  );
  const { url } = server;
  const root = createNeb({ url, token: rootToken });
  const [own, other] = [await makeSubject(root, { staff }), await makeSubject(root, { staff: strangers })];
  const key = async (owner: string, more: object = {}) => await root.keys.create({ name: `key-${(keys += 1)}`, owner, ...more });
  let keys = 0;
  const revoked = await key('owner@a.example');
  const soon = Date.now() + 3_000;
  const expired = await key('owner@a.example', { expires_at: new Date(soon).toISOString() });
  for (const { token } of [revoked, expired]) await createNeb({ url, token }).whoami();
  const tokens = {
    anonymous: undefined, expired: expired.token, revoked: revoked.token, server: rootToken,
    stranger: (await key('stranger@b.example')).token,
    elsewhere: (await key('owner@a.example', { scope: { namespaces: ['elsewhere'] } })).token,
    reader: (await key('owner@a.example', { scope: { namespaces: [own.namespace], verbs: ['read'] } })).token,
    billing: (await key('billing@a.example')).token, viewer: (await key('viewer@a.example')).token, developer: (await key('developer@a.example')).token,
    admin: (await key('admin@a.example')).token, owner: (await key('owner@a.example')).token,
  };
  await root.keys.revoke(revoked.key.id);
  await systemClock.sleep(Math.max(0, soon - Date.now()) + 50);
  return {
    url, root, tokens, own, other, missing: nothing(own.position),
    states: new Map([[own, await stateOf(root, own)], [other, await stateOf(root, other)]]),
    unjudged: new Map(),
    another: async (name) => await makeSubject(root, { staff, of: isAboutPeople(name) ? undefined : own, has: partsFor(name) }),
    async [Symbol.asyncDispose]() {
      await server.close();
      await folder.remove();
    },
  };
}
