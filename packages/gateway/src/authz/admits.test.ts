import { readFile } from 'node:fs/promises';
import { type Authz, type Caller, parseManifest } from '@neb/core-types';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { admits, type Door, needsBody, type Verdict } from './admits.ts';
import { requestBody } from './request-body.ts';
import { authzProblems } from './rules.ts';
import { type Visitor, visitorOf } from './visitor.ts';

const json = { 'content-type': 'application/json' };
const body = (value: unknown, headers: object = json) => requestBody(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), headers);
const caller = (more: Partial<Caller> = {}): Caller => ({ id: 'ann@acme.com', handle: 'ann', roles: { 'ann@acme.com': 'owner', acme: 'developer', globex: 'admin' }, admin: false, ...more });
const ann = visitorOf(caller());
const loner = visitorOf(caller({ id: 'lou@x.org', handle: 'lou', roles: { 'lou@x.org': 'owner' } }));
const door = (authz: Authz | undefined, owner = 'acme'): Door => ({ namespace: 'ml', owner, authz });
const rules = (...list: NonNullable<Authz['rules']>): Authz => ({ rules: list });
const pathRule = (pattern: string, allow = true) => ({ name: 'path', allow, path_match: [{ pattern }] });
const fieldRule = (json_path: string, pattern: string, allow = true) => ({ name: 'field', allow, field_match: [{ json_path, pattern }] });
const path = (pattern: string, target: string, visitor: Visitor = ann): Verdict['do'] => admits(door(rules(pathRule(pattern))), { path: target }, visitor).do;
const field = (pattern: string, value: unknown, visitor: Visitor = ann): Verdict['do'] =>
  admits(door(rules(fieldRule('$.model', pattern))), { path: '/', body: body({ model: value }) }, visitor).do;

describe('a path rule', () => {
  test.each([
    ['/a/b/**', '/a/b', 'allow'], ['/a/b/**', '/a/b/', 'allow'], ['/a/b/**', '/a/b/c/d?x=/e', 'allow'], ['/a/b/**', '/a/bc', 'deny'], ['/a/b/**', '/a', 'deny'],
    ['/a/b', '/a/b', 'allow'], ['/a/b', '/a/b?c', 'allow'], ['/a/b', '/a/b/c', 'deny'], ['/a/b', '/A/b', 'deny'],
    ['/a/b', '//a///b', 'allow'], ['/a/b', '/a/./b', 'allow'], ['/a/b', '/x/../a/b', 'allow'], ['/a/b', '/../a/b', 'allow'], ['/a/b', '/%61/b', 'allow'],
    ['/a/**', '/a/../c', 'deny'], ['/a/**', '/a/%2e%2e/c', 'deny'], ['/a/**', '/a/%2E./c', 'deny'],
    // An encoded slash is a character of its segment.
    ['/a/b', '/a%2Fb', 'deny'], ['/a%2Fb', '/a%2fb', 'allow'], ['/a/**', '/a%2fb', 'deny'],
    // What a server behind us might read as another path is not allowed by a pattern.
    ['/a/**', '/a/..%2fc', 'deny'], ['/a/**', '/a/%252e%252e/c', 'deny'], ['/a/**', '/a/..;/c', 'deny'], ['/a/**', '/a/..%5cc', 'deny'], ['/a/**', '/a/b\\c', 'deny'],
    ['/a/**', '/a/%00', 'deny'], ['/a/**', '/a/%zz', 'deny'], ['/a/**', '/a/%ff', 'deny'], ['/a/**', 'http://h/a/b', 'deny'], ['/a/**', '/a/b#/c', 'deny'],
    ['/**', '/', 'allow'], ['/**', '/anything', 'allow'], ['**', '/a', 'deny'], ['/*', '/a', 'deny'], ['a', '/a', 'deny'],
    ['/h/${handle}/**', '/h/ann/x', 'allow'], ['/h/${handle}/**', '/h/bob/x', 'deny'], ['/u-${handle}-x', '/u-ann-x', 'allow'],
    ['/e/${email}', '/e/ann%40acme.com', 'allow'], ['/o/${org_name}/**', '/o/globex/m', 'allow'], ['/o/${org_name}/**', '/o/other/m', 'deny'],
    ['/r/${org_id}/${org_role}', '/r/globex/admin', 'allow'], ['/r/${org_id}/${org_role}', '/r/acme/admin', 'deny'], ['/x/${nope}', '/x/${nope}', 'deny'],
  ] as const)('%s of %s: %s', (pattern, target, expected) => expect(path(pattern, target)).toBe(expected));

  test('a rule that denies also matches what only some servers read as its path', () => {
    const denies: Authz = { default_action: 'allow', rules: [pathRule('/admin/**', false)] };
    for (const target of ['/admin', '/x/..%2fadmin', '/x/%252e%252e/admin', '/x/..;/admin', '/x\\..\\admin', '/%61dmin/']) expect(admits(door(denies), { path: target }, ann).do, target).toBe('deny');
    for (const target of ['/', '/administrators', '/x/admin']) expect(admits(door(denies), { path: target }, ann).do, target).toBe('allow');
  });
});

