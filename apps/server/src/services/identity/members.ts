import { NebError } from '@neb/core-types';
import type { Member, ServiceAccount } from '@neb/identity';
import type { IdentityServices, MemberView, ServiceAccountView } from '@neb/sdk/contract';
import { type Desk, mayHandle, notFound } from './desk.ts';

export function memberService({ identity, seen, need }: Desk): IdentityServices['members'] {
  return {
    async list(who, { organisation }) {
      await need(who, { verb: 'list', kind: 'Member', owner: organisation, title: `organisation ${organisation}` });
      return (await seen(who).members.list(organisation)).map(memberView);
    },
    async add(who, { organisation, user, role }) {
      await need(who, { verb: 'create', kind: 'Member', owner: organisation, title: `organisation ${organisation}`, name: user, rules: () => mayHandle(who, organisation, role) });
      if (!(await seen(who).organisations.find(organisation))) throw notFound(`organisation ${organisation}`);
      const { id } = await identity.users.invite(user);
      return memberView(await seen(who).members.add({ organisation, user: id, role }));
    },
    async set(who, { organisation, user, role }) {
      await need(who, { verb: 'update', kind: 'Member', owner: organisation, title: `organisation ${organisation}`, name: user, rules: async () => {
        mayHandle(who, organisation, role);
        mayHandle(who, organisation, (await seen(who).members.find(organisation, user))?.role);
      } });
      return memberView(await seen(who).members.setRole({ organisation, user, role }));
    },
    async remove(who, { organisation, user }) {
      const leaves = user === who.id && !who.scope && Object.hasOwn(who.roles, organisation);
      const there = await seen(who).members.find(organisation, user);
      const rules = (): void => mayHandle(who, organisation, there?.role);
      await need(who, { verb: 'delete', kind: 'Member', owner: organisation, title: `organisation ${organisation}`, name: user, own: leaves, rules });
      if (!there) throw new NebError('not_found', `${user} is no member of ${organisation}`);
      await seen(who).members.remove({ organisation, user });
      return memberView(there);
    },
  };
}

export function serviceAccountService({ identity, seen, missing, need }: Desk): IdentityServices['serviceAccounts'] {
  return {
    async create(who, { organisation, name, role }) {
      await need(who, { verb: 'create', kind: 'ServiceAccount', owner: organisation, title: `organisation ${organisation}`, name, rules: () => mayHandle(who, organisation, role) });
      return serviceAccountView(await seen(who).serviceAccounts.create({ organisation, name, role, createdBy: who.id }));
    },
    async list(who, { organisation }) {
      await need(who, { verb: 'list', kind: 'ServiceAccount', owner: organisation, title: `organisation ${organisation}` });
      return (await seen(who).serviceAccounts.list(organisation)).map(serviceAccountView);
    },
    async delete(who, { id }) {
      const there = await seen(who).serviceAccounts.find(id);
      const wish = { verb: 'delete', kind: 'ServiceAccount', title: `service account ${id}`, name: id } as const;
      if (!there) throw missing(who, wish, async () => (await identity.serviceAccounts.find(id))?.organisation);
      await need(who, { ...wish, owner: there.organisation, rules: () => mayHandle(who, there.organisation, there.role) });
      await seen(who).serviceAccounts.delete(id);
      return serviceAccountView(there);
    },
  };
}

const memberView = ({ organisation, user, role, createdAt }: Member): MemberView => ({ organisation, user, role, created_at: createdAt });
const serviceAccountView = ({ id, organisation, role, createdAt, createdBy }: ServiceAccount): ServiceAccountView => ({ id, organisation, role, created_at: createdAt, created_by: createdBy });
