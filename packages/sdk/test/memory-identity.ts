import { NebError } from '@neb/core-types';
import type { IdentityServices, KeyView, MemberView, OrganisationView, ServiceAccountView, UserView } from '../src/contract/index.ts';

const at = '2026-11-24T08:00:00.000Z';

/** Who there is, in memory. It lets everybody do everything. */
export function memoryIdentity(): IdentityServices {
  const organisations = new Map<string, OrganisationView>();
  const members = new Map<string, MemberView>();
  const accounts = new Map<string, ServiceAccountView>();
  const keys = new Map<string, KeyView>();
  const users = new Map<string, UserView>(['ada', 'bob', 'eve'].map((name) => [`${name}@example.com`, { id: `${name}@example.com`, handle: name, admin: false, created_at: at }]));
  const taken = <T>(from: Map<string, T>, id: string): T => {
    const found = from.get(id);
    if (!found) throw new NebError('not_found', `there is no ${id}`);
    from.delete(id);
    return found;
  };
  const put = <T>(into: Map<string, T>, id: string, value: T): T => {
    into.set(id, value);
    return value;
  };
  const set = async (_who: unknown, { organisation, user, role }: Pick<MemberView, 'organisation' | 'user' | 'role'>): Promise<MemberView> =>
    put(members, `${organisation}/${user}`, { organisation, user, role, created_at: at });
  return {
    organisations: {
      create: async (who, { name }) => put(organisations, name, { name, role: 'owner', created_at: at, created_by: who.id }),
      list: async () => [...organisations.values()],
      get: async (_who, { name }) => put(organisations, name, taken(organisations, name)),
      delete: async (_who, { name }) => taken(organisations, name),
    },
    members: {
      list: async (_who, { organisation }) => [...members.values()].filter((one) => one.organisation === organisation),
      add: set,
      set,
      remove: async (_who, { organisation, user }) => taken(members, `${organisation}/${user}`),
    },
    serviceAccounts: {
      create: async (who, { organisation, name, role }) => put(accounts, `${name}@${organisation}`, { id: `${name}@${organisation}`, organisation, role, created_at: at, created_by: who.id }),
      list: async (_who, { organisation }) => [...accounts.values()].filter((one) => one.organisation === organisation),
      delete: async (_who, { id }) => taken(accounts, id),
    },
    keys: {
      create: async (who, { name, scope }) => {
        const key = { id: `id-${name}`, name, owner: who.id, holder: who.id, scope, created_at: at, created_by: who.id, secret_sha256: 'must not get out' };
        return { key: put(keys, key.id, key), token: `neb_${key.id}_secret` };
      },
      list: async () => [...keys.values()],
      revoke: async (_who, { id }) => taken(keys, id),
    },
    users: {
      list: async (_who, { limit = 100, cursor = '' }) => {
        const rest = [...users.values()].filter(({ id }) => id > cursor);
        return { items: rest.slice(0, limit), ...(rest.length > limit && { next: rest[limit - 1]!.id }) };
      },
      set: async (_who, { user, admin, disabled }) => {
        const there = taken(users, user);
        return put(users, user, { ...there, ...(admin !== undefined && { admin }), ...(disabled !== undefined && { disabled_at: disabled ? at : undefined }) });
      },
    },
    logout: async () => ({ ended: true }),
    can: async (_who, { verb, kind, namespace }) => (verb === 'get' ? { allowed: true } : { allowed: false, why: `no ${verb} of ${kind} in ${namespace}` }),
  };
}