describe('a value that stands in for a placeholder', () => {
  const named = (handle: string): Visitor => ({ ...ann, handle });
  test.each(['**', '/**', 'a/../b', '..', '.', '', 'a/**', '%2e%2e', '${email}'])('is text and never a pattern: %j', (handle) => {
    for (const target of ['/h', '/h/', '/h/b', '/h/a', '/h/a/b', '/b', '/h/ann@acme.com']) expect(path('/h/${handle}', target, named(handle)), target).toBe('deny');
    expect(field('${handle}/**', 'b/m', named(handle))).toBe('deny');
    expect(field('${handle}/**', '/m', named(handle))).toBe('deny');
  });
});

describe('a field rule', () => {
  test.each([
    ['${handle}/**', 'ann/m', 'allow'], ['${handle}/**', 'ann', 'allow'], ['${handle}/**', 'anna/m', 'deny'], ['${handle}/**', 'ann/../bob/m', 'deny'],
    ['${org_name}/**', 'globex/m', 'allow'], ['${org_name}/**', 'x/m', 'deny'], ['m', 'm', 'allow'], ['**', 'm', 'deny'],
    ['5', 5, 'allow'], ['true', true, 'allow'], ['null', null, 'deny'], ['m', ['m'], 'deny'], ['m', undefined, 'deny'],
  ] as const)('%s of %j: %s', (pattern, value, expected) => expect(field(pattern, value)).toBe(expected));

  test.each([
    ['$.a.b[1]', { a: { b: ['x', 'm'] } }, 'allow'], ["$['a b']", { 'a b': 'm' }, 'allow'], ['$..model', { x: [{ model: 'm' }] }, 'allow'], ['$..model', JSON.parse(`${'['.repeat(190)}{"model":"m"}${']'.repeat(190)}`) as unknown, 'allow'],
    ['$.models[*]', { models: ['m', 'm'] }, 'allow'], ['$.models[*]', { models: ['m', 'other'] }, 'deny'], ['$.models[*]', { models: [] }, 'deny'],
    ['$.l[?@.k == "x"].v', { l: [{ k: 'x', v: 'm' }, { k: 'y', v: 'n' }] }, 'allow'], ['$.constructor.name', {}, 'deny'], ['$.__proto__', {}, 'deny'], ['model', { model: 'm' }, 'deny'],
  ] as const)('%s in %j: %s', (json_path, value, expected) => expect(admits(door(rules(fieldRule(json_path, 'm'))), { path: '/', body: body(value) }, ann).do).toBe(expected));

  test('does not match a body that is not JSON', () => {
    const open: Authz = { default_action: 'allow', rules: [fieldRule('$.model', 'm', false)] };
    for (const held of [body(''), body('model=m', {}), body('\u0000\u0001', { 'content-type': 'application/octet-stream' })]) {
      expect(admits(door(rules(fieldRule('$.model', 'm'))), { path: '/', body: held }, ann).do).toBe('deny');
      expect(admits(door(open), { path: '/', body: held }, ann).do).toBe('allow');
    }
  });

  test.each([
    ['a key is there twice', body('{"model":"other","model":"m"}')],
    ['a key is there twice, once escaped', body('{"model":"other","mod\\u0065l":"m"}')],
    ['a number that only Python knows', body('{"model":"m","t":NaN}')],
    ['another charset', body({ model: 'm' }, { 'content-type': 'application/json; charset=utf-16' })],
    ['an encoding', body({ model: 'm' }, { ...json, 'content-encoding': 'gzip' })],
    ['JSON that says it is something else', body({ model: 'm' }, { 'content-type': 'text/plain' })],
    ['one of several', body({ model: 'm', x: { model: 'n' } })],
    ['too much to be searched', body({ model: 'm', x: Array.from({ length: 200_000 }, () => 1) })],
    ['too deep', body(`{"model":"m","x":${'['.repeat(300)}${']'.repeat(300)}}`)],
  ])('where readers may differ it denies and does not allow: %s', (_name, held) => {
    const knock = { path: '/', body: held };
    expect(admits(door(rules(fieldRule('$..model', 'm'))), knock, ann).do).toBe('deny');
    expect(admits(door({ default_action: 'allow', rules: [fieldRule('$..model', 'm', false)] }), knock, ann).do).toBe('deny');
  });

  test('asks for the body only where it decides', () => {
    const authz = rules(pathRule('/health'), { ...fieldRule('$.model', 'm'), path_match: [{ pattern: '/v1/**' }] });
    expect(needsBody(authz)).toBe(true);
    expect(needsBody({ ...authz, enabled: false })).toBe(false);
    expect(needsBody(rules(pathRule('/a')))).toBe(false);
    expect(admits(door(authz), { path: '/health' }, ann).do).toBe('allow');
    expect(admits(door(authz), { path: '/upload' }, ann).do).toBe('deny');
    expect(admits(door(authz), { path: '/v1/chat' }, ann).do).toBe('read_body');
    expect(admits(door(authz), { path: '/v1/chat', body: body({ model: 'm' }) }, ann)).toEqual({ do: 'allow', rule: 'field', why: 'rule "field" allows it' });
    expect(admits(door(rules(fieldRule('$.m', '${org_name}'))), { path: '/' }, loner).do).toBe('deny');
  });
});

