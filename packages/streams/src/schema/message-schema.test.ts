import { isNebError } from '@neb/core-types';
import { expect, test } from 'vitest';
import { checkedContent, checkedContents, commonSchemas, messageSchema, type SchemaOptions } from './message-schema.ts';
import { inOneLine } from './problems.ts';

const list = [
  { name: 'text', type: 'string', required: true },
  { name: 'to', type: 'string', enum: ['de', 'en'], default: 'de' },
  { name: 'options', type: 'object', fields: [{ name: 'sizes', type: 'array', items: 'integer' }] },
];
const said = (options: SchemaOptions, content: unknown): readonly (readonly [string, string])[] => {
  const checked = messageSchema(options).check(content);
  return checked.ok ? [] : checked.problems.map((problem) => [inOneLine([{ ...problem, message: '' }]).trim(), problem.message]);
};

test.for([
  ['a field that is missing', { schema: list }, {}, [['$.text', 'is missing']]],
  ['a wrong type', { schema: list }, { text: 5 }, [['$.text', 'must be a string, not a number']]],
  ['a value out of a list, with the likeliest', { schema: list }, { text: '', to: 'dee' }, [['$.to', 'must be one of "de", "en", not "dee" Did you mean "de"?']]],
  ['an item deep inside', { schema: list }, { text: '', options: { sizes: [1, '2'] } }, [['$.options.sizes[1]', 'must be an integer, not a string']]],
  ['no object at all', { schema: list }, null, [['$', 'must be an object, not null']]],
  ['all that is wrong', { schema: list }, { text: 1, to: 'fr' }, [['$.text', 'must be a string, not a number'], ['$.to', 'must be one of "de", "en", not "fr"']]],
  ['fields that it does not name', { schema: list }, { text: '', more: 1 }, []],
  ['a field that is not known, with the likeliest', { schema: { additionalProperties: false, properties: { mail: {} } } }, { mial: 1 }, [['$.mial', 'is not known Did you mean "mail"?']]],
  ['a format', { schema: { properties: { at: { type: 'string', format: 'date-time' } } } }, { at: 'noon' }, [['$.at', 'must match format "date-time"']]],
  ['a name that is no word, and one that is a number', { schema: { properties: { 'a b': { type: 'string' }, 7: { type: 'string' } } } }, { 'a b': 1, 7: 1 }, [['$["7"]', 'must be a string, not a number'], ['$["a b"]', 'must be a string, not a number']]],
  ['what JSON Schema can say and little else', { schema: { if: { properties: { a: { const: 1 } } }, then: { required: ['b'] } } }, { a: 1 }, [['$.b', 'is missing']]],
  ['a schema of draft 7', { schema: { $schema: 'http://json-schema.org/draft-07/schema#', definitions: { n: { type: 'number' } }, items: [{ $ref: '#/definitions/n' }] } }, ['x'], [['$[0]', 'must be a number, not a string']]],
  ['a chat as OpenAI has it', { commonSchema: 'OPENAI_CHAT' }, { model: 'm', messages: [{ role: 'usr', content: 'hi' }] }, [['$.messages[0].role', 'must be one of "system", "developer", "user", "assistant", "tool", "function", not "usr" Did you mean "user"?']]],
  ['both schemas at one time', { commonSchema: 'OPENAI_CHAT', schema: list }, { model: 'm', messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }] }, [['$.text', 'is missing']]],
  ['anything, where there is no schema', {}, 5, []],
] as const)('%s', ([, options, content, problems]) => {
  expect(said(options, content).toSorted()).toEqual(problems.toSorted());
});

test('defaults are filled in, and what was handed over stays as it was', () => {
  const content = { text: 'x' };
  expect(messageSchema({ schema: list }).check(content)).toEqual({ ok: true, content: { text: 'x', to: 'de' } });
  expect(content).toEqual({ text: 'x' });
});

test('one error says all that is wrong, and what to do first', () => {
  try {
    checkedContent(messageSchema({ schema: list }), { to: 'fr' });
    expect.unreachable();
  } catch (error) {
    expect(isNebError(error, 'invalid') && [error.message, error.hint]).toEqual(['the message does not fit the schema: $.text is missing; $.to must be one of "de", "en", not "fr"', 'Add $.text.']);
  }
});

test('of several messages all are checked, and every problem tells whose it is', () => {
  const schema = messageSchema({ schema: list });
  expect(checkedContents(schema, [{ text: 'a' }, { text: 'b', to: 'en' }])).toEqual([{ text: 'a', to: 'de' }, { text: 'b', to: 'en' }]);
  expect(() => checkedContents(schema, [{ text: 'a' }, { to: 'fr' }, { text: 'x', options: { sizes: ['1'] } }])).toThrow(expect.objectContaining({
    message: 'message 2 of 3 does not fit the schema: $.text is missing; $.to must be one of "de", "en", not "fr"', hint: 'Add $.text.',
    details: { problems: [expect.objectContaining({ path: [1, 'text'] }), expect.objectContaining({ path: [1, 'to'] }), expect.objectContaining({ path: [2, 'options', 'sizes', 0], message: 'must be an integer, not a string' })] },
  }));
  expect(() => checkedContents(schema, [{}])).toThrow(expect.objectContaining({ message: 'the message does not fit the schema: $.text is missing', details: { problems: [expect.objectContaining({ path: [0, 'text'] })] } }));
});

test.for([
  ['a type that is none', { schema: [{ name: 'a', type: 'strng' }] }, 'schema[0].type: must be one of string, number, integer, boolean, object, array, any, not "strng" Did you mean "string"?'],
  ['a word that a field does not have', { schema: [{ name: 'a', type: 'string', requried: true }] }, 'schema[0]: Unrecognized key: "requried"'],
  ['a field that is there twice', { schema: [{ name: 'a', type: 'string' }, { name: 'a', type: 'any' }] }, 'schema: the field "a" is there twice'],
  ['items of what is no array', { schema: [{ name: 'a', type: 'string', items: 'string' }] }, 'schema.a: items are of arrays only, and its type is string'],
  ['a keyword that nobody knows', { schema: { requried: ['a'] } }, 'schema is no JSON Schema: unknown keyword: "requried"'],
  ['another file', { schema: { $ref: 'http://x/y' } }, "schema is no JSON Schema: can't resolve reference http://x/y from id #"],
  ['what is neither', { schema: 'string' }, 'schema must be a list of fields or a JSON Schema, not "string"'],
  ['a well-known schema that is none', { commonSchema: 'OPENAI' }, 'common_schema: there is no "OPENAI"'],
] as const)('%s is no schema', ([, options, message]) => {
  expect(() => messageSchema(options)).toThrow(expect.objectContaining({ code: 'invalid', message, hint: expect.any(String) }));
});

test('a pattern that takes for ever is stopped', () => {
  const schema = messageSchema({ schema: { type: 'string', pattern: '^(a+)+$' } });
  expect(schema.check('aaa').ok).toBe(true);
  expect(() => schema.check(`${'a'.repeat(60)}b`)).toThrow('took longer than 200 ms');
});

test('every name of a well-known schema is one', () => {
  expect(commonSchemas.map((commonSchema) => typeof messageSchema({ commonSchema }).check)).toEqual(['function']);
});
