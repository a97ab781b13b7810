import { isNebError } from '@neb/core-types';
import type { KeyView, MemberView, OrganisationView, ServiceAccountView, UserView } from '@neb/sdk';
import { age } from '../render/age.ts';
import type { Column } from '../render/table.ts';
import { pages, type Shown } from './listing.ts';
import type { Moment } from './moment.ts';

export const shownOrganisations: Shown<OrganisationView> = {
  name: ({ name }) => `organisation/${name}`, id: ({ name }) => name,
  columns: ({ now }) => [
    { title: 'NAME', cell: (o) => o.name },
    { title: 'ROLE', cell: (o) => o.role ?? '' },
    { title: 'AGE', cell: (o) => age(o.created_at, now), data: (o) => o.created_at, side: 'right' },
    { title: 'CREATED BY', wide: true, cell: (o) => o.created_by },
  ],
  list: async (neb, _, session) => ({ items: await neb.organisations.list(session) }),
};

/** Of every organisation whose accounts the caller may see. */
export const shownServiceAccounts: Shown<ServiceAccountView> = {
  name: ({ id }) => `serviceaccount/${id}`, id: ({ id }) => id,
  columns: ({ now }) => [
    { title: 'NAME', cell: (a) => a.id },
    { title: 'ORGANISATION', cell: (a) => a.organisation },
    { title: 'ROLE', cell: (a) => a.role },
    { title: 'AGE', cell: (a) => age(a.created_at, now), data: (a) => a.created_at, side: 'right' },
    { title: 'CREATED BY', wide: true, cell: (a) => a.created_by },
  ],
  async list(neb, { owner }, session) {
    if (owner !== undefined) return { items: await neb.serviceAccounts.list(owner, session) };
    const lists = await Promise.all((await neb.organisations.list(session)).map(({ name }) => neb.serviceAccounts.list(name, session).catch((error: unknown) => {
      if (isNebError(error, 'unauthorized')) return [];
      throw error;
    })));
    return { items: lists.flat() };
  },
};

export const shownKeys: Shown<KeyView> = {
  name: ({ id }) => `key/${id}`, id: ({ id }) => id,
  columns: ({ now }) => [
    { title: 'ID', cell: (k) => k.id },
    { title: 'NAME', cell: (k) => k.name },
    { title: 'HOLDER', cell: (k) => k.holder, shrinks: true },
    { title: 'SCOPE', cell: scopeText },
    { title: 'EXPIRES', cell: (k) => k.expires_at ?? 'never', data: (k) => k.expires_at },
    { title: 'USED', cell: (k) => (k.last_used_at === undefined ? 'never' : age(k.last_used_at, now)), data: (k) => k.last_used_at, side: 'right' },
    { title: 'AGE', cell: (k) => age(k.created_at, now), data: (k) => k.created_at, side: 'right' },
    { title: 'OWNER', wide: true, cell: (k) => k.owner },
    { title: 'SPEND CAP', wide: true, cell: (k) => k.spend_cap ?? '' },
    { title: 'CREATED BY', wide: true, cell: (k) => k.created_by },
  ],
  list: async (neb, { owner }, session) => ({ items: await neb.keys.list({ ...(owner !== undefined && { owner }) }, session) }),
};

export const shownUsers: Shown<UserView> = {
  name: ({ id }) => `user/${id}`, id: ({ id }) => id,
  columns: ({ now }) => [
    { title: 'USER', cell: (u) => u.id, shrinks: true },
    { title: 'STATUS', cell: (u) => (u.disabled_at === undefined ? 'enabled' : 'disabled') },
    { title: 'ADMINISTRATOR', cell: (u) => (u.admin ? 'yes' : 'no') },
    { title: 'AGE', cell: (u) => age(u.created_at, now), data: (u) => u.created_at, side: 'right' },
    { title: 'NAME', wide: true, cell: (u) => u.display_name ?? '' },
    { title: 'NAMESPACE', wide: true, cell: (u) => u.handle },
  ],
  list: (neb, query, session) => pages(query, (limit, cursor) => neb.users.list({ limit, cursor }, session).page()),
};

export function memberColumns({ now }: Moment): readonly Column<MemberView>[] {
  return [
    { title: 'USER', cell: (m) => m.user },
    { title: 'ROLE', cell: (m) => m.role },
    { title: 'SINCE', cell: (m) => age(m.created_at, now), data: (m) => m.created_at, side: 'right' },
  ];
}

function scopeText({ scope }: KeyView): string {
  const parts = [scope?.verbs?.join(','), scope?.namespaces && `in ${scope.namespaces.join(',')}`].filter((part) => part !== undefined);
  return parts.length === 0 ? 'all' : parts.join(' ');
}
