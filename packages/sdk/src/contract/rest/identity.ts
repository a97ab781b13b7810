import { role } from '@neb/core-types';
import { z } from 'zod';
import {
  canInput, ended, key, keyInput, member, newKey, newOrganisation, newServiceAccount, organisation, serviceAccount, user, userChange, verdict,
} from '../identity-shapes.ts';
import { own } from '../inputs.ts';
import type { IdentityServices } from '../identity.ts';
import { type RestCall, type Route, route } from './route.ts';

const tag = 'identity';
const of = (call: RestCall): IdentityServices => call.context.services.identity;
const param = (call: RestCall, name: string): string => call.params[name] ?? '';

/** Who there is, and what they may do; a member and a service account are named under their organisation. */
export const identityRoutes: readonly Route[] = [
  route({
    method: 'GET', path: '/v1/organisations', tag, summary: 'Lists your organisations.', answers: z.object({ organisations: z.array(organisation) }),
    json: async (call) => ({ organisations: await of(call).organisations.list(call.who) }),
  }),
  route({ method: 'POST', path: '/v1/organisations', tag, summary: 'Creates an organisation.', body: newOrganisation, answers: organisation, json: (call) => of(call).organisations.create(call.who, call.body) }),
  route({ method: 'GET', path: '/v1/organisations/{name}', tag, summary: 'Shows an organisation.', answers: organisation, json: (call) => of(call).organisations.get(call.who, { name: param(call, 'name') }) }),
  route({ method: 'DELETE', path: '/v1/organisations/{name}', tag, summary: 'Deletes an organisation that owns no namespaces.', answers: organisation, json: (call) => of(call).organisations.delete(call.who, { name: param(call, 'name') }) }),

  route({
    method: 'GET', path: '/v1/organisations/{name}/members', tag, summary: 'Lists members.', answers: z.object({ members: z.array(member) }),
    json: async (call) => ({ members: await of(call).members.list(call.who, { organisation: param(call, 'name') }) }),
  }),
  route({
    method: 'POST', path: '/v1/organisations/{name}/members', tag, summary: 'Adds a member.', body: z.strictObject({ user: z.string(), role }), answers: member,
    json: (call) => of(call).members.add(call.who, { ...call.body, organisation: param(call, 'name') }),
  }),
  route({
    method: 'PUT', path: '/v1/organisations/{name}/members/{user}', tag, summary: 'Gives a member another role.', body: z.strictObject({ role }), answers: member,
    json: (call) => of(call).members.set(call.who, { ...call.body, organisation: param(call, 'name'), user: param(call, 'user') }),
  }),
  route({
    method: 'DELETE', path: '/v1/organisations/{name}/members/{user}', tag, summary: 'Removes a member.', answers: member,
    json: (call) => of(call).members.remove(call.who, { organisation: param(call, 'name'), user: param(call, 'user') }),
  }),

  route({
    method: 'GET', path: '/v1/organisations/{name}/service_accounts', tag, summary: 'Lists service accounts.', answers: z.object({ service_accounts: z.array(serviceAccount) }),
    json: async (call) => ({ service_accounts: await of(call).serviceAccounts.list(call.who, { organisation: param(call, 'name') }) }),
  }),
  route({
    method: 'POST', path: '/v1/organisations/{name}/service_accounts', tag, summary: 'Creates a service account.', body: newServiceAccount.omit({ organisation: true }), answers: serviceAccount,
    json: (call) => of(call).serviceAccounts.create(call.who, { ...call.body, organisation: param(call, 'name') }),
  }),
  route({ method: 'DELETE', path: '/v1/service_accounts/{id}', tag, summary: 'Deletes a service account and its keys.', answers: serviceAccount, json: (call) => of(call).serviceAccounts.delete(call.who, { id: param(call, 'id') }) }),

  route({
    method: 'GET', path: '/v1/keys', tag, summary: 'Lists API keys, without their secrets.', query: z.object({ owner: z.string().optional() }), answers: z.object({ keys: z.array(key) }),
    json: async (call) => ({ keys: await of(call).keys.list(call.who, call.query) }),
  }),
  route({ method: 'POST', path: '/v1/keys', tag, summary: 'Creates an API key, and tells its secret this once.', body: keyInput, answers: newKey, json: (call) => of(call).keys.create(call.who, call.body) }),
  route({ method: 'DELETE', path: '/v1/keys/{id}', tag, summary: 'Revokes an API key.', answers: key, json: (call) => of(call).keys.revoke(call.who, { id: param(call, 'id') }) }),

  route({
    method: 'GET', path: '/v1/users', tag, summary: 'Lists users, for administrators of the server.', answers: z.object({ users: z.array(user), next: z.string().optional() }),
    query: z.object({ limit: z.coerce.number().int().min(1).max(1_000).optional().describe('Most to answer with; the rest follows with `cursor`.'), cursor: z.string().optional().describe('`next` of the answer before.') }),
    json: async (call) => {
      const { items, next } = await of(call).users.list(call.who, call.query);
      return { users: items, next };
    },
  }),
  route({
    method: 'PATCH', path: '/v1/users/{user}', tag, summary: 'Makes or unmakes an administrator, lets a user in or not.', body: userChange.omit({ user: true }), answers: user,
    json: (call) => of(call).users.set(call.who, { ...call.body, user: param(call, 'user') }),
  }),

  route({ method: 'POST', path: '/v1/logout', tag, summary: 'Ends the login that this request came with.', answers: ended, json: (call) => of(call).logout(call.who) }),
  route({ method: 'GET', path: '/v1/can', tag, summary: 'Whether you could do something.', query: canInput, answers: verdict, json: (call) => of(call).can(call.who, own(call.who, call.query)) }),
];
