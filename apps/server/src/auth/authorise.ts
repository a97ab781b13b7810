import type { Kind } from '@neb/core-types';
import type { Caller } from '@neb/sdk/contract';

/** Everything anybody can ask for. */
export type Verb =
  | 'get' | 'list' | 'watch' | 'create' | 'update' | 'delete'
  | 'logs' | 'usage' | 'explain' | 'exec' | 'dial' | 'read_files' | 'write_files'
  | 'reveal' | 'mount_host_path';

/** What is asked for: an object, or for `list`, `watch` and `create` the namespace it would be in. */
export interface Target {
  readonly kind: Kind | 'Event' | 'Platform' | 'Offer';
  /** Who owns it; absent for what belongs to the server. */
  readonly owner?: string | undefined;
}

/** `hidden`: the caller must not learn whether there is such a thing. `refused`: it may know, and may not do it. */
export type Decision = { readonly do: 'allow' } | { readonly do: 'hidden' } | { readonly do: 'refused'; readonly why: string };

/** Whether `caller` may do `verb` with `target`. Pure; every call, stream and proxied request passes it, and what it does not allow is denied. */
export function authorise(caller: Caller, verb: Verb, target: Target): Decision {
  if (verb === 'mount_host_path') {
    return caller.admin ? allow : { do: 'refused', why: 'only an administrator may mount paths of the host' };
  }
  if (caller.admin) return allow;
  if (target.owner === undefined) return target.kind === 'Platform' || target.kind === 'Offer' ? readOnly(verb) : { do: 'hidden' };
  return Object.hasOwn(caller.roles, target.owner) ? allow : { do: 'hidden' };
}

const allow: Decision = { do: 'allow' };

/** Where containers can run is no tenant's secret, and no tenant's to change. */
function readOnly(verb: Verb): Decision {
  return verb === 'list' || verb === 'get' ? allow : { do: 'refused', why: 'only an administrator may change platforms' };
}
