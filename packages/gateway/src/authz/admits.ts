import type { Authz, Route } from '@neb/core-types';
import { isJson, type RequestBody } from './request-body.ts';
import { allOf, anyOf, type Filling, type Match, matchesPath, matchesValue } from './pattern.ts';
import { type Rule, rulesOf } from './rules.ts';
import { urlPath, type UrlPath } from './url-path.ts';
import { rolesAt, type Visitor, type VisitorOrganisation } from './visitor.ts';

/** What is asked for. */
export interface Knock {
  /** The request's target as it came, such as `/v1/models?limit=1`. */
  readonly path: string;
  /** Absent as long as it was not read. */
  readonly body?: RequestBody | undefined;
}

/**
 * Whether a request may pass, by which rule, and why in a sentence for the visitor. `hidden`: it must not learn that
 * there is such a route. `read_body`: only the body can tell; ask again with it.
 */
export type Verdict =
  | { readonly do: 'allow'; readonly rule?: string; readonly why: string }
  | { readonly do: 'deny'; readonly rule?: string; readonly hidden: boolean; readonly why: string }
  | { readonly do: 'read_body' };

/** The parts of a route that its door goes by. */
export type Door = Pick<Route, 'namespace' | 'owner'> & { readonly authz?: Authz | undefined };

/**
 * Whether `visitor` may pass. Pure. The first rule that matches decides, for the owner's own members too; where none
 * does, `default_action`, to which a key of the route says allow. Without rules only the owner's members pass. What
 * cannot be told for sure, such as a key that is twice in a body, matches a rule that denies and none that allows.
 */
export function admits(door: Door, knock: Knock, visitor: Visitor): Verdict {
  const { authz, owner, namespace } = door;
  const narrow = outOfScope(visitor, namespace);
  if (narrow) return narrow;
  if (!authz || authz.enabled === false) return byMembership(owner, visitor);
  const path = urlPath(knock.path);
  for (const rule of rulesOf(authz)) {
    const match = matchOf(rule, { path, body: knock.body, visitor, owner });
    if (match === 'read_body') return { do: 'read_body' };
    if (match === 'yes' && rule.allow) return { do: 'allow', rule: rule.name, why: `rule "${rule.name}" allows it` };
    if (match === 'yes' && !rule.allow) return { do: 'deny', rule: rule.name, hidden: false, why: `rule "${rule.name}" denies it` };
    if (match === 'unclear' && !rule.allow) return { do: 'deny', rule: rule.name, hidden: false, why: `rule "${rule.name}" denies it, ${unclearWhy(path, knock.body)}` };
  }
  if (visitor.by === 'key') return { do: 'allow', why: 'no rule denies it to a key of this route' };
  if (authz.default_action === 'allow') return { do: 'allow', why: 'no rule matches, and the default is to allow' };
  return { do: 'deny', hidden: false, why: 'no rule allows it' };
}

/** Whether any rule asks for a request's body; without one no body needs to be held back. */
export function needsBody(authz: Authz | undefined): boolean {
  return authz?.enabled !== false && (authz?.rules ?? []).some(({ field_match }) => field_match !== undefined);
}

interface Facts {
  readonly path: UrlPath;
  readonly body: RequestBody | undefined;
  readonly visitor: Visitor;
  readonly owner: string;
}

function matchOf(rule: Rule, facts: Facts): Match | 'read_body' {
  const matches = candidates(rule, facts).map((filling) => {
    const seen = allOf([rolesMatch(rule, filling, facts), pathMatch(rule, filling, facts.path)]);
    if (seen === 'no' || !rule.fields) return seen;
    return facts.body ? allOf([seen, fieldMatch(rule, filling, facts.body)]) : 'read_body';
  });
  return matches.includes('yes') ? 'yes' : matches.includes('read_body') ? 'read_body' : anyOf(matches as Match[]);
}

/** A rule that names an organisation is tried for each of the visitor's; any other speaks of the owner. */
function candidates(rule: Rule, { visitor, owner }: Facts): readonly Filling[] {
  const { email, handle } = visitor;
  const own = { email, handle };
  if (rule.namesOrganisation) return visitor.organisations.map((organisation) => ({ ...own, ...organisationFilling(organisation) }));
  return rule.namesRole ? rolesAt(owner, visitor).map((org_role) => ({ ...own, org_role })) : [own];
}

const organisationFilling = ({ id, name, role }: VisitorOrganisation): Filling => ({ org_id: id, org_name: name, org_role: role });

function rolesMatch({ roles, namesOrganisation }: Rule, { org_role }: Filling, { visitor, owner }: Facts): Match {
  if (!roles) return 'yes';
  const held = namesOrganisation ? [org_role] : rolesAt(owner, visitor);
  return held.some((role) => role !== undefined && roles.includes(role)) ? 'yes' : 'no';
}

function pathMatch({ paths }: Rule, filling: Filling, path: UrlPath): Match {
  if (!paths) return 'yes';
  // An empty list is nobody's wish: it opens nothing.
  return paths.length === 0 ? 'unclear' : anyOf(paths.map((pattern) => matchesPath(pattern, path, filling)));
}

function fieldMatch({ fields = [] }: Rule, filling: Filling, body: RequestBody): Match {
  if (body.kind === 'none') return 'no';
  if (!isJson(body) || fields.length === 0) return 'unclear';
  const match = anyOf(fields.map(({ path, pattern }) => {
    const nodes = path?.find(body.value);
    if (!nodes) return 'unclear';
    const found = nodes.map(({ value }) => matchesValue(pattern, value, filling));
    // Of several that a path finds all must be allowed, and any may be denied.
    return found.length === 0 ? 'no' : found.every((one) => one === 'yes') ? 'yes' : found.every((one) => one === 'no') ? 'no' : 'unclear';
  }));
  return match === 'yes' && !body.declared ? 'unclear' : match;
}

/** A key may be narrower than its holder; passing a door is what the platform calls `dial`. */
function outOfScope({ scope, by }: Visitor, namespace: string): Verdict | undefined {
  if (by !== 'platform' || !scope) return undefined;
  if (scope.namespaces && !scope.namespaces.includes(namespace)) return { do: 'deny', hidden: true, why: 'this key is for other namespaces' };
  if (scope.verbs && !scope.verbs.some((verb) => verb === 'dial' || verb === 'run')) return { do: 'deny', hidden: false, why: `this key is for ${scope.verbs.join(', ') || 'nothing'}, not for requests to what runs` };
  return undefined;
}

function byMembership(owner: string, visitor: Visitor): Verdict {
  if (visitor.by === 'key') return { do: 'allow', why: 'it has a key of this route' };
  if (visitor.by === 'network') return { do: 'allow', why: 'what is in its namespace may' };
  const isMember = visitor.by === 'platform' && (visitor.admin === true || rolesAt(owner, visitor).length > 0);
  return isMember ? { do: 'allow', why: 'its owner\'s members may' } : { do: 'deny', hidden: true, why: 'only its owner\'s members may' };
}

function unclearWhy(path: UrlPath, body: RequestBody | undefined): string {
  if ('problem' in path) return `as its path cannot be told for sure: ${path.problem}`;
  if (body?.kind === 'unclear') return `as its body cannot be told for sure: ${body.problem}`;
  return 'as it cannot be told for sure that it does not match';
}
