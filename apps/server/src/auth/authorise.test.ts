import type { Caller } from '@neb/sdk/contract';
import { describe, expect, test } from 'vitest';
import { authorise, type Target, type Verb } from './authorise.ts';

const admin: Caller = { id: 'root', handle: 'root', owners: ['root'], admin: true };
const ada: Caller = { id: 'ada@example.com', handle: 'ada', owners: ['ada@example.com', 'acme'], admin: false };
const verbs: readonly Verb[] = ['get', 'list', 'watch', 'create', 'update', 'delete', 'logs', 'usage', 'explain', 'exec', 'dial', 'read_files', 'write_files', 'reveal'];
const kinds = ['Container', 'Namespace', 'Secret', 'Processor', 'Service', 'Event'] as const;

describe.each(kinds)('%s', (kind) => {
  test.each([
    ['the administrator', admin, 'eve@example.com', 'allow'],
    ['its owner', ada, 'ada@example.com', 'allow'],
    ['a member of its owner', ada, 'acme', 'allow'],
    ['another tenant', ada, 'eve@example.com', 'hidden'],
    ['another tenant, where the owner looks alike', ada, 'Acme', 'hidden'],
    ['a tenant, where nobody owns it', ada, undefined, 'hidden'],
  ])('for %s', (_, caller, owner, expected) => {
    for (const verb of verbs) expect(authorise(caller, verb, { kind, owner }).do, verb).toBe(expected);
  });
});

test.each<[string, Caller, Verb, Target, string]>([
  ['a tenant may see the platforms', ada, 'list', { kind: 'Platform' }, 'allow'],
  ['and the offers', ada, 'list', { kind: 'Offer' }, 'allow'],
  ['and may not change them', ada, 'update', { kind: 'Platform' }, 'refused'],
  ['a tenant may not mount paths of the host, even for itself', ada, 'mount_host_path', { kind: 'Container', owner: 'ada@example.com' }, 'refused'],
  ['the administrator may', admin, 'mount_host_path', { kind: 'Container', owner: 'ada@example.com' }, 'allow'],
])('%s', (_, caller, verb, target, expected) => {
  expect(authorise(caller, verb, target).do).toBe(expected);
});
