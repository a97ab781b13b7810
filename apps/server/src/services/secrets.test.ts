import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ada, admin, eve, type Stage, stage, take } from '../../test/stage.ts';

const canary = 'canary-7f3a9';
const ref = { namespace: 'shop', name: 'key' };
const secret = (more: object = {}) => ({ kind: 'Secret', metadata: ref, value: canary, ...more });
const apply = (s: Stage, ...manifests: unknown[]) => s.api.apply(ada, { manifests, mode: 'apply' });

describe('a secret', () => {
  test('is in no answer but the one of reveal', async () => {
    await using s = stage({ running: false });
    const { position: after } = await s.api.secrets.list(ada, {});
    const answers = [
      await s.api.apply(ada, { manifests: [secret()], mode: 'create', dryRun: true }),
      await apply(s, secret()),
      await apply(s, secret({ value: `${canary}-2` })),
      await s.api.secrets.list(ada, {}), await s.api.secrets.get(ada, ref), await take(s.api.secrets.watch(ada, { after }, AbortSignal.timeout(5_000)), 1),
      await s.api.events(ada, {}), await s.store.list({ kind: 'Secret', gone: true }),
      await s.api.apply(ada, { manifests: [secret()], mode: 'create' }).catch((error: unknown) => error),
      await s.api.apply(ada, { manifests: [secret({ vlaue: canary })], mode: 'create' }).catch((error: unknown) => error),
      await s.api.apply(ada, { manifests: [secret({ expires_at: 'soon' })], mode: 'apply' }).catch((error: unknown) => error),
      s.api.check([secret({ vlaue: canary })]),
      await s.api.secrets.delete(ada, ref),
    ];
    expect(`${JSON.stringify(answers)}${inspect(answers, { depth: 20 })}`).not.toContain(canary);
  });

  test('reveals its value to who owns it', async () => {
    await using s = stage({ running: false });
    await apply(s, secret());
    expect(await s.api.secrets.reveal(ada, ref)).toEqual({ value: canary });
    expect(await s.api.secrets.reveal(admin, ref)).toEqual({ value: canary });
    expect((await s.api.events(ada, {})).items.map(({ message }) => message).toSorted()).toEqual(['its value was shown to ada@example.com', 'its value was shown to root']);
    await expect(s.api.secrets.reveal(eve, ref)).rejects.toMatchObject({ code: 'not_found' });
    const { metadata } = await s.api.secrets.get(ada, ref);
    await expect(s.api.secrets.reveal(eve, { id: metadata.id })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('is unchanged by the same value, and changed by another', async () => {
    await using s = stage({ running: false });
    await apply(s, secret());
    expect(await apply(s, secret())).toMatchObject([{ outcome: 'unchanged' }]);
    expect(await apply(s, secret({ value: 'new' }))).toMatchObject([{ outcome: 'configured', changes: ['value'] }]);
    expect(await s.api.secrets.reveal(ada, ref)).toEqual({ value: 'new' });
  });

  test('whose write is refused keeps its value', async () => {
    await using s = stage({ running: false });
    await apply(s, secret());
    await expect(apply(s, secret({ value: 'new' }), { kind: 'Container', metadata: ref, platform: 'moon' })).rejects.toMatchObject({ code: 'invalid' });
    expect(await s.api.secrets.reveal(ada, ref)).toEqual({ value: canary });
  });

  test('is refused after its time, and good again with a later one', async () => {
    await using s = stage({ running: false });
    expect(await apply(s, secret({ expires_at: 1 }))).toMatchObject([{ warnings: ['it expired at 1970-01-01T00:00:01.000Z already'] }]);
    await expect(s.api.secrets.reveal(ada, ref)).rejects.toMatchObject({ code: 'expired' });
    await apply(s, secret({ expires_at: '2999-01-01T00:00:00Z' }));
    expect(await s.api.secrets.reveal(ada, ref)).toEqual({ value: canary });
    expect(await s.api.secrets.get(ada, ref)).toMatchObject({ expires_at: '2999-01-01T00:00:00.000Z' });
  });

  test('that is deleted leaves no ciphertext, and its name is free', async () => {
    await using s = stage({ running: false });
    const [made] = await apply(s, secret());
    await s.api.secrets.delete(ada, ref);
    expect((await s.store.sealed(made!.id!))?.length ?? 0).toBe(0);
    await expect(s.api.secrets.reveal(ada, ref)).rejects.toMatchObject({ code: 'expired' });
    const [again] = await apply(s, secret({ value: 'other' }));
    expect(again).toMatchObject({ outcome: 'created' });
    expect(await s.api.secrets.reveal(ada, ref)).toEqual({ value: 'other' });
  });
});

describe('a container', () => {
  const container = { kind: 'Container', metadata: { name: 'web', namespace: 'shop' }, image: 'a', env: [{ key: 'KEY', secret_name: 'key' }] };

  test('gets the value in its environment, and nowhere else', async () => {
    await using s = stage();
    const [, made] = await apply(s, secret(), container);
    await s.until(made!.id!, 'running');
    expect(s.cloud.spec(`${made!.id}-1`)?.env.KEY).toBe(canary);
    const shown = [await s.api.containers.get(ada, { id: made!.id! }), await s.api.containers.explain(ada, { id: made!.id! }), await s.store.list({ kind: 'Container' })];
    expect(JSON.stringify(shown)).not.toContain(canary);
  });

  test('gets a field of the value, and files, and its attempt says of which secrets', async () => {
    await using s = stage();
    const files = [{ secret_name: 'key', secret_key: 'b', path: '/run/b' }];
    const [, made] = await apply(s, secret({ value: JSON.stringify({ a: canary, b: 'other' }) }), { ...container, env: [{ key: 'KEY', secret_name: 'key', secret_key: 'a' }], secret_files: files });
    await s.until(made!.id!, 'running');
    expect(s.cloud.spec(`${made!.id}-1`)).toMatchObject({ env: { KEY: canary }, secretFiles: [{ path: '/run/b', content: 'other' }] });
    expect((await s.api.containers.get(ada, { id: made!.id! })).status.attempt?.secrets).toEqual(['key']);
  });

  test('is refused secret files where no platform can keep them in memory', async () => {
    await using s = stage({ running: false, provider: ({ provider }) => ({ ...provider, traits: { ...provider.traits, secretFiles: false } }) });
    const refused = apply(s, secret(), { ...container, secret_files: [{ secret_name: 'key', path: '/run/key' }] });
    await expect(refused).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('in memory only') });
  });

  test('waits for a secret that has expired, says when it did, and goes on when it is good again', async () => {
    await using s = stage();
    const [, made] = await apply(s, secret({ expires_at: 1 }), container);
    for (let said = ''; said !== 'waits for a new value of the secret "key", which expired at 1970-01-01T00:00:01.000Z'; ) {
      said = (await s.api.containers.get(ada, { id: made!.id! })).status.message ?? '';
      await new Promise((go) => setTimeout(go, 2));
    }
    await apply(s, secret());
    await s.until(made!.id!, 'running');
  });

  test('waits for a secret, and goes on when it comes', async () => {
    await using s = stage();
    const [made] = await apply(s, container);
    for (let said = ''; !said.includes('waits for the secret "key"'); ) {
      said = (await s.api.containers.get(ada, { id: made!.id! })).status.message ?? '';
      await new Promise((go) => setTimeout(go, 2));
    }
    await apply(s, secret());
    await s.until(made!.id!, 'running');
    expect(s.cloud.spec(`${made!.id}-1`)?.env.KEY).toBe(canary);
  });
});
