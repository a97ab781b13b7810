import type { AuditLog, AuditReader } from '@neb/audit';
import type { Ledger, LedgerReader } from '@neb/billing';
import type { Caller } from '@neb/core-types';
import type { Identity, Owned } from '@neb/identity';
import type { Store, TenantStore, View } from '@neb/scheduler';

/** The store as far as `caller` sees: what it is shown and what it changes goes through here, behind `authorise`. */
export function seenBy(caller: Caller, store: Store): TenantStore {
  const view = viewOf(caller);
  return view ? store.as(view) : store;
}

/** The same of organisations, their members and keys. A key for namespaces only is kept from them by `authorise` alone. */
export function ownedBy({ admin, roles }: Caller, identity: Identity): Owned {
  return admin ? identity : identity.as(Object.keys(roles));
}

/** And of users, whom no policy of the database keeps apart: they are the server's, and not there for anybody who does not run it. */
export function usersBy({ admin }: Caller, { users }: Identity): Identity['users'] | undefined {
  return admin ? users : undefined;
}

/** And of the audit log. */
export function auditBy({ admin, roles }: Caller, audit: AuditLog): AuditReader {
  return admin ? audit : audit.as(Object.keys(roles));
}

/** And of the ledger of usage. */
export function usageBy({ admin, roles }: Caller, ledger: Ledger): LedgerReader {
  return admin ? ledger : ledger.as(Object.keys(roles));
}

/** How far `caller` sees, whatever it may do there; everything where it is `undefined`. */
function viewOf({ admin, roles, scope }: Caller): View | undefined {
  const namespaces = scope?.namespaces;
  if (admin && !namespaces) return undefined;
  return { ...(!admin && { owners: Object.keys(roles) }), ...(namespaces && { namespaces }) };
}
