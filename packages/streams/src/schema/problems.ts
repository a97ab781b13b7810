import { didYouMean, type Problem } from '@neb/core-types';
import type { ErrorObject } from 'ajv';

/** One thing that is wrong with a message. */
export interface MessageProblem extends Problem {
  /** How to mend it. */
  readonly hint: string;
}

const most = 20;
/** Keywords that only sum up what others say. */
const summaries = new Set(['if', 'anyOf', 'oneOf', 'allOf']);

/** What the validator found, in words; 20 at most. */
export function problemsOf(errors: readonly ErrorObject[], content: unknown): readonly MessageProblem[] {
  const telling = errors.filter(({ keyword }) => !summaries.has(keyword));
  return (telling.length > 0 ? telling : errors).slice(0, most).map((error) => problemOf(error, content));
}

/** All of them in one line, each with its JSON path: `$.messages[0].role must be a string`. What stands between the two is `between`, a space by default. */
export function inOneLine(problems: readonly Problem[], between = ' '): string {
  return problems.map(({ path, message }) => `${jsonPath(path)}${between}${message}`).join('; ');
}

type Path = Problem['path'];

function problemOf({ keyword, instancePath, params, data, message = 'is wrong', parentSchema }: ErrorObject, content: unknown): MessageProblem {
  const path = pathOf(instancePath, content);
  const at = jsonPath(path);
  const facts = params as Readonly<Record<string, unknown>>;
  switch (keyword) {
    case 'required': {
      const where = [...path, String(facts['missingProperty'])];
      return { path: where, message: 'is missing', hint: `Add ${jsonPath(where)}.` };
    }
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const name = String(facts['additionalProperty'] ?? facts['unevaluatedProperty']);
      const known = Object.keys((parentSchema as { readonly properties?: object } | undefined)?.properties ?? {});
      return { path: [...path, name], message: `is not known${didYouMean(name, known)}`, hint: known.length > 0 ? `Use ${known.join(', ')}, or leave it out.` : 'Leave it out.' };
    }
    case 'type': {
      const wanted = [facts['type']].flat().map(String).join(' or ');
      return { path, message: `must be ${article(wanted)}, not ${kindOf(data)}`, hint: `Send ${at} as ${article(wanted)}.` };
    }
    case 'enum': {
      const allowed = facts['allowedValues'] as readonly unknown[];
      return { path, message: `must be one of ${allowed.map((value) => JSON.stringify(value)).join(', ')}, not ${shown(data)}${didYouMean(String(data), allowed.map(String))}`, hint: `Set ${at} to one of them.` };
    }
    case 'const':
      return { path, message: `must be ${shown(facts['allowedValue'])}, not ${shown(data)}`, hint: `Set ${at} to ${shown(facts['allowedValue'])}.` };
    default:
      return { path, message: message.replace('NOT', 'not'), hint: `Correct ${at}: it is ${shown(data)}.` };
  }
}

/** `/messages/0/role` as `['messages', 0, 'role']`; a number is an index only where it lies in a list. */
function pathOf(pointer: string, content: unknown): Path {
  const path: (string | number)[] = [];
  let at = content;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(at) ? Number(name) : name);
    at = (at as Readonly<Record<string, unknown>> | undefined)?.[name];
  }
  return path;
}

function jsonPath(path: Path): string {
  return `$${path.map((part) => (typeof part === 'number' ? `[${part}]` : /^[A-Za-z_]\w*$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`)).join('')}`;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return article(Array.isArray(value) ? 'array' : typeof value);
}

function article(word: string): string {
  return word === 'null' ? word : `${/^[aeio]/.test(word) ? 'an' : 'a'} ${word}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
