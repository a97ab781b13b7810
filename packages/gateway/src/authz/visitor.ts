import type { Caller, Scope } from '@neb/core-types';

/** One organisation of a visitor's, and what it is there. */
export interface VisitorOrganisation {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly role?: string | undefined;
}

/** Who stands at the door, as its rules see it. */
export interface Visitor {
  /** How facts and messages name it; what is not of the platform is told apart by a prefix. */
  readonly id: string;
  /** Who vouches for it: the platform, the route's own tokens, a key of the route, or the network it comes from. */
  readonly by: 'platform' | 'token' | 'key' | 'network';
  readonly email?: string | undefined;
  readonly handle?: string | undefined;
  readonly organisations: readonly VisitorOrganisation[];
  /** Runs the server. */
  readonly admin?: boolean;
  readonly scope?: Scope | undefined;
}

/** Somebody with a token of the platform. */
export function visitorOf({ id, handle, roles, admin, scope }: Caller): Visitor {
  const organisations = Object.entries(roles).filter(([owner]) => owner !== id).map(([name, role]) => ({ id: name, name, role }));
  return { id, by: 'platform', email: id, handle, organisations, admin, scope };
}

/** What a visitor is to `owner`. Whose token the owner signs, it says so itself. */
export function rolesAt(owner: string, visitor: Visitor): readonly string[] {
  if (visitor.by === 'token') return visitor.organisations.flatMap(({ role }) => role ?? []);
  if (visitor.by === 'key' || visitor.by === 'network') return [];
  return visitor.id === owner ? ['owner'] : visitor.organisations.flatMap(({ id, role }) => (id === owner && role !== undefined ? [role] : []));
}
