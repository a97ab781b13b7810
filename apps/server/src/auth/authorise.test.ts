import type { Caller } from '@neb/sdk/contract';
import { describe, expect, test } from 'vitest';
import { authorise, type Target, type Verb } from './authorise.ts';

const admin: Caller = { id: 'root', handle: 'root', roles: { root: 'owner' }, admin: true };
const ada: Caller = { id: 'ada@example.com', handle: 'ada', roles: { 'ada@example.com': 'owner', acme: 'developer' }, admin: false };
const verbs: readonly Verb[] = ['get', 'list', 'watch', 'create', 'update', 'delete', 'logs', 'usage', 'explain', 'exec', 'dial', 'read_files', 'write_files', 'reveal'];
const kinds = ['Container', 'Namespace', 'Secret', 'Processor', 'Service', 'Event'] as const;

describe.each(kinds)('%s', (kind) => {
  test.each([
    { who: 'the administrator', caller: admin, owner: 'eve@example.com', expected: 'allow' },
    { who: 'its owner', caller: ada, owner: 'ada@example.com', expected: 'allow' },
    { who: 'a member of its owner', caller: ada, owner: 'acme', expected: 'allow' },
    { who: 'another tenant', caller: ada, owner: 'eve@example.com', expected: 'hidden' },
    { who: 'another tenant, where the owner looks alike', caller: ada, owner: 'Acme', expected: 'hidden' },
    { who: 'a tenant, where nobody owns it', caller: ada, owner: undefined, expected: 'hidden' },
  ])('for $who', ({ caller, owner, expected }) => {
    for (const verb of verbs) expect(authorise(caller, verb, { kind, owner }).do, verb).toBe(expected);
  });
});

interface Case {
  readonly what: string;
  readonly caller: Caller;
  readonly verb: Verb;
  readonly target: Target;
  readonly expected: string;
}

test.each<Case>([
  { what: 'a tenant may see the platforms', caller: ada, verb: 'list', target: { kind: 'Platform' }, expected: 'allow' },
  { what: 'and the offers', caller: ada, verb: 'list', target: { kind: 'Offer' }, expected: 'allow' },
  { what: 'and may not change them', caller: ada, verb: 'update', target: { kind: 'Platform' }, expected: 'refused' },
  { what: 'a tenant may not mount paths of the host, even for itself', caller: ada, verb: 'mount_host_path', target: { kind: 'Container', owner: 'ada@example.com' }, expected: 'refused' },
  { what: 'the administrator may', caller: admin, verb: 'mount_host_path', target: { kind: 'Container', owner: 'ada@example.com' }, expected: 'allow' },
])('$what', ({ caller, verb, target, expected }) => {
  expect(authorise(caller, verb, target).do).toBe(expected);
});
