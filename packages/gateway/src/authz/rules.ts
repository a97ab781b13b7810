import { type Authz, messageOf } from '@neb/core-types';
import { type JsonPath, jsonPath } from '../json/json-path.ts';
import { type Pattern, pattern } from './pattern.ts';

/** A rule, ready to be tried. */
export interface Rule {
  readonly name: string;
  readonly allow: boolean;
  readonly roles?: readonly string[] | undefined;
  readonly paths?: readonly Pattern[] | undefined;
  /** Without a path where it is none that can be asked. */
  readonly fields?: readonly { readonly path: JsonPath | undefined; readonly pattern: Pattern }[] | undefined;
  readonly namesOrganisation: boolean;
  readonly namesRole: boolean;
}

/** The rules of `authz`, made ready once for as long as that object lives. */
export function rulesOf(authz: Authz): readonly Rule[] {
  const known = ready.get(authz);
  if (known) return known;
  const made = (authz.rules ?? []).map(ruleOf);
  ready.set(authz, made);
  return made;
}

/** What is wrong with rules, in words for their author; each such part matches no request for sure. */
export function authzProblems(authz: Authz): readonly string[] {
  return (authz.rules ?? []).flatMap(({ name, path_match = [], field_match = [] }) => [
    ...[...path_match, ...field_match].map((match) => pattern(match.pattern).problem),
    ...path_match.map((match) => (match.pattern.startsWith('/') ? undefined : `the pattern ${match.pattern} of a path must begin with a slash`)),
    ...field_match.map((match) => jsonPathProblem(match.json_path)),
  ].flatMap((problem) => (problem === undefined ? [] : [`rule "${name}": ${problem}`])));
}

const ready = new WeakMap<Authz, readonly Rule[]>();

function ruleOf({ name, allow, match, path_match, field_match }: NonNullable<Authz['rules']>[number]): Rule {
  const paths = path_match?.map((one) => pathPattern(one.pattern));
  const fields = field_match?.map((one) => ({ path: jsonPathOf(one.json_path), pattern: pattern(one.pattern) }));
  const names = [...(paths ?? []), ...(fields ?? []).map((field) => field.pattern)].flatMap((one) => [...one.names]);
  return {
    name, allow, paths, fields,
    roles: match?.roles,
    namesOrganisation: names.includes('org_name') || names.includes('org_id'),
    namesRole: names.includes('org_role'),
  };
}

function pathPattern(text: string): Pattern {
  const made = pattern(text);
  return text.startsWith('/') ? made : { ...made, problem: 'it does not begin with a slash' };
}

function jsonPathOf(text: string): JsonPath | undefined {
  try {
    return jsonPath(text);
  } catch {
    return undefined;
  }
}

function jsonPathProblem(text: string): string | undefined {
  try {
    jsonPath(text);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
