import { seededRandom } from '@neb/core-types/testing';

export interface Chance {
  /** At least 0, below 1. */
  number(): number;
  pick<T>(from: readonly T[]): T;
}

/** Chance that repeats for the same seed. */
export function chance(seed: number): Chance {
  const bytes = seededRandom(seed);
  const number = (): number => Buffer.from(bytes(4)).readUInt32LE() / 2 ** 32;
  return { number, pick: (from) => from[Math.floor(number() * from.length)]! };
}

/** JSON Schema, as far as ours use it. */
export type Schema = Readonly<Record<string, unknown>>;

export interface HostileOptions extends Chance {
  /** What `$ref` points to. */
  readonly schemas: Readonly<Record<string, Schema>>;
  /** Names and ids of what is there, so that something is met. */
  readonly known: readonly string[];
}

export interface Hostile {
  text(): string;
  /** A value of the shape that a schema asks for, and now and then of any other. */
  valueOf(schema: Schema): unknown;
  anything(): unknown;
}

const texts = [
  '', '-', '.', '..', '../../etc/passwd', '..%2f', '..\\..\\', '/etc/shadow', '\u0000', 'a\u0000b', '\ud800', 'x\udfff', '\r\nset-cookie: a=b', "'; drop table objects; --", "' or '1'='1", '$1', '%', '%zz', '__proto__', 'constructor',
  'toString', 'hasOwnProperty', '💥', '١٢٣', '１２７', '\u202eevil', 'e\u0301', 'x'.repeat(5_000), '${jndi:ldap://x}', '{{7*7}}', '<script>', '$(id)', '`id`', '999999999999999999999', '-1', '1e308', 'NaN', 'null', 'true', '0;o/1',
];
const plain = ['1', '10m', '1Gi', '2', 'app=web', 'app!=web,tier', 'read', 'developer', '2026-01-01T00:00:00Z', 'MTIz', 'busybox', 'registry.example.com/a:b@sha256:0', 'a@example.com'];
const others: readonly unknown[] = [0, -1, 1.5, 1e308, -0, 2 ** 53, 2 ** 31, null, true, false, [], {}, [[[[[[]]]]]], { constructor: { prototype: {} } }];
const fields = ['id', 'namespace', 'name', 'ref', 'after', 'lastEventId', 'cursor', 'limit', 'selector', 'since', 'manifests', 'mode', 'labels', 'env', 'value', 'kind', 'metadata', '__proto__', 'constructor', 'toString'];

/** How often something else stands where a schema is followed. */
const strayShare = 0.05;
const deepest = 6;

export function hostile({ number, pick, schemas, known }: HostileOptions): Hostile {
  const text = (): string => pick(pick([texts, texts, plain, known]));
  const anything = (depth = 0): unknown => {
    if (depth < 3 && number() < 0.4) return record(pick([1, 2, 3]), () => anything(depth + 1));
    return pick([text, () => pick(others)])();
  };
  // Not by assignment, which `__proto__` would swallow.
  const record = (size: number, value: () => unknown): object => Object.fromEntries(Array.from({ length: size }, () => [pick([...fields, text()]), value()]));

  function follow(schema: Schema, depth: number): unknown {
    if (number() < strayShare || depth > deepest) return anything(2);
    const { $ref, anyOf, oneOf, allOf, enum: choices, type } = schema as { readonly [key: string]: never } & Parts;
    if ($ref !== undefined) return follow(schemas[$ref.split('/').at(-1)!] ?? {}, depth);
    if ('const' in schema) return schema.const;
    if (choices) return pick(choices);
    const options = anyOf ?? oneOf;
    if (options) return follow(pick(options), depth + 1);
    if (allOf) return follow(allOf[0]!, depth + 1);
    switch (type) {
      case 'object': return object(schema, depth);
      case 'array': return Array.from({ length: pick([0, 1, 1, 2]) }, () => follow((schema as Parts).items ?? {}, depth + 1));
      case 'string': return schema.format === 'date-time' ? pick(['2026-01-01T00:00:00Z', '2999-12-31T23:59:59.999999999Z', '0000-01-01T00:00:00Z', text()]) : text();
      case 'integer': case 'number': return pick([0, 1, 2, 100, 1_000, -1, 1.5, 2 ** 31, 2 ** 53, 1e308]);
      case 'boolean': return pick([true, false]);
      default: return anything(1);
    }
  }

  function object({ properties = {}, required = [], additionalProperties }: Parts, depth: number): object {
    const chosen = Object.entries(properties).filter(([name]) => (required.includes(name) ? number() > strayShare : number() < 0.3));
    const known = Object.fromEntries(chosen.map(([name, inner]) => [name, follow(inner, depth + 1)]));
    const inner = typeof additionalProperties === 'object' ? additionalProperties : undefined;
    return { ...(inner && record(2, () => follow(inner, depth + 1))), ...known };
  }

  return { text, anything: () => anything(), valueOf: (schema) => follow(schema, 0) };
}

interface Parts {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly type?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
}
