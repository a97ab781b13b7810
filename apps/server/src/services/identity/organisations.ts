import { NebError } from '@neb/core-types';
import type { Organisation } from '@neb/identity';
import type { Store } from '@neb/scheduler';
import type { Caller, IdentityServices, OrganisationView } from '@neb/sdk/contract';
import { authorise } from '../../auth/authorise.ts';
import { ownedNamespaces } from '../owned-namespaces.ts';
import { type Desk, notFound } from './desk.ts';

/** Names are taken for ever, so nobody gets to take them all. */
const mostOwned = 50;

export function organisationService({ identity, seen, need }: Desk, store: Store): IdentityServices['organisations'] {
  const find = async (who: Caller, name: string): Promise<Organisation> => {
    const found = await seen(who).organisations.find(name);
    if (!found) throw notFound(`organisation ${name}`);
    return found;
  };

  const namespacesOf = (owner: string): ReturnType<typeof ownedNamespaces> => ownedNamespaces(store.as({ owners: [owner] }), owner);

  return {
    async create(who, { name, owner = who.admin ? undefined : who.id }) {
      if (!who.admin && !Object.hasOwn(who.roles, who.id)) throw new NebError('unauthorized', 'a service account makes no organisations');
      await need(who, { verb: 'create', kind: 'Organisation', owner: who.id, title: `organisation ${name}`, name, rules: async () => {
        if (owner !== undefined && owner !== who.id && !who.admin) throw new NebError('unauthorized', 'only an administrator of the server may make an organisation for somebody else');
        if (!who.admin) await refuseHoarding(who);
      } });
      // Whoever owned it before there was an organisation would share it with the organisation's members.
      const [namespace] = await namespacesOf(name);
      if (namespace !== undefined && !who.admin) throw new NebError('conflict', `the name ${name} is taken`, { details: { final: true } });
      if (owner !== undefined) await identity.users.invite(owner);
      const made = who.admin ? identity : identity.as([...Object.keys(who.roles), name]);
      return view(await made.organisations.create({ name, createdBy: who.id, owner }), { ...who, roles: { ...who.roles, ...(owner === who.id && { [name]: 'owner' }) } });
    },
    async list(who) {
      const all = await seen(who).organisations.list(who.admin ? {} : { member: who.id });
      const visible = who.admin || all.length > 0 ? all : await Promise.all(Object.keys(who.roles).filter((owner) => !owner.includes('@')).map((name) => find(who, name)));
      return visible.filter(({ name }) => authorise(who, 'list', { kind: 'Organisation', owner: name }).do === 'allow').map((one) => view(one, who));
    },
    async get(who, { name }) {
      await need(who, { verb: 'get', kind: 'Organisation', owner: name, title: `organisation ${name}`, name });
      return view(await find(who, name), who);
    },
    async delete(who, { name }) {
      await need(who, { verb: 'delete', kind: 'Organisation', owner: name, title: `organisation ${name}`, name });
      const found = await find(who, name);
      const owned = await namespacesOf(name);
      if (owned.length > 0) {
        throw new NebError('conflict', `organisation ${name} owns ${owned.length === 1 ? `the namespace ${owned[0]!.name}` : `${owned.length} namespaces`}`, { hint: `Delete ${owned.length === 1 ? 'it' : 'them'} first: neb delete namespace NAME.`, details: { final: true } });
      }
      await seen(who).organisations.delete(name);
      return view(found, who);
    },
  };

  async function refuseHoarding(who: Caller): Promise<void> {
    const owned = (await seen(who).organisations.list({ member: who.id })).filter(({ createdBy }) => createdBy === who.id);
    if (owned.length >= mostOwned) throw new NebError('quota', `you have made ${owned.length} organisations, and ${mostOwned} is the most`, { hint: 'An administrator of the server can make more.' });
  }
}

function view({ name, createdAt, createdBy }: Organisation, who: Caller): OrganisationView {
  const role = Object.hasOwn(who.roles, name) ? who.roles[name] : undefined;
  return { name, created_at: createdAt, created_by: createdBy, ...(role !== undefined && { role }) };
}
