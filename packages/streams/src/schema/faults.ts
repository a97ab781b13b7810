import { didYouMean } from '@neb/core-types';
import type { ErrorObject } from 'ajv';

/** One thing that is wrong with a message. */
export interface Fault {
  /** Where, as a JSON path such as `$.messages[0].role`. */
  readonly path: string;
  /** What, to be read after the path: `must be a string, not a number`. */
  readonly message: string;
  /** How to mend it. */
  readonly hint: string;
}

const most = 20;
/** Keywords that only sum up what others say. */
const summaries = new Set(['if', 'anyOf', 'oneOf', 'allOf']);

/** What the validator found, in words; 20 at most. */
export function faultsOf(errors: readonly ErrorObject[], content: unknown): readonly Fault[] {
  const telling = errors.filter(({ keyword }) => !summaries.has(keyword));
  return (telling.length > 0 ? telling : errors).slice(0, most).map((error) => faultOf(error, content));
}

/** All of them in one line. */
export function inOneLine(faults: readonly Fault[]): string {
  return faults.map(({ path, message }) => `${path} ${message}`).join('; ');
}

function faultOf({ keyword, instancePath, params, data, message = 'is wrong', parentSchema }: ErrorObject, content: unknown): Fault {
  const path = pathOf(instancePath, content);
  const facts = params as Readonly<Record<string, unknown>>;
  switch (keyword) {
    case 'required': {
      const where = step(path, String(facts['missingProperty']));
      return { path: where, message: 'is missing', hint: `Add ${where}.` };
    }
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const name = String(facts['additionalProperty'] ?? facts['unevaluatedProperty']);
      const known = Object.keys((parentSchema as { readonly properties?: object } | undefined)?.properties ?? {});
      return { path: step(path, name), message: `is not known${didYouMean(name, known)}`, hint: known.length > 0 ? `Use ${known.join(', ')}, or leave it out.` : 'Leave it out.' };
    }
    case 'type': {
      const wanted = [facts['type']].flat().map(String).join(' or ');
      return { path, message: `must be ${article(wanted)}, not ${kindOf(data)}`, hint: `Send ${path} as ${article(wanted)}.` };
    }
    case 'enum': {
      const allowed = facts['allowedValues'] as readonly unknown[];
      return { path, message: `must be one of ${allowed.map((value) => JSON.stringify(value)).join(', ')}, not ${shown(data)}${didYouMean(String(data), allowed.map(String))}`, hint: `Set ${path} to one of them.` };
    }
    case 'const':
      return { path, message: `must be ${shown(facts['allowedValue'])}, not ${shown(data)}`, hint: `Set ${path} to ${shown(facts['allowedValue'])}.` };
    default:
      return { path, message: message.replace('NOT', 'not'), hint: `Correct ${path}: it is ${shown(data)}.` };
  }
}

/** `/messages/0/role` as `$.messages[0].role`; a number is an index only where it lies in a list. */
function pathOf(pointer: string, content: unknown): string {
  let path = '$';
  let at = content;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path = Array.isArray(at) ? `${path}[${name}]` : step(path, name);
    at = (at as Readonly<Record<string, unknown>> | undefined)?.[name];
  }
  return path;
}

function step(path: string, name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
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
