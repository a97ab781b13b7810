import { NebError, timestamp } from '@neb/core-types';
import { expect, test } from 'vitest';
import { stage, type StageOptions } from './harness.ts';

test('a namespace that is deleted takes its containers, secrets and networks with it', async () => {
  const provider: StageOptions['provider'] = ({ provider }) => ({
    ...provider,
    networks: {
      async remove({ namespace }) {
        for await (const { key } of provider.list({ fleet: await s.store.fleet() })) if (/^[ab]-/.test(key)) throw new NebError('conflict', 'in use');
        removed.push(namespace);
        if (removed.length === 1) throw new NebError('unavailable', 'the engine is busy');
      },
    },
  });
  const s = stage({ startMs: 0, provider });
  s.start();
  const now = timestamp(s.clock.now());
  const base = { owner: 'o', labels: {}, seq: 0, version: 0, generation: 1, finalizers: [], createdBy: 'o', createdAt: now, updatedAt: now };
  const removed: string[] = [];
  await s.store.commit([
    { do: 'put', resource: { ...base, kind: 'Namespace', id: 'ns', namespace: '', name: 'n', spec: {}, status: { status: 'active', conditions: [] } } },
    { do: 'put', resource: { ...base, kind: 'Secret', id: 'sec', namespace: 'n', name: 'tok', spec: { value_version: '1' }, status: {} } },
  ]);
  for (const id of ['a', 'b']) await s.create({ id });
  await s.create({ id: 'other', namespace: 'm' });
  await s.until(async () => (await s.said('other')) === 'running');
  const ns = (await s.store.get('Namespace', 'ns'))!;
  await s.store.commit([{ do: 'put', resource: { ...ns, deletedAt: timestamp(s.clock.now()) } }, { do: 'wake', kind: 'Namespace', id: 'ns' }]);
  await s.until(async () => (await s.store.get('Namespace', 'ns'))?.goneAt !== undefined);
  expect((await s.instances()).map((i) => i.key)).toEqual(['other-1']);
  expect(await Promise.all(['a', 'b', 'other'].map((id) => s.said(id)))).toEqual(['deleted', 'deleted', 'running']);
  expect(await s.store.get('Secret', 'sec')).toBeUndefined();
  expect(removed).toEqual(['n', 'n']);
  await s.stop();
});
