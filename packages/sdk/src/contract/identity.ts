import type { Caller, Page, Role, Scope } from '@neb/core-types';

/** Somebody who has signed in, or was invited. */
export interface UserView {
  /** The e-mail address it was first seen with. */
  readonly id: string;
  /** Its own namespace. */
  readonly handle: string;
  readonly display_name?: string | undefined;
  /** Made an administrator of the server; those whom its configuration names are too. */
  readonly admin: boolean;
  readonly created_at: string;
  /** Absent for one who may come in. */
  readonly disabled_at?: string | undefined;
}

export interface OrganisationView {
  readonly name: string;
  /** The caller's own; absent for an administrator of the server who is no member. */
  readonly role?: Role | undefined;
  readonly created_at: string;
  readonly created_by: string;
}

export interface MemberView {
  readonly organisation: string;
  /** A user's e-mail address. */
  readonly user: string;
  readonly role: Role;
  readonly created_at: string;
}

export interface ServiceAccountView {
  /** `name@organisation`. */
  readonly id: string;
  readonly organisation: string;
  readonly role: Role;
  readonly created_at: string;
  readonly created_by: string;
}

/** An API key without its secret. */
export interface KeyView {
  readonly id: string;
  readonly name: string;
  /** Who answers for it: a user, or the organisation of a service account. */
  readonly owner: string;
  /** Whom it speaks for: a user or a service account. */
  readonly holder: string;
  readonly scope?: Scope | undefined;
  /** Most that may be spent with it. */
  readonly spend_cap?: string | undefined;
  readonly created_at: string;
  readonly created_by: string;
  readonly expires_at?: string | undefined;
  /** To the minute. */
  readonly last_used_at?: string | undefined;
}

/** A new key, and the token that is shown in this answer and never again. */
export interface NewKeyView {
  readonly key: KeyView;
  readonly token: string;
}

export interface KeyInput {
  readonly name: string;
  /** A user, for administrators of the server; the caller if absent. */
  readonly owner?: string | undefined;
  /** Instead of a user: `name@organisation`. */
  readonly service_account?: string | undefined;
  readonly scope?: Scope | undefined;
  readonly spend_cap?: string | undefined;
  /** RFC 3339; never if absent. */
  readonly expires_at?: string | undefined;
}

export interface MemberInput {
  readonly organisation: string;
  readonly user: string;
  readonly role: Role;
}

export interface Organisations {
  /** Its creator is its owner; an administrator of the server may name another. */
  create(who: Caller, input: { readonly name: string; readonly owner?: string | undefined }): Promise<OrganisationView>;
  /** The caller's; all for an administrator of the server. */
  list(who: Caller): Promise<readonly OrganisationView[]>;
  get(who: Caller, input: { readonly name: string }): Promise<OrganisationView>;
  /** With its members, service accounts and keys. Throws `conflict` while it owns namespaces. */
  delete(who: Caller, input: { readonly name: string }): Promise<OrganisationView>;
}

export interface Members {
  list(who: Caller, input: { readonly organisation: string }): Promise<readonly MemberView[]>;
  /** A user that has never been here is invited. */
  add(who: Caller, input: MemberInput): Promise<MemberView>;
  set(who: Caller, input: MemberInput): Promise<MemberView>;
  /** Everybody may remove themselves; nobody the last owner. */
  remove(who: Caller, input: { readonly organisation: string; readonly user: string }): Promise<MemberView>;
}

export interface ServiceAccounts {
  create(who: Caller, input: { readonly organisation: string; readonly name: string; readonly role: Role }): Promise<ServiceAccountView>;
  list(who: Caller, input: { readonly organisation: string }): Promise<readonly ServiceAccountView[]>;
  /** With its keys. */
  delete(who: Caller, input: { readonly id: string }): Promise<ServiceAccountView>;
}

export interface Keys {
  /** Never wider than the key it is asked with, which it goes with when that is revoked. */
  create(who: Caller, input: KeyInput): Promise<NewKeyView>;
  /** The caller's, or those of `owner`: an organisation, or for administrators of the server a user. */
  list(who: Caller, input: { readonly owner?: string | undefined }): Promise<readonly KeyView[]>;
  revoke(who: Caller, input: { readonly id: string }): Promise<KeyView>;
}

export interface UserChange {
  readonly user: string;
  readonly admin?: boolean | undefined;
  readonly disabled?: boolean | undefined;
}

/** For administrators of the server. */
export interface Users {
  /** In the order of their ids. */
  list(who: Caller, input: { readonly limit?: number | undefined; readonly cursor?: string | undefined }): Promise<Page<UserView>>;
  /** What is absent stays. One who is disabled is known by no key and no login, and what it has open ends. Throws `conflict` for who would lock itself out. */
  set(who: Caller, input: UserChange): Promise<UserView>;
}

export interface CanInput {
  readonly verb: string;
  /** As the API or the command line writes it: `Container`, `service-accounts`. */
  readonly kind: string;
  readonly namespace?: string | undefined;
}

/** Who there is, and what they may do. Throws NebErrors; what the caller may not see is `not_found`. */
export interface IdentityServices {
  readonly organisations: Organisations;
  readonly members: Members;
  readonly serviceAccounts: ServiceAccounts;
  readonly keys: Keys;
  readonly users: Users;
  /** Ends the login that the caller came with; does nothing to a key or the local token. */
  logout(who: Caller): Promise<{ readonly ended: boolean }>;
  /** Whether the caller could do something; `why` where not. */
  can(who: Caller, input: CanInput): Promise<{ readonly allowed: boolean; readonly why?: string | undefined }>;
}
