import { expect, test } from 'vitest';
import { type Field, fieldsOf } from './fields.ts';
import { kindNames, kinds } from './kinds.ts';
import { schemaAt } from './schema-at.ts';

const everyField = (fields: readonly Field[], above = ''): readonly (readonly [string, Field])[] =>
  fields.flatMap((field) => [[`${above}${field.name}`, field] as const, ...everyField(field.fields, `${above}${field.name}.`)]);

const all = kindNames.flatMap((kind) => everyField(fieldsOf(kinds[kind].manifest)).map(([path, field]) => [`${kind} ${path}`, field] as const));

test.each(all.filter(([path]) => !path.endsWith('kind')))('%s says what it is for', (_path, field) => {
  expect(field.description).toMatch(/^\S.*\.$/s);
});

test.each(all)('%s is where schemaAt finds it', (path) => {
  const [kind, field = ''] = path.split(' ');
  expect(schemaAt(kinds[kind as keyof typeof kinds].manifest, field.split('.'))).toBeDefined();
});

test('a field is told with its type, default, other names and inner fields', () => {
  const told = (kind: keyof typeof kinds, name: string) => fieldsOf(kinds[kind].manifest).find((field) => field.name === name);
  expect(told('Container', 'restart')).toMatchObject({ type: 'Always, OnFailure or Never', required: false, fallback: 'Never', fields: [] });
  expect(told('Container', 'accelerators')).toMatchObject({ type: 'list of accelerators', required: false });
  expect(told('Container', 'command')).toMatchObject({ type: 'text or list of text' });
  expect(told('Container', 'timeout')).toMatchObject({ type: 'duration' });
  expect(told('Container', 'ports')).toMatchObject({ type: 'list of ports', fields: [{ name: 'port', required: true }, { name: 'protocol' }, { name: 'public' }, { name: 'host_port' }] });
  expect(told('Processor', 'min_replicas')).toMatchObject({ type: 'number', aliases: ['min_workers', 'min_containers'] });
  expect(told('Processor', 'container')).toMatchObject({ type: 'map', required: true });
  expect(told('Secret', 'value')).toMatchObject({ type: 'text', required: true });
});

test('what is not an object has no fields', () => {
  expect(fieldsOf(schemaAt(kinds.Container.manifest, ['image'])!)).toEqual([]);
});
