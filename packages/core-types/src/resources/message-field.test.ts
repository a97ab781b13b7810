import { expect, expectTypeOf, test } from 'vitest';
import { parseManifest } from './manifest.ts';
import type { MessageField } from './message-field.ts';
import type { ProcessorManifest } from './processor.ts';

const processor = (schema: unknown): unknown => ({ kind: 'Processor', metadata: { name: 'p' }, container: { image: 'a' }, schema });

test('a list of fields may say all that checks of messages know, however deep', () => {
  const schema: MessageField[] = [
    { name: 'text_to_translate', type: 'string', required: true, description: 'What to translate.' },
    { name: 'to', type: 'string', enum: ['de', 'en'], default: 'de' },
    { name: 'pages', type: 'array', items: { type: 'object', fields: [{ name: 'sizes', type: 'array', items: 'integer' }, { name: 'note', type: 'any' }] } },
  ];
  const manifest = parseManifest(processor(schema)) as ProcessorManifest;
  expect(manifest.schema).toEqual(schema);
  expectTypeOf(schema).toExtend<NonNullable<ProcessorManifest['schema']>>();
  expectTypeOf<{ name: string; type: 'strng' }[]>().not.toExtend<NonNullable<ProcessorManifest['schema']>>();
});

test('a JSON Schema is taken as it is', () => {
  const schema = { type: 'object', properties: { text: { type: 'string', enum: ['a'] } }, required: ['text'] };
  expect((parseManifest(processor(schema)) as ProcessorManifest).schema).toEqual(schema);
});

test.for([
  ['a type that is none', [{ name: 'a', type: 'strng' }], /Did you mean "string"\?/],
  ['a word that a field does not have', [{ name: 'a', type: 'string', requried: true }], /Did you mean "required"\?/],
  ['a fault deep inside', [{ name: 'a', type: 'object', fields: [{ name: 'b', typ: 'string' }] }], /schema\[0\]\.fields\[0\]/],
] as const)('%s is told where it is', ([, schema, told]) => {
  expect(() => parseManifest(processor(schema))).toThrow(told);
});
