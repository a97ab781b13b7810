import type { Watched } from '@neb/sdk/contract';
import type { Container } from '@neb/core-types';
import { describe, expect, test } from 'vitest';
import { ada, admin, eve, type Stage, stage, take } from '../../test/stage.ts';

const web = (name: string, more: object = {}) => ({ kind: 'Container', metadata: { name, namespace: 'shop' }, image: 'a', ...more });
const apply = (s: Stage, ...manifests: unknown[]) => s.api.apply(ada, { manifests, mode: 'apply' });
const watch = (s: Stage, input: object = {}, who = ada) => s.api.containers.watch(who, input, AbortSignal.timeout(5_000));
const told = (changes: readonly Watched<Container>[]): string[] => changes.map((one) => (one.do === 'gone' ? `${one.name} gone` : `${one.object.metadata.name} ${one.object.image}`));

describe('a watch', () => {
  test('from the position of a list misses nothing that came after it', async () => {
    await using s = stage({ running: false });
    await apply(s, web('one'));
    const { position, items } = await s.api.containers.list(ada, {});
    expect(items).toHaveLength(1);
    await apply(s, web('two'));
    await apply(s, web('one', { image: 'b' }));
    expect(told(await take(watch(s, { after: position }), 2))).toEqual(['two a', 'one b']);
  });

  test('goes on after any of its own positions', async () => {
    await using s = stage({ running: false });
    const { position } = await s.api.containers.list(ada, {});
    for (const name of ['one', 'two', 'three']) await apply(s, web(name));
    const [first] = await take(watch(s, { after: position }), 1);
    expect(told(await take(watch(s, { after: first!.position }), 2))).toEqual(['two a', 'three a']);
  });

  test('tells when an object has gone', async () => {
    await using s = stage();
    await apply(s, web('one'));
    const { position } = await s.api.containers.list(ada, {});
    await s.api.containers.delete(ada, { namespace: 'shop', name: 'one' });
    for await (const change of watch(s, { after: position })) if (change.do === 'gone') return expect(change).toMatchObject({ namespace: 'shop', name: 'one' });
    expect.unreachable();
  });

  test('tells of one object, one namespace, or what has a label, and when it loses that', async () => {
    await using s = stage({ running: false });
    const { position: after } = await s.api.containers.list(ada, {});
    const [one] = await apply(s, web('one'));
    await apply(s, { ...web('two'), metadata: { name: 'two', namespace: 'shop', labels: { tier: 'x' } } });
    await apply(s, { ...web('three'), metadata: { name: 'three', namespace: 'elsewhere' } });
    expect(told(await take(watch(s, { after, id: one!.id }), 1))).toEqual(['one a']);
    expect(told(await take(watch(s, { after, namespace: 'elsewhere' }), 1))).toEqual(['three a']);
    const labelled = watch(s, { after, selector: 'tier=x' })[Symbol.asyncIterator]();
    expect((await labelled.next()).value).toMatchObject({ do: 'changed', object: { metadata: { name: 'two' } } });
    await apply(s, web('two'));
    expect((await labelled.next()).value).toMatchObject({ do: 'gone', name: 'two' });
    await labelled.return?.();
  });

  test('ends when its reader goes', async () => {
    await using s = stage({ running: false });
    const gone = new AbortController();
    const watching = take(s.api.containers.watch(ada, {}, gone.signal), 1);
    gone.abort();
    expect(await watching).toEqual([]);
  });

  test('shows nobody what is another\'s, not even that it went', async () => {
    await using s = stage();
    const { position: after } = await s.api.containers.list(admin, {});
    await apply(s, web('one'));
    await s.api.containers.delete(ada, { namespace: 'shop', name: 'one' });
    await s.api.apply(eve, { manifests: [{ kind: 'Container', metadata: { name: 'hers' }, image: 'x' }], mode: 'apply' });
    expect(told(await take(watch(s, { after }, eve), 1))).toEqual(['hers x']);
  });
});

describe('events', () => {
  const names = (events: readonly { readonly reason: string }[]): string[] => events.map(({ reason }) => reason);

  test('come as they happen, once, and can be gone on with', async () => {
    await using s = stage({ running: false });
    const [one] = await apply(s, web('one'));
    const watching = s.api.watchEvents(ada, { objectId: one!.id }, AbortSignal.timeout(5_000))[Symbol.asyncIterator]();
    const first = watching.next();
    await new Promise((go) => setTimeout(go, 20));
    await apply(s, web('one', { image: 'b' }));
    const { value } = await first;
    expect(value).toMatchObject({ reason: 'Configured', message: 'changed image', object: { name: 'one', kind: 'Container' } });
    await watching.return?.();
    await apply(s, web('one', { image: 'c', timeout: '1h' }));
    const rest = await take(s.api.watchEvents(ada, { objectId: one!.id, after: value.position }, AbortSignal.timeout(5_000)), 2);
    expect(rest.map(({ message }) => message)).toContain('changed image, timeout');
  });

  test.each(['0@soon', '0@sha256:0', '0@0000-01-01T00:00:00Z'])('are not gone on with after %s, which is no position', async (after) => {
    await using s = stage({ running: false });
    await expect(take(s.api.watchEvents(ada, { after }, AbortSignal.timeout(5_000)), 1)).rejects.toMatchObject({ code: 'invalid' });
  });

  test('are listed to whoever may see their object', async () => {
    await using s = stage({ running: false });
    await apply(s, web('one'));
    await apply(s, web('one', { image: 'b' }));
    expect(names((await s.api.events(ada, {})).items)).toEqual(['Configured']);
    expect((await s.api.events(eve, {})).items).toEqual([]);
  });
});
