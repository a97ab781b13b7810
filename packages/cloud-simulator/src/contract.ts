import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Exchange } from './runpod/reply.ts';

/** An OpenAPI 3.1 description, as far as it is looked at. */
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Where an exchange breaks a vendor's OpenAPI 3.1 description, one sentence each; none where it keeps to it. */
export function contract(description: object): (exchange: Exchange) => readonly string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ ...description, $id: 'vendor' });
  const compiled = new Map<string, ValidateFunction>();

  function problems(pointer: string, value: unknown): readonly string[] {
    const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `vendor#${pointer}` });
    compiled.set(pointer, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${pointer} ${instancePath}: ${message}`);
  }

  return ({ path, method, status, requestBody, responseBody, nonsense }) => {
    const at = ['paths', path, method.toLowerCase()];
    const operation = find(description, at) as { readonly requestBody?: object; readonly responses: Readonly<Record<string, object>> } | undefined;
    if (!operation) return [`${method} ${path} is not in the description`];
    const answer = status in operation.responses ? String(status) : 'default';
    const shape = find(description, [...at, 'responses', answer]) as { readonly $ref?: string } | undefined;
    const response = shape?.$ref === undefined ? [...at, 'responses', answer] : shape.$ref.slice(2).split('/');
    const type = status < 400 ? 'application/json' : 'application/problem+json';
    const hasBody = find(description, [...response, 'content', type]) !== undefined;
    // A request that was refused may have deserved it.
    const sent = requestBody !== undefined && status < 400 ? problems(pointerTo([...at, 'requestBody', 'content', 'application/json', 'schema']), requestBody) : [];
    if (nonsense) return sent;
    if (!hasBody) return responseBody === undefined ? sent : [...sent, `${method} ${path} ${status} has a body, and the description none`];
    return [...sent, ...problems(pointerTo([...response, 'content', type, 'schema']), responseBody)];
  };
}

function find(from: object, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], from as Description);
}

const pointerTo = (path: readonly string[]): string => path.map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');
