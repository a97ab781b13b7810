import { type MessageField, messageField, type MessageShape, NebError } from '@neb/core-types';
import { z } from 'zod';

/** The short list of fields as JSON Schema. Fields it does not name may be there too. Throws `invalid`, naming the field. */
export function fromFields(list: readonly unknown[]): Readonly<Record<string, unknown>> {
  const read = z.array(messageField).safeParse(list);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new NebError('invalid', `${pathOf(issue!.path)}: ${issue!.message}`, { hint: `A field has name and type (string, number, integer, boolean, object, array, any), and may have required, enum, items, fields, default and description.` });
  }
  return objectOf(read.data, 'schema');
}

function objectOf(fields: readonly MessageField[], where: string): Readonly<Record<string, unknown>> {
  const twice = fields.find(({ name }, at) => fields.findIndex((other) => other.name === name) < at);
  if (twice) throw new NebError('invalid', `${where}: the field ${JSON.stringify(twice.name)} is there twice`, { hint: 'Keep one of them.' });
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map((each) => [each.name, valueOf(each, `${where}.${each.name}`)])),
    required: fields.filter(({ required }) => required === true).map(({ name }) => name),
  };
}

function valueOf(of: MessageShape, where: string): Readonly<Record<string, unknown>> {
  if (of.items !== undefined && of.type !== 'array') throw new NebError('invalid', `${where}: items are of arrays only, and its type is ${of.type}`, { hint: 'Make its type array, or leave items out.' });
  if (of.fields !== undefined && of.type !== 'object') throw new NebError('invalid', `${where}: fields are of objects only, and its type is ${of.type}`, { hint: 'Make its type object, or leave fields out.' });
  const items = typeof of.items === 'string' ? { type: of.items } : of.items;
  return {
    ...(of.fields ? objectOf(of.fields, where) : of.type === 'any' ? {} : { type: of.type }),
    ...(items && { items: valueOf(items, `${where}[]`) }),
    ...(of.enum && { enum: of.enum }),
    ...(of.default !== undefined && { default: of.default }),
    ...(of.description !== undefined && { description: of.description }),
  };
}

function pathOf(path: readonly PropertyKey[]): string {
  return `schema${path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')}`;
}
