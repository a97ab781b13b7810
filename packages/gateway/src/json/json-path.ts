import { compile, type JSONPathQuery, type JSONValue, jsonpath } from 'json-p3';
import { messageOf, NebError } from '@neb/core-types';

/** What a path found, and where. */
export interface JsonNode {
  readonly value: unknown;
  readonly location: readonly (string | number)[];
}

/** A JSON path (RFC 9535), ready to be asked. */
export interface JsonPath {
  readonly text: string;
  /** All that it finds; `undefined` where the value is nested too deeply for it to tell. */
  find(value: unknown): readonly JsonNode[] | undefined;
}

/**
 * Throws `invalid` for what is no path, and for paths whose time is not bounded by the size of what they look at: it is
 * a tenant who writes them, and others' requests would wait. Those have two selectors in one pair of brackets, more than
 * one `..`, `$` inside of a filter, or a regular expression.
 */
export function jsonPath(text: string): JsonPath {
  const query = parsed(text);
  const problem = problemOf(query, { descents: 0 });
  if (problem !== undefined) throw new NebError('invalid', `the JSON path ${text} has ${problem}`, { hint: 'Write one rule or meter for each field that you mean.' });
  return {
    text,
    find(value) {
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
    return compile(text);
  } catch (error) {
    throw new NebError('invalid', `${text} is not a JSON path: ${messageOf(error)}`, { hint: 'Write it as RFC 9535 says, such as $.usage.total_tokens.', cause: error });
  }
}

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
  if (expression instanceof expressions.InfixExpression) return expressionProblem(expression.left, seen) ?? expressionProblem(expression.right, seen);
  if (!(expression instanceof expressions.FunctionExtension)) return undefined;
  if (expression.name === 'match' || expression.name === 'search') return `a regular expression, ${expression.name}()`;
  return expression.args.map((arg) => expressionProblem(arg, seen)).find((problem) => problem !== undefined);
}
