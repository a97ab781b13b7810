import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

/** One call, as it went over the wire. */
export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly contentType: string;
  readonly sent: unknown;
  readonly status: number;
  readonly answered: unknown;
}

interface Operation {
  readonly parameters?: readonly { readonly $ref?: string; readonly name?: string; readonly in?: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

const description = JSON.parse(readFileSync(new URL('../openapi/openmeter-v1.json', import.meta.url), 'utf8')) as { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };
const ajv = new Ajv({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addFormat('int16', true);
ajv.addSchema({ ...description, $id: 'openmeter' });
const compiled = new Map<string, ValidateFunction>();

/** Where a call or its answer breaks OpenMeter's published description, one sentence each; none where both keep to it. */
export function breaches({ method, url, contentType, sent, status, answered }: Exchange): readonly string[] {
  const path = Object.keys(description.paths).find((one) => new RegExp(`^${one.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(url.pathname));
  const operation = path === undefined ? undefined : description.paths[path]![method.toLowerCase()];
  if (path === undefined || !operation) return [`${method} ${url.pathname} is not in the description`];
  const at = ['paths', path, method.toLowerCase()];
  const known = (operation.parameters ?? []).map((parameter) => parameter.name ?? nameAt(parameter.$ref!));
  const strange = [...url.searchParams.keys()].map((key) => key.replace(/\[.*/, '')).filter((key) => !known.includes(key)).map((key) => `${key} is no parameter of ${path}`);
  const body = operation.requestBody === undefined ? [] : !(contentType in operation.requestBody.content) ? [`${contentType} is nothing that ${path} takes`] : problems([...at, 'requestBody', 'content', contentType, 'schema'], sent);
  const response = String(status) in operation.responses ? String(status) : 'default';
  const type = Object.keys(operation.responses[response]?.content ?? {})[0];
  const answer = type === undefined ? (answered === undefined ? [] : [`${path} ${status} has a body, and the description none`]) : problems([...at, 'responses', response, 'content', type, 'schema'], answered);
  return [...strange, ...body, ...answer];
}

/** What is wrong with a body that a call would send. */
export function bodyProblems(path: string, contentType: string, sent: unknown): readonly string[] {
  return problems(['paths', path, 'post', 'requestBody', 'content', contentType, 'schema'], sent);
}

function problems(path: readonly string[], value: unknown): readonly string[] {
  const pointer = path.map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');
  const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `openmeter#${pointer}` });
  compiled.set(pointer, validate);
  return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${pointer} ${instancePath}: ${message}`);
}

function nameAt(reference: string): string {
  return (reference.slice(2).split('/').reduce<unknown>((from, part) => (from as Record<string, unknown>)[part], description) as { readonly name: string }).name;
}
