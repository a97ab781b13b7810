import { kinds, kindNames, type KindFacts } from '@neb/core-types';
import { expect, test } from 'vitest';
import { findKind, kindTable } from './kinds/table.ts';
import { containerName, objectTargets, oneTarget, processorTarget, targets, oneScaled, oneService, serviceTarget } from './targets.ts';

test.each<[string, unknown]>([
  ['containers', [{ kind: 'Container', names: [] }]],
  ['co', [{ kind: 'Container', names: [] }]],
  ['CONTAINER trl-job', [{ kind: 'Container', names: ['trl-job'] }]],
  ['containers a b', [{ kind: 'Container', names: ['a', 'b'] }]],
  ['container/a secret/b container/c', [{ kind: 'Container', names: ['a', 'c'] }, { kind: 'Secret', names: ['b'] }]],
  ['containers,secrets', [{ kind: 'Container', names: [] }, { kind: 'Secret', names: [] }]],
  ['acc', [{ kind: 'Accelerator', names: [] }]],
])('%j names what a person means by it', (words, found) => {
  expect(targets(words.split(' '))).toEqual(found);
});

test.each([
  ['contaners', /not a kind.*Did you mean "containers"/],
  ['container/', /not KIND\/NAME/],
  ['container/a/b', /not KIND\/NAME/],
  ['containers secret/a', /names a kind again/],
  ['', /not a kind/],
])('%j is refused with a suggestion', (words, message) => {
  expect(() => targets(words.split(' '))).toThrow(message);
});

test.each(['vol', 'volume'])('%s answers that it is not served yet', (word) => {
  expect(() => targets([word])).toThrow(expect.objectContaining({ code: 'unsupported' }));
});

test('what can only be looked at cannot be deleted', () => {
  expect(() => objectTargets(['platforms', 'docker'])).toThrow(/only be looked at/);
});

test('a bare name is a container', () => {
  expect([oneTarget(['hello']), oneTarget(['secret/x']), oneTarget(['ns', 'train'])]).toEqual([
    { kind: 'Container', name: 'hello' }, { kind: 'Secret', name: 'x' }, { kind: 'Namespace', name: 'train' },
  ]);
  expect(containerName('co/hello')).toBe('hello');
  expect(() => containerName('secret/x')).toThrow(/not a container/);
  expect(() => oneTarget(['containers', 'a', 'b'])).toThrow(/not one object/);
});

test.each<[string, string, readonly string[]]>([
  ['processor translator', 'translator', []],
  ['proc translator a b', 'translator', ['a', 'b']],
  ['processors/translator a', 'translator', ['a']],
  ['translator a', 'translator', ['a']],
  ['messages translator', 'translator', []],
])('%j names the processor %s, and leaves %j', (words, name, rest) => {
  expect(processorTarget(words.split(' '))).toEqual({ name, rest });
});

test.each([['', /which processor/], ['processor', /which processor/], ['container/a', /not a processor/], ['processor/', /not KIND\/NAME/]])('%j names no processor', (words, message) => {
  expect(() => processorTarget(words.split(' '))).toThrow(message);
});

test.each<[string, string, readonly string[]]>([
  ['service web', 'web', []],
  ['svc web /a', 'web', ['/a']],
  ['service/web /a', 'web', ['/a']],
  ['web /a', 'web', ['/a']],
])('%j names the service %s, and leaves %j', (words, name, rest) => {
  expect(serviceTarget(words.split(' '))).toEqual({ name, rest });
});

test.each([['', /which service/], ['svc', /which service/], ['container/a', /not a service/], ['service/a b', /one word too many/]])('%j names no one service', (words, message) => {
  expect(() => oneService(words.split(' '), '')).toThrow(message);
});

test.each([
  ['service web', 'Service', 'web'], ['svc/web', 'Service', 'web'], ['processor a', 'Processor', 'a'], ['proc/a', 'Processor', 'a'], ['a', 'Processor', 'a'],
])('%j is scaled as the %s %s', (words, kind, name) => {
  expect(oneScaled(words.split(' '), '')).toEqual({ kind, name });
});

test('a container is not scaled', () => {
  expect(() => oneScaled(['container/a'], '')).toThrow(/neither a processor nor a service/);
});

test('the table of kinds agrees with the kinds of core-types', () => {
  for (const kind of kindNames) {
    const { singular, plural, short, served }: KindFacts = kinds[kind];
    const entry = findKind(plural);
    expect(entry).toMatchObject({ kind, singular, plural, short: [...short] });
    expect(entry?.is).toBe(served ? 'object' : 'later');
  }
  expect(kindTable.filter((entry) => entry.is === 'object').map((entry) => entry.kind)).toEqual(kindNames.filter((kind) => kinds[kind].served));
});
