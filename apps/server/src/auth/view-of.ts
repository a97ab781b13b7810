import type { Caller } from '@neb/core-types';
import type { Store, TenantStore, View } from '@neb/scheduler';

/** The store as far as `caller` sees: what it is shown and what it changes goes through here, behind `authorise`. */
export function seenBy(caller: Caller, store: Store): TenantStore {
  const view = viewOf(caller);
  return view ? store.as(view) : store;
}

/** How far `caller` sees, whatever it may do there; everything where it is `undefined`. */
function viewOf({ admin, roles, scope }: Caller): View | undefined {
  const namespaces = scope?.namespaces;
  if (admin && !namespaces) return undefined;
  return { ...(!admin && { owners: Object.keys(roles) }), ...(namespaces && { namespaces }) };
}
