import type { Call, Page, Role } from '@neb/core-types';
import type { CanInput, KeyInput, KeyView, MemberInput, MemberView, NewKeyView, OrganisationView, ServiceAccountView, UserChange, UserView } from '../contract/identity.ts';
import type { Calls } from './calls.ts';
import { list, type List } from './list.ts';

/** Who there is, and what they may do. What the caller may not see is `not_found`. */
export interface IdentityClient {
  readonly organisations: {
    /** You are its owner; an administrator of the server may name another. */
    create(input: { readonly name: string; readonly owner?: string | undefined }, call?: Call): Promise<OrganisationView>;
    list(call?: Call): Promise<readonly OrganisationView[]>;
    get(name: string, call?: Call): Promise<OrganisationView>;
    /** With its members, service accounts and keys; `conflict` while it owns namespaces. */
    delete(name: string, call?: Call): Promise<OrganisationView>;
  };
  readonly members: {
    list(organisation: string, call?: Call): Promise<readonly MemberView[]>;
    add(input: MemberInput, call?: Call): Promise<MemberView>;
    set(input: MemberInput, call?: Call): Promise<MemberView>;
    remove(input: { readonly organisation: string; readonly user: string }, call?: Call): Promise<MemberView>;
  };
  readonly serviceAccounts: {
    create(input: { readonly organisation: string; readonly name: string; readonly role: Role }, call?: Call): Promise<ServiceAccountView>;
    list(organisation: string, call?: Call): Promise<readonly ServiceAccountView[]>;
    /** With its keys. */
    delete(id: string, call?: Call): Promise<ServiceAccountView>;
  };
  readonly keys: {
    /** The token is in this answer and never shown again. */
    create(input: KeyInput, call?: Call): Promise<NewKeyView>;
    list(query?: { readonly owner?: string | undefined }, call?: Call): Promise<readonly KeyView[]>;
    /** It is good for nothing from the next request on. */
    revoke(id: string, call?: Call): Promise<KeyView>;
  };
  /** For administrators of the server. */
  readonly users: {
    /** In the order of their ids. */
    list(query?: { readonly limit?: number | undefined; readonly cursor?: string | undefined }, call?: Call): List<UserView>;
    /** What is absent stays. What one who is disabled has open ends. */
    set(input: UserChange, call?: Call): Promise<UserView>;
  };
  /** Ends the login whose token this client has; does nothing to a key or the local token. */
  logout(call?: Call): Promise<{ readonly ended: boolean }>;
  /** Whether the caller could do something; `why` where not. */
  can(input: CanInput, call?: Call): Promise<{ readonly allowed: boolean; readonly why?: string | undefined }>;
}

export function identityClient(calls: Calls): IdentityClient {
  return {
    organisations: {
      create: (input, call) => calls.mutate('organisations.create', input, call),
      list: (call) => calls.query('organisations.list', undefined, call),
      get: (name, call) => calls.query('organisations.get', { name }, call),
      delete: (name, call) => calls.mutate('organisations.delete', { name }, call),
    },
    members: {
      list: (organisation, call) => calls.query('members.list', { organisation }, call),
      add: (input, call) => calls.mutate('members.add', input, call),
      set: (input, call) => calls.mutate('members.set', input, call),
      remove: (input, call) => calls.mutate('members.remove', input, call),
    },
    serviceAccounts: {
      create: (input, call) => calls.mutate('serviceAccounts.create', input, call),
      list: (organisation, call) => calls.query('serviceAccounts.list', { organisation }, call),
      delete: (id, call) => calls.mutate('serviceAccounts.delete', { id }, call),
    },
    keys: {
      create: (input, call) => calls.mutate('keys.create', input, call),
      list: (query = {}, call) => calls.query('keys.list', query, call),
      revoke: (id, call) => calls.mutate('keys.revoke', { id }, call),
    },
    users: {
      list: (query = {}, call) => list<UserView, Page<UserView>>((cursor) => calls.query('users.list', cursor === undefined ? query : { ...query, cursor }, call)),
      set: (input, call) => calls.mutate('users.set', input, call),
    },
    logout: (call) => calls.mutate('sessions.logout', undefined, call),
    can: (input, call) => calls.query('auth.can', input, call),
  };
}
