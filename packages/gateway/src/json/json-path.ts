import { JSONPathEnvironment, type JSONPathQuery, type JSONValue, jsonpath } from 'json-p3';
import { messageOf, NebError } from '@neb/core-types';

/** What a path found, and where. */
export interface JsonNode {
  readonly value: unknown;
  readonly location: readonly (string | number)[];
}

/** A JSON path (RFC 9535), ready to be asked. */
export interface JsonPath {
  readonly text: string;
  /** All that it finds; `undefined` where it would have to search through more than a request may take. */
  find(value: unknown): readonly JsonNode[] | undefined;
}

/**
 * Throws `invalid` for what is no path, and for paths whose time is not bounded by the size of what they look at: it is
 * a tenant who writes them, and others' requests would wait. Those have two selectors in one pair of brackets, more than
 * one `..`, or in a filter `$`, two parts that are compared, or a regular expression.
 */
export function jsonPath(text: string): JsonPath {
  const query = parsed(text);
  const problem = problemOf(query, { descents: 0 });
  if (problem !== undefined) throw new NebError('invalid', `the JSON path ${text} has ${problem}`, { hint: 'Write one rule or meter for each field that you mean.' });
  const isSearch = !query.singularQuery();
  return {
    text,
    find(value) {
      if (isSearch && isBeyond(value, searchedAtMost)) return undefined;
      try {
        return query.query(value as JSONValue).nodes;
      } catch {
        return undefined;
      }
    },
  };
}

function parsed(text: string): JSONPathQuery {
  try {
    return environment.compile(text);
  } catch (error) {
    throw new NebError('invalid', `${text} is not a JSON path: ${messageOf(error)}`, { hint: 'Write it as RFC 9535 says, such as $.usage.total_tokens.', cause: error });
  }
}

/** What a search may go through, each value by its depth: the library notes the way to each, and takes some 100 ms for as many. */
const searchedAtMost = 100_000;

function isBeyond(value: unknown, limit: number): boolean {
  let left = limit;
  const open: (readonly [unknown, number])[] = [[value, 1]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [item, depth] = next;
    if (typeof item !== 'object' || item === null) continue;
    const inside = Array.isArray(item) ? (item as unknown[]) : Object.values(item);
    left -= inside.length * depth;
    if (left < 0) return true;
    for (const one of inside) if (typeof one === 'object') open.push([one, depth + 1]);
  }
  return false;
}

/** As deep as any JSON that rules look into, and a little more. */
const environment = new JSONPathEnvironment({ maxRecursionDepth: 256 });
const { selectors, expressions } = jsonpath;

function problemOf(query: JSONPathQuery, seen: { descents: number }): string | undefined {
  for (const segment of query.segments) {
    if (segment.selectors.length > 1) return 'several selectors in one pair of brackets';
    // Only the name tells the two apart: the classes of segments are not exported.
    if (segment.toString().startsWith('..') && ++seen.descents > 1) return 'more than one ".."';
    for (const selector of segment.selectors) {
      const problem = selector instanceof selectors.FilterSelector ? expressionProblem(selector.expression, seen) : undefined;
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function expressionProblem(expression: unknown, seen: { descents: number }): string | undefined {
  if (expression instanceof expressions.RootQuery) return '"$" inside of a filter';
  if (expression instanceof expressions.RelativeQuery) return problemOf(expression.path, seen);
  if (expression instanceof expressions.LogicalExpression) return expressionProblem(expression.expression, seen);
  if (expression instanceof expressions.PrefixExpression) return expressionProblem(expression.right, seen);
  if (expression instanceof expressions.InfixExpression && [expression.left, expression.right].every((side) => side instanceof expressions.RelativeQuery && !expression.logical)) return 'a comparison of two parts of what it looks at';
  if (expression instanceof expressions.InfixExpression) return expressionProblem(expression.left, seen) ?? expressionProblem(expression.right, seen);
  if (!(expression instanceof expressions.FunctionExtension)) return undefined;
  if (expression.name === 'match' || expression.name === 'search') return `a regular expression, ${expression.name}()`;
  return expression.args.map((arg) => expressionProblem(arg, seen)).find((problem) => problem !== undefined);
}
