import type { Caller, Kind, Role, Scope } from '@neb/core-types';

/** Everything anybody can ask for. */
export type Verb =
  | 'get' | 'list' | 'watch' | 'create' | 'update' | 'delete'
  | 'logs' | 'usage' | 'explain' | 'exec' | 'dial' | 'read_files' | 'write_files'
  | 'send' | 'reveal' | 'mount_host_path'
  | 'suspend' | 'resume' | 'fork' | 'migrate' | 'export' | 'import';

/** What is asked for: an object, or for `list`, `watch` and `create` the namespace it would be in. */
export interface Target {
  readonly kind: Kind | 'Event' | 'Platform' | 'Offer' | 'Organisation' | 'Member' | 'ServiceAccount' | 'Key' | 'Audit' | 'Usage' | 'Quota' | 'User' | 'Server';
  /** Who owns it; absent for what belongs to the server. */
  readonly owner?: string | undefined;
  /** The namespace it is in, which for a namespace is itself; absent for what is in none. */
  readonly namespace?: string | undefined;
}

/** `hidden`: the caller must not learn whether there is such a thing. `refused`: it may know, and may not do it. */
export type Decision = { readonly do: 'allow' } | { readonly do: 'hidden' } | { readonly do: 'refused'; readonly why: string };

/** Words for several verbs at once, which a key's scope may use too. */
export const verbGroups = {
  read: ['get', 'list', 'watch', 'logs', 'usage', 'explain'],
  write: ['create', 'update', 'delete', 'suspend', 'resume', 'migrate'],
  run: ['exec', 'dial', 'read_files', 'write_files', 'send', 'fork', 'export', 'import'],
} as const satisfies Readonly<Record<string, readonly Verb[]>>;

/**
 * Whether `caller` may do `verb` with `target`. Pure; every call, stream and proxied request passes it, and what it does
 * not allow is denied. Whether there is such a thing for it comes first: a refusal tells that there is.
 */
export function authorise(caller: Caller, verb: Verb, target: Target): Decision {
  const { admin, scope, roles } = caller;
  const held = target.owner !== undefined && Object.hasOwn(roles, target.owner) ? roles[target.owner] : undefined;
  if (!admin && target.owner !== undefined && held === undefined) return hidden;
  const narrowed = scope ? byScope(scope, verb, target) : allow;
  if (narrowed.do !== 'allow') return narrowed;
  if (verb === 'mount_host_path') return admin ? allow : { do: 'refused', why: 'only an administrator may mount paths of the host' };
  if (admin) return allow;
  if (held === undefined) return isOfServer(target) ? readOnly(verb) : hidden;
  const needed = rolesFor(verb, target.kind);
  return needed.includes(held) ? allow : { do: 'refused', why: `you are ${held} of ${target.owner}, and this takes ${needed.join(' or ')}` };
}

const allow: Decision = { do: 'allow' };
const hidden: Decision = { do: 'hidden' };
const members: readonly Role[] = ['owner', 'admin', 'developer', 'viewer', 'billing'];
const viewers: readonly Role[] = ['owner', 'admin', 'developer', 'viewer'];
const developers: readonly Role[] = ['owner', 'admin', 'developer'];
const admins: readonly Role[] = ['owner', 'admin'];
const owners: readonly Role[] = ['owner'];

/** Who may do a verb with a kind of their owner's. Bills need what ran and for how long, not what it said. */
function rolesFor(verb: Verb, kind: Target['kind']): readonly Role[] {
  const looks = verb === 'get' || verb === 'list' || verb === 'watch';
  switch (kind) {
    case 'Namespace': return looks ? members : verb === 'delete' ? admins : developers;
    case 'Organisation': return looks ? members : verb === 'delete' ? owners : admins;
    case 'Quota': case 'Usage': case 'Budget': return looks ? members : admins;
    case 'Member': return looks ? viewers : admins;
    case 'ServiceAccount': case 'Key': case 'Audit': case 'User': case 'Server': return admins;
    case 'Event': case 'Platform': case 'Offer': return looks ? viewers : admins;
    case 'Secret': return looks ? viewers : verb === 'reveal' ? admins : developers;
    case 'Container': case 'Processor': case 'Service': case 'Snapshot': {
      if (looks || verb === 'usage') return members;
      return isOf('read', verb) ? viewers : developers;
    }
  }
}

/** A key may be narrower than its holder, and never wider. */
function byScope({ verbs, namespaces }: Scope, verb: Verb, target: Target): Decision {
  const { namespace } = target;
  const anywhere = !namespaces || isOfServer(target);
  if (!anywhere && namespace !== undefined && !namespaces.includes(namespace)) return hidden;
  if (verbs && !verbs.some((allowed) => allowed === verb || isOf(allowed, verb))) {
    return { do: 'refused', why: `this key is for ${verbs.join(', ') || 'nothing'}, not for ${verb}` };
  }
  return anywhere || namespace !== undefined ? allow : { do: 'refused', why: `this key is for namespaces only: ${namespaces.join(', ') || 'none'}` };
}

const isOfServer = ({ kind }: Target): boolean => kind === 'Platform' || kind === 'Offer';

function isOf(group: string, verb: Verb): boolean {
  return Object.hasOwn(verbGroups, group) && (verbGroups[group as keyof typeof verbGroups] as readonly Verb[]).includes(verb);
}

/** Where containers can run is no tenant's secret, and no tenant's to change. */
function readOnly(verb: Verb): Decision {
  return verb === 'list' || verb === 'get' ? allow : { do: 'refused', why: 'only an administrator may change platforms' };
}