describe('a door', () => {
  test('without rules is for its owner\'s members, and hidden from all others', () => {
    for (const authz of [undefined, { enabled: false, default_action: 'allow', rules: [pathRule('/**')] }] satisfies (Authz | undefined)[]) {
      expect(admits(door(authz), { path: '/' }, ann).do).toBe('allow');
      expect(admits(door(authz), { path: '/' }, loner)).toMatchObject({ do: 'deny', hidden: true });
      expect(admits(door(authz), { path: '/' }, { ...loner, admin: true }).do).toBe('allow');
    }
    expect(admits(door(undefined, 'lou@x.org'), { path: '/' }, loner).do).toBe('allow');
  });

  test('denies where no rule matches, unless it says otherwise', () => {
    expect(admits(door({}), { path: '/' }, ann)).toEqual({ do: 'deny', hidden: false, why: 'no rule allows it' });
    expect(admits(door({ default_action: 'allow' }), { path: '/' }, loner).do).toBe('allow');
  });

  test('goes by the first rule that matches', () => {
    const first = rules(pathRule('/a/secret', false), pathRule('/a/**'));
    expect(admits(door(first), { path: '/a/secret' }, ann)).toMatchObject({ do: 'deny', rule: 'path', why: 'rule "path" denies it' });
    expect(admits(door(first), { path: '/a/open' }, ann).do).toBe('allow');
    expect(admits(door(rules(...[...first.rules!].reverse())), { path: '/a/secret' }, ann).do).toBe('allow');
  });

  test('has rules for those without an organisation too, where they name none', () => {
    expect(path('/h/${handle}', '/h/lou', loner)).toBe('allow');
    expect(path('/o/${org_name}', '/o/lou', loner)).toBe('deny');
  });

  test('takes roles for those in the owner\'s organisation, or in the one that a pattern names', () => {
    const admins = { name: 'admins', allow: true, match: { roles: ['admin'] } };
    expect(admits(door(rules(admins)), { path: '/' }, ann).do).toBe('deny');
    expect(admits(door(rules(admins), 'globex'), { path: '/' }, ann).do).toBe('allow');
    const named = rules({ ...admins, ...pathRule('/${org_name}/**') });
    expect(admits(door(named), { path: '/globex/x' }, ann).do).toBe('allow');
    expect(admits(door(named), { path: '/acme/x' }, ann).do).toBe('deny');
    expect(admits(door(rules({ ...admins, match: { roles: ['owner'] } })), { path: '/' }, loner).do).toBe('deny');
    expect(path('/${org_role}/**', '/admin/x')).toBe('deny');
    expect(path('/${org_role}/**', '/developer/x')).toBe('allow');
  });

  test('opens to its own keys, except where a rule denies', () => {
    const key: Visitor = { id: 'key:k', by: 'key', organisations: [] };
    expect(admits(door(undefined), { path: '/' }, key).do).toBe('allow');
    expect(admits(door(rules(fieldRule('$.model', '${handle}/**'))), { path: '/', body: body({}) }, key).do).toBe('allow');
    expect(admits(door(rules(pathRule('/admin/**', false))), { path: '/admin/x' }, key).do).toBe('deny');
  });

  test('does not open to a key that is for other namespaces or other verbs', () => {
    const scoped = (scope: Caller['scope']) => admits(door({ default_action: 'allow' }), { path: '/' }, visitorOf(caller({ scope })));
    expect(scoped({ namespaces: ['other'] })).toMatchObject({ do: 'deny', hidden: true });
    expect(scoped({ verbs: ['read'] })).toMatchObject({ do: 'deny', hidden: false });
    expect(scoped({ namespaces: ['ml'], verbs: ['run'] }).do).toBe('allow');
  });

  test('opens to nobody by a rule that cannot be read, and is told so', () => {
    const broken = rules(fieldRule('$.a[', 'm'), fieldRule("$['a','b']", 'm'), fieldRule('$..a..b', 'm'), fieldRule("$[?search(@.a, '(a+)+$')]", 'm'), fieldRule('$..[?@.a == @.b]', 'm'), fieldRule('$[?$.a]', 'm'), pathRule('v1/**'), pathRule('/${nam}'), { name: 'none', allow: true, path_match: [] });
    expect(admits(door(broken), { path: '/v1/x', body: body({ a: 'm', b: 'm' }) }, ann).do).toBe('deny');
    expect(authzProblems(broken)).toEqual([
      expect.stringContaining('rule "field": $.a[ is not a JSON path'), expect.stringContaining('several selectors'), expect.stringContaining('more than one ".."'), expect.stringContaining('a regular expression'), expect.stringContaining('two parts'), expect.stringContaining('"$" inside'),
      'rule "path": the pattern v1/** of a path must begin with a slash', expect.stringContaining('${nam} stands for nothing'),
    ]);
  });
});

test('the example of the original lets those pass whose models are named', async () => {
  const file = await readFile(new URL('../../../../examples/containers/vllm_authz.yaml', import.meta.url), 'utf8');
  const { authz } = parseManifest(parse(file)) as unknown as { authz: Authz };
  const asks = (model: unknown, visitor: Visitor = ann) => admits(door(authz), { path: '/v1/chat/completions', body: body({ model, stream: true }) }, visitor);
  expect(asks('globex/llama')).toEqual({ do: 'allow', rule: 'org-models', why: 'rule "org-models" allows it' });
  expect(asks('ann/tuned')).toMatchObject({ do: 'allow', rule: 'own-models' });
  expect(asks('annother/tuned').do).toBe('deny');
  expect(asks('acme/tuned', loner).do).toBe('deny');
  expect(asks('lou/tuned', loner).do).toBe('allow');
});
