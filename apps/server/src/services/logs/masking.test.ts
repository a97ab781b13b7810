import type { LogLine, Provider } from '@neb/core-types';
import type { MemoryCloud } from '@neb/core-types/testing';
import { expect, test } from 'vitest';
import { ada, type Stage, stage } from '../../../test/stage.ts';

const ref = { namespace: 'shop', name: 'web' };
const secret = (value: string, name = 'key') => ({ kind: 'Secret', metadata: { namespace: 'shop', name }, value });
const container = { kind: 'Container', metadata: ref, image: 'a', env: [{ key: 'KEY', secret_name: 'key' }] };

/** A cloud whose containers print their KEY; a followed log goes on with what `more` yields. */
const printing = (more: () => AsyncIterable<string> = async function* () {}) => ({
  provider: (cloud: MemoryCloud): Provider => {
    const line = (text: string): LogLine => ({ at: '2026-11-24T08:00:00Z', stream: 'stdout', text });
    return {
      ...cloud.provider,
      async *logs(_ref, { follow }) {
        const [id] = [...ids];
        yield line(`it is ${cloud.spec(`${id}-1`)?.env.KEY}`);
        if (follow) for await (const text of more()) yield line(text);
      },
    };
  },
});
const ids = new Set<string>();

async function running(s: Stage, ...manifests: readonly unknown[]): Promise<string> {
  ids.clear();
  const made = await s.api.apply(ada, { manifests: [...manifests, container], mode: 'create' });
  const id = made.at(-1)!.id!;
  ids.add(id);
  await s.until(id, 'running');
  return id;
}

async function texts(s: Stage, input: { readonly follow?: boolean } = {}): Promise<string[]> {
  const all: string[] = [];
  for await (const { text } of s.api.containers.logs(ada, { ref, ...input }, AbortSignal.timeout(10_000))) all.push(text);
  return all;
}

test('the value of a secret is masked in the log', async () => {
  await using s = stage(printing());
  await running(s, secret('hunter22'));
  expect(await texts(s)).toEqual(['it is ***']);
});

test('so is the value that a container was started with, once the secret has another or is gone', async () => {
  await using s = stage(printing());
  await running(s, secret('hunter22'));
  await s.api.apply(ada, { manifests: [secret('another1')], mode: 'apply' });
  expect(await texts(s)).toEqual(['it is ***']);
  await s.api.secrets.delete(ada, { namespace: 'shop', name: 'key' });
  expect(await texts(s)).toEqual(['it is ***']);
});

test('and one whose time is over', async () => {
  await using s = stage(printing());
  await running(s, secret('hunter22'));
  await s.api.apply(ada, { manifests: [{ ...secret('hunter22'), expires_at: 1 }], mode: 'apply' });
  expect(await texts(s)).toEqual(['it is ***']);
});

test('what is kept of a log when its container ends holds no value either', async () => {
  await using s = stage(printing());
  const id = await running(s, secret('hunter22'));
  await s.api.apply(ada, { manifests: [secret('another1')], mode: 'apply' });
  s.cloud.exit(`${id}-1`, 0);
  await s.until(id, 'completed');
  expect((await s.store.keptLog(id, 1))?.lines.map(({ text }) => text)).toEqual(['it is ***']);
});

test('a log that is followed opens secrets once, and goes on masking what is deleted meanwhile', async () => {
  const on: { stage?: Stage } = {};
  let opened = 0;
  let openedInBetween = 0;
  let again = false;
  async function* more() {
    if (again) return;
    again = true;
    await on.stage!.api.secrets.delete(ada, { namespace: 'shop', name: 'key' });
    const before = opened;
    for (let n = 0; n < 50; n++) yield 'again hunter22';
    openedInBetween = opened - before;
    on.stage!.cloud.exit(`${[...ids][0]}-1`, 0);
  }
  await using s = stage(printing(more));
  on.stage = s;
  const { sealed } = s.store;
  Object.assign(s.store, { sealed: (id: string) => (opened++, sealed(id)) });
  await running(s, secret('hunter22'));
  const said = await texts(s, { follow: true });
  expect(new Set(said)).toEqual(new Set(['it is ***', 'again ***']));
  expect(opened).toBeGreaterThan(0);
  expect(openedInBetween).toBe(0);
});

test('a launch that fails with a value in its words tells it without', async () => {
  const failing = (cloud: MemoryCloud): Provider => ({
    ...cloud.provider,
    async create(request, call) {
      cloud.failImage('a', { code: 'invalid', message: `KEY=${request.spec.env.KEY} is not allowed` });
      return await cloud.provider.create(request, call);
    },
  });
  await using s = stage({ provider: failing });
  const made = await s.api.apply(ada, { manifests: [secret('hunter22'), container], mode: 'create' });
  await s.until(made[1]!.id!, 'failed');
  const told = JSON.stringify([await s.api.containers.explain(ada, { id: made[1]!.id! }), await s.api.events(ada, {})]);
  expect(told).toContain('KEY=*** is not allowed');
  expect(told).not.toContain('hunter22');
});

test('a run that was replaced by one with other secrets stays masked, as its attempt says what it was given', async () => {
  await using s = stage(printing());
  const id = await running(s, secret('hunter22'), secret('another1', 'other'));
  await s.api.apply(ada, { manifests: [{ ...container, env: [{ key: 'KEY', secret_name: 'other' }] }], mode: 'apply' });
  const kept = async () => (await s.store.keptLog(id, 1))?.lines.map(({ text }) => text);
  while (!(await kept())) await new Promise((go) => setTimeout(go, 2));
  expect(await kept()).toEqual(['it is ***']);
});

test('a log is refused, and what is kept of it says why it is empty, where a secret cannot be opened', async () => {
  await using s = stage(printing());
  const id = await running(s, secret('hunter22'));
  const { id: secretId } = (await s.api.secrets.get(ada, { namespace: 'shop', name: 'key' })).metadata;
  await s.store.seal(secretId, new Uint8Array([1, 2, 3]));
  await expect(texts(s)).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('does not open') });
  s.cloud.exit(`${id}-1`, 0);
  await s.until(id, 'completed');
  expect((await s.store.keptLog(id, 1))?.lines.map(({ text }) => text)).toEqual(['*** (not shown: a secret that it may hold cannot be opened)']);
});
