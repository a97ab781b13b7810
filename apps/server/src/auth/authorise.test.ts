import { type Caller, type Role, roles } from '@neb/core-types';
import { describe, expect, test } from 'vitest';
import { authorise, type Target, type Verb } from './authorise.ts';

const admin: Caller = { id: 'root', handle: 'root', roles: { root: 'owner' }, admin: true };
const ada: Caller = { id: 'ada@example.com', handle: 'ada', roles: { 'ada@example.com': 'owner', acme: 'developer' }, admin: false };
const verbs: readonly Verb[] = ['get', 'list', 'watch', 'create', 'update', 'delete', 'logs', 'usage', 'explain', 'exec', 'dial', 'read_files', 'write_files', 'reveal'];
const kinds = ['Container', 'Namespace', 'Secret', 'Processor', 'Service', 'Event', 'Organisation', 'Member', 'ServiceAccount', 'Key', 'Audit'] as const;
const as = (role: Role): Caller => ({ id: 'bo@example.com', handle: 'bo', roles: { acme: role }, admin: false });

describe.each(kinds)('%s', (kind) => {
  test.each([
    { who: 'the administrator', caller: admin, owner: 'eve@example.com', expected: 'allow' },
    { who: 'its owner', caller: ada, owner: 'ada@example.com', expected: 'allow' },
    { who: 'another tenant', caller: ada, owner: 'eve@example.com', expected: 'hidden' },
    { who: 'another tenant, where the owner looks alike', caller: ada, owner: 'Acme', expected: 'hidden' },
    { who: 'a tenant, where the owner is called as what every object has', caller: ada, owner: 'constructor', expected: 'hidden' },
    { who: 'a tenant, where nobody owns it', caller: ada, owner: undefined, expected: 'hidden' },
  ])('for $who', ({ caller, owner, expected }) => {
    for (const verb of verbs) expect(authorise(caller, verb, { kind, owner }).do, verb).toBe(expected);
  });
});

/** Which roles may; the others are refused. */
const table: readonly (readonly [Verb, Target['kind'], readonly Role[]])[] = [
  ['get', 'Container', ['owner', 'admin', 'developer', 'viewer', 'billing']],
  ['usage', 'Container', ['owner', 'admin', 'developer', 'viewer', 'billing']],
  ['logs', 'Container', ['owner', 'admin', 'developer', 'viewer']],
  ['explain', 'Container', ['owner', 'admin', 'developer', 'viewer']],
  ['create', 'Container', ['owner', 'admin', 'developer']],
  ['update', 'Container', ['owner', 'admin', 'developer']],
  ['delete', 'Container', ['owner', 'admin', 'developer']],
  ['exec', 'Container', ['owner', 'admin', 'developer']],
  ['dial', 'Container', ['owner', 'admin', 'developer']],
  ['read_files', 'Container', ['owner', 'admin', 'developer']],
  ['write_files', 'Container', ['owner', 'admin', 'developer']],
  ['list', 'Secret', ['owner', 'admin', 'developer', 'viewer']],
  ['create', 'Secret', ['owner', 'admin', 'developer']],
  ['reveal', 'Secret', ['owner', 'admin']],
  ['list', 'Event', ['owner', 'admin', 'developer', 'viewer']],
  ['list', 'Namespace', ['owner', 'admin', 'developer', 'viewer', 'billing']],
  ['create', 'Namespace', ['owner', 'admin', 'developer']],
  ['delete', 'Namespace', ['owner', 'admin']],
  ['get', 'Organisation', ['owner', 'admin', 'developer', 'viewer', 'billing']],
  ['update', 'Organisation', ['owner', 'admin']],
  ['delete', 'Organisation', ['owner']],
  ['list', 'Member', ['owner', 'admin', 'developer', 'viewer']],
  ['create', 'Member', ['owner', 'admin']],
  ['list', 'ServiceAccount', ['owner', 'admin']],
  ['create', 'ServiceAccount', ['owner', 'admin']],
  ['list', 'Key', ['owner', 'admin']],
  ['create', 'Key', ['owner', 'admin']],
  ['delete', 'Key', ['owner', 'admin']],
  ['list', 'Audit', ['owner', 'admin']],
];

test.each(table)('%s of %s takes one of its roles', (verb, kind, allowed) => {
  for (const role of roles) expect(authorise(as(role), verb, { kind, owner: 'acme' }).do, role).toBe(allowed.includes(role) ? 'allow' : 'refused');
});

interface Case {
  readonly what: string;
  readonly caller: Caller;
  readonly verb: Verb;
  readonly target: Target;
  readonly expected: string;
}

const own = { kind: 'Container', owner: 'ada@example.com', namespace: 'web' } as const;
const scoped = (scope: Caller['scope'], caller = ada): Caller => ({ ...caller, scope });

test.each<Case>([
  { what: 'a tenant may see the platforms', caller: ada, verb: 'list', target: { kind: 'Platform' }, expected: 'allow' },
  { what: 'and the offers', caller: ada, verb: 'list', target: { kind: 'Offer' }, expected: 'allow' },
  { what: 'and may not change them', caller: ada, verb: 'update', target: { kind: 'Platform' }, expected: 'refused' },
  { what: 'a tenant may not mount paths of the host, even for itself', caller: ada, verb: 'mount_host_path', target: own, expected: 'refused' },
  { what: 'the administrator may', caller: admin, verb: 'mount_host_path', target: own, expected: 'allow' },
  { what: 'a key for its namespace may', caller: scoped({ namespaces: ['web'] }), verb: 'exec', target: own, expected: 'allow' },
  { what: 'a key for another does not see it', caller: scoped({ namespaces: ['db'] }), verb: 'get', target: own, expected: 'hidden' },
  { what: 'not the administrator\'s either', caller: scoped({ namespaces: ['db'] }, admin), verb: 'get', target: own, expected: 'hidden' },
  { what: 'a key for no namespace sees nothing', caller: scoped({ namespaces: [] }), verb: 'get', target: own, expected: 'hidden' },
  { what: 'a key for namespaces may not make keys', caller: scoped({ namespaces: ['web'] }), verb: 'create', target: { kind: 'Key', owner: 'ada@example.com' }, expected: 'refused' },
  { what: 'it may see the offers', caller: scoped({ namespaces: ['web'] }), verb: 'list', target: { kind: 'Offer' }, expected: 'allow' },
  { what: 'a key that reads may read', caller: scoped({ verbs: ['read'] }), verb: 'logs', target: own, expected: 'allow' },
  { what: 'and no more', caller: scoped({ verbs: ['read'] }), verb: 'delete', target: own, expected: 'refused' },
  { what: 'nor reveal', caller: scoped({ verbs: ['read', 'write', 'run'] }), verb: 'reveal', target: { ...own, kind: 'Secret' }, expected: 'refused' },
  { what: 'a key of one verb', caller: scoped({ verbs: ['exec'] }), verb: 'exec', target: own, expected: 'allow' },
  { what: 'a key of no verb', caller: scoped({ verbs: [] }), verb: 'get', target: own, expected: 'refused' },
  { what: 'a word that is no verb gives nothing', caller: scoped({ verbs: ['constructor', '*'] }), verb: 'get', target: own, expected: 'refused' },
  { what: 'a scope gives nothing that its holder has not', caller: scoped({ namespaces: ['web'], verbs: ['read'] }), verb: 'get', target: { ...own, owner: 'eve@example.com' }, expected: 'hidden' },
])('$what', ({ caller, verb, target, expected }) => {
  expect(authorise(caller, verb, target).do).toBe(expected);
});
