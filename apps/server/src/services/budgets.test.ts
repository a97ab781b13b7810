import type { Caller } from '@neb/core-types';
import { expect, test } from 'vitest';
import { admin, ada, stage } from '../../test/stage.ts';

const budget = (more: object = {}): object => ({ kind: 'Budget', metadata: { name: 'purse', namespace: 'shop' }, soft: true, limits: { total: 1 }, ...more });
const ref = { namespace: 'shop', name: 'purse' };
const dev: Caller = { id: 'dev@example.com', handle: 'dev', roles: { 'ada@example.com': 'developer' }, admin: false };

test('what an administrator set is changed, deleted and lost with its namespace by an administrator only', async () => {
  await using s = stage({ running: false });
  await s.api.apply(admin, { mode: 'apply', manifests: [{ kind: 'Namespace', metadata: { name: 'shop', owner: 'ada@example.com' } }, budget()] });
  expect((await s.api.budgets.get(ada, ref)).status.by_administrator).toBe(true);
  await expect(s.api.apply(ada, { mode: 'apply', manifests: [budget({ limits: { total: 5 } })] })).rejects.toMatchObject({ code: 'unauthorized', message: 'budget shop/purse: an administrator of the server set it, and only one may change it', hint: expect.stringContaining('make a budget of your own beside it') });
  await expect(s.api.budgets.delete(ada, ref)).rejects.toMatchObject({ code: 'unauthorized' });
  await expect(s.api.namespaces.delete(ada, { namespace: '', name: 'shop' })).rejects.toMatchObject({ code: 'unauthorized', message: expect.stringContaining('budget shop/purse') });
  expect((await s.api.budgets.get(ada, ref)).limits).toEqual({ total: '1' });
  expect((await s.audit.list({ outcome: 'denied' })).items.length).toBeGreaterThanOrEqual(2);

  // Beside it they spend as little as they like.
  const own = budget({ metadata: { name: 'own', namespace: 'shop' }, limits: { day: '0.5' } });
  await s.api.apply(ada, { mode: 'apply', manifests: [own] });
  await s.api.apply(ada, { mode: 'apply', manifests: [budget({ metadata: { name: 'own', namespace: 'shop' }, limits: { day: '5' } })] });
  await s.api.budgets.delete(ada, { namespace: 'shop', name: 'own' });
  await s.api.apply(admin, { mode: 'apply', manifests: [budget({ limits: { total: 5 } })] });
  await s.api.budgets.delete(admin, ref);
  expect((await s.api.budgets.get(ada, ref)).metadata.deleted_at).toBeDefined();
});

test('developers see budgets and set none, and what bounds all of an owner is no matter of a key for one namespace', async () => {
  await using s = stage({ running: false });
  await s.api.apply(ada, { mode: 'apply', manifests: [{ kind: 'Namespace', metadata: { name: 'shop' } }, budget()] });
  expect((await s.api.budgets.list(dev, { namespace: 'shop' })).items).toHaveLength(1);
  await expect(s.api.apply(dev, { mode: 'apply', manifests: [budget({ limits: { total: 5 } })] })).rejects.toMatchObject({ code: 'unauthorized' });
  const narrow: Caller = { ...ada, scope: { namespaces: ['shop'] } };
  await s.api.apply(narrow, { mode: 'apply', manifests: [budget({ limits: { total: 2 } })] });
  await expect(s.api.apply(narrow, { mode: 'apply', manifests: [budget({ scope: 'owner', limits: { total: 2 } })] })).rejects.toMatchObject({ code: 'unauthorized', message: expect.stringContaining('of all that ada@example.com has') });
  await s.api.apply(ada, { mode: 'apply', manifests: [budget({ scope: 'owner', limits: { total: 2 } })] });
  await expect(s.api.apply(narrow, { mode: 'apply', manifests: [budget({ limits: { total: 2 } })] })).rejects.toMatchObject({ code: 'unauthorized' });
});
