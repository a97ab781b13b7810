import { expect, test } from 'vitest';
import { z } from 'zod';
import { kinds } from './kinds.ts';
import { schemaAt } from './schema-at.ts';

const at = (kind: keyof typeof kinds, path: string) => schemaAt(kinds[kind].manifest, path === '' ? [] : path.split('.'));

test.each([
  ['Container', '', z.ZodObject],
  ['Container', 'image', z.ZodString],
  ['Container', 'command', z.ZodUnion],
  ['Container', 'restart', z.ZodEnum],
  ['Container', 'env', z.ZodArray],
  ['Container', 'env.key', z.ZodString],
  ['Container', 'env.0.name', z.ZodString],
  ['Container', 'volumes.0.mount', z.ZodString],
  ['Container', 'ports.host_port', z.ZodNumber],
  ['Container', 'authz.rules.field_match.json_path', z.ZodString],
  ['Container', 'metadata.labels', z.ZodRecord],
  ['Container', 'metadata.labels.any.of', undefined],
  ['Processor', 'min_workers', z.ZodNumber],
  ['Processor', 'container.health_check.retries', z.ZodNumber],
  ['Processor', 'schema.0.type', z.ZodEnum],
  ['Processor', 'schema.0.fields.0.items.enum', z.ZodArray],
  ['Namespace', 'metadata.owner', z.ZodString],
  ['Container', 'imag', undefined],
  ['Container', 'image.tag', undefined],
  ['Container', 'constructor', undefined],
] as const)('%s has at "%s" what it should', (kind, path, type) => {
  const found = at(kind, path);
  if (type === undefined) expect(found).toBeUndefined();
  else expect(found).toBeInstanceOf(type);
});
