import type { AuditRecord } from '@neb/core-types';
import { expect, test } from 'vitest';
import { ada, admin, eve, type Stage, stage } from '../../test/stage.ts';

const ref = { namespace: 'shop', name: 'web' };
const said = ({ entry: { who, verb, kind, namespace, name, owner, outcome } }: AuditRecord): string => `${who} ${verb} ${kind} ${namespace ?? '-'}/${name} of ${owner} ${outcome}`;
const log = async (s: Stage): Promise<string[]> => (await s.audit.list()).items.toReversed().map(said);
const make = (s: Stage) => s.api.apply(ada, { manifests: [{ kind: 'Container', metadata: ref, image: 'a' }, { kind: 'Secret', metadata: { namespace: 'shop', name: 'word' }, value: 'hunter2' }], mode: 'create' });

test('what is made, changed, revealed, entered and deleted is written down', async () => {
  await using s = stage();
  const [made] = await make(s);
  await s.until(made!.id!, 'running');
  await s.api.apply(ada, { manifests: [{ kind: 'Container', metadata: { ...ref, labels: { a: 'b' } }, image: 'a' }], mode: 'apply' });
  await s.api.apply(ada, { manifests: [{ kind: 'Container', metadata: { ...ref, labels: { a: 'b' } }, image: 'a' }], mode: 'apply' });
  await s.api.secrets.reveal(ada, { namespace: 'shop', name: 'word' });
  await (await s.api.containers.exec(ada, ref, { command: ['true'] }, AbortSignal.timeout(5_000)))[Symbol.asyncDispose]();
  await s.api.containers.get(ada, ref);
  await s.api.containers.delete(ada, ref);
  expect(await log(s)).toEqual([
    'ada@example.com create Namespace -/shop of ada@example.com ok',
    'ada@example.com create Container shop/web of ada@example.com ok',
    'ada@example.com create Secret shop/word of ada@example.com ok',
    'ada@example.com update Container shop/web of ada@example.com ok',
    'ada@example.com reveal Secret shop/word of ada@example.com ok',
    'ada@example.com exec Container shop/web of ada@example.com ok',
    'ada@example.com delete Container shop/web of ada@example.com ok',
  ]);
  expect(JSON.stringify((await s.audit.list()).items)).not.toContain('hunter2');
  expect((await s.audit.verify()).ok).toBe(true);
});

test('what is denied is written down for its owner, who may not know the other; the other learns nothing', async () => {
  await using s = stage({ running: false });
  await make(s);
  await expect(s.api.containers.get(eve, ref)).rejects.toMatchObject({ code: 'not_found' });
  await expect(s.api.apply(eve, { manifests: [{ kind: 'Container', metadata: { ...ref, name: 'mine' }, image: 'a' }], mode: 'create' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(s.api.containers.get(eve, { ...ref, name: 'nothing' })).rejects.toMatchObject({ code: 'not_found' });
  const denied = (await s.api.audit.list(ada, { outcome: 'denied' })).items.toReversed();
  expect(denied.map(said)).toEqual(['eve@example.com get Container shop/web of ada@example.com denied', 'eve@example.com create Container shop/mine of ada@example.com denied']);
  expect((await s.api.audit.list(eve, {})).items).toEqual([]);
});

test('each reads what concerns their owners, the administrator all of it', async () => {
  await using s = stage({ running: false });
  await make(s);
  await s.api.apply(eve, { manifests: [{ kind: 'Namespace', metadata: { name: 'lab' } }], mode: 'create' });
  const names = async (who: typeof ada) => (await s.api.audit.list(who, {})).items.map(({ entry }) => entry.name);
  expect(await names(eve)).toEqual(['lab']);
  expect(await names(ada)).toEqual(['word', 'web', 'shop']);
  expect(await names(admin)).toEqual(['lab', 'word', 'web', 'shop']);
  expect(await names({ ...ada, scope: { namespaces: ['shop'] } }).catch((error: { code: string }) => error.code)).toBe('unauthorized');
  expect((await s.api.audit.list({ ...ada, scope: { namespaces: ['shop'] } }, { namespace: 'shop' })).items).toHaveLength(2);
  await expect(s.api.audit.list({ ...ada, roles: { acme: 'viewer' } }, {})).rejects.toMatchObject({ code: 'unauthorized', message: expect.stringContaining('you are viewer of acme') });
  await expect(s.api.audit.verify(ada)).rejects.toMatchObject({ code: 'unauthorized' });
  await expect(s.api.audit.records(ada, {}, AbortSignal.timeout(1_000))[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'unauthorized' });
  const all = await Array.fromAsync(s.api.audit.records(admin, { after: '2' }, AbortSignal.timeout(1_000)));
  expect(all.map(({ seq }) => seq)).toEqual([3, 4]);
});
