import type { Applied, ApplyInput, Caller, Services } from '@neb/sdk/contract';
import { describe, expect, test } from 'vitest';
import { ada, admin, eve, stage } from '../../../test/stage.ts';

const web = (more: object = {}) => ({ kind: 'Container', metadata: { name: 'web', namespace: 'shop' }, image: 'nginx', ...more });
const apply = (api: Services, mode: ApplyInput['mode'], ...manifests: unknown[]): Promise<readonly Applied[]> => api.apply(admin, { manifests, mode });
const get = (api: Services, who: Caller = admin) => api.containers.get(who, { namespace: 'shop', name: 'web' });

describe('create', () => {
  test('makes the object and the namespace it needs, owned by the caller', async () => {
    await using s = stage({ running: false });
    const [made] = await s.api.apply(ada, { manifests: [web()], mode: 'create' });
    expect(made).toMatchObject({ kind: 'Container', outcome: 'created', namespace: 'shop', name: 'web', changes: [], restarts: false, warnings: [] });
    expect(await get(s.api, ada)).toMatchObject({ metadata: { id: made!.id, owner: 'ada@example.com', generation: 1, version: 1 }, image: 'nginx', restart: 'Never', status: { status: 'pending' } });
    expect(await s.api.namespaces.get(ada, { namespace: '', name: 'shop' })).toMatchObject({ metadata: { owner: 'ada@example.com' }, status: { status: 'active' } });
  });

  test('takes the caller\'s own namespace and makes up a name where none is given', async () => {
    await using s = stage({ running: false });
    const made = await s.api.apply(ada, { manifests: [{ kind: 'Container', image: 'a' }, { kind: 'Container', metadata: { namespace: '-' }, image: 'a' }], mode: 'create' });
    expect(made.map(({ namespace }) => namespace)).toEqual(['ada', 'ada']);
    expect(made[0]!.name).toMatch(/^[a-z]+-[a-z]+-\d{4}$/);
    expect(made[0]!.name).not.toBe(made[1]!.name);
  });

  test('refuses a name that is taken', async () => {
    await using s = stage({ running: false });
    await apply(s.api, 'create', web());
    await expect(apply(s.api, 'create', web())).rejects.toMatchObject({ code: 'conflict', message: 'container shop/web exists already' });
  });

  test('of two that race for a name or a new namespace one wins and nothing breaks', async () => {
    await using s = stage({ running: false });
    const results = await Promise.allSettled(Array.from({ length: 8 }, (_, n) => apply(s.api, 'create', web({ metadata: { name: `w${n % 4}`, namespace: 'shop' } }))));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'conflict' });
  });

  test('writes all or nothing', async () => {
    await using s = stage({ running: false });
    await expect(apply(s.api, 'create', web(), web({ metadata: { name: 'x', namespace: 'shop' }, platform: 'moon' }))).rejects.toMatchObject({ code: 'invalid' });
    expect((await s.api.containers.list(admin, {})).items).toEqual([]);
    expect((await s.api.namespaces.list(admin, {})).items).toEqual([]);
  });

  test('says that it takes the default image', async () => {
    await using s = stage({ running: false });
    const [made] = await apply(s.api, 'create', { kind: 'Container' });
    expect(made!.warnings).toEqual(['it names no image, so it runs debian:stable-slim']);
  });

  test('says what is kept and does nothing', async () => {
    await using s = stage({ running: false });
    const [made] = await apply(s.api, 'create', { kind: 'Container', image: 'a', ssh_keys: [{ copy_local: true }], volumes: [{ name: 'v', mount: '/v' }, { source: '/srv', dest: '/y', continuous: true }] });
    expect(made!.warnings).toEqual([expect.stringContaining('ssh_keys'), expect.stringMatching(/^volumes: driver and continuous/)]);
  });

  test('a dry run says the same and changes nothing', async () => {
    await using s = stage({ running: false });
    const [would] = await s.api.apply(admin, { manifests: [web()], mode: 'create', dryRun: true });
    expect(would).toMatchObject({ outcome: 'created', name: 'web', after: { image: 'nginx', metadata: { name: 'web', namespace: 'shop' } } });
    expect(would!.id).toBeUndefined();
    expect((await s.api.namespaces.list(admin, {})).items).toEqual([]);
  });
});

describe('what cannot be', () => {
  test.each([
    { what: 'a platform that is not one', fields: { platform: 'moon' }, code: 'invalid', says: 'platform: "moon" is not a platform. There are memory, podman, runpod' },
    { what: 'one near a name', fields: { platform: 'memroy' }, code: 'invalid', says: 'Did you mean "memory"?' },
    { what: 'a cloud without its key', fields: { platform: 'runpod' }, code: 'unsupported', says: 'platform runpod is not set up: it needs RUNPOD_API_KEY' },
    { what: 'a cloud by its other name', fields: { platform: 'ec2' }, code: 'unsupported', says: 'platform aws is not set up' },
    { what: 'hosts that are not configured', fields: { platform: 'ssh' }, code: 'unsupported', says: 'platform ssh has no hosts' },
    { what: 'a field that is not one', fields: { imgae: 'x' }, code: 'invalid', says: '"imgae" is not a field here. Did you mean "image"?' },
    { what: 'a volume that needs syncing', fields: { volumes: [{ source: 's3://b/d', dest: '/d' }] }, code: 'unsupported', says: 'syncing volumes is not supported yet' },
  ])('$what is refused at once, with the reason', async ({ fields, code, says }) => {
    await using s = stage({ running: false });
    await expect(apply(s.api, 'create', web(fields))).rejects.toMatchObject({ code, message: expect.stringContaining(says) });
    expect((await s.api.containers.list(admin, {})).items).toEqual([]);
  });

  test('what a platform refuses is refused at creation, not later', async () => {
    await using s = stage({ running: false, provider: (cloud) => ({ ...cloud.provider, refusal: () => 'it cannot do UDP' }) });
    await expect(apply(s.api, 'create', web())).rejects.toMatchObject({ code: 'invalid', message: 'container shop/web: memory: it cannot do UDP' });
  });

  test('a processor without a Redis to have its messages', async () => {
    await using s = stage({ running: false });
    await expect(apply(s.api, 'create', { kind: 'Processor', container: { image: 'x' } })).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('no Redis') });
  });

  test('every problem of every manifest is told, with its place', async () => {
    await using s = stage({ running: false });
    const refused = apply(s.api, 'create', web(), web({ image: 1, metadata: { name: 'y' } }), { kind: 'Contianer' });
    await expect(refused).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining('manifest 2: image'), details: { problems: [{ manifest: 1, path: ['image'] }, { manifest: 2, path: ['kind'] }] } });
  });

  test('one object twice in a request', async () => {
    await using s = stage({ running: false });
    await expect(apply(s.api, 'apply', web(), web())).rejects.toMatchObject({ code: 'invalid', message: 'container shop/web is in this request twice' });
  });
});

describe('apply', () => {
  test('changes what differs, raises the generation and says what restarts', async () => {
    await using s = stage({ running: false });
    await apply(s.api, 'apply', web({ env: { A: '1', B: '2' } }));
    const [changed] = await apply(s.api, 'apply', web({ env: { A: '1', B: '3' }, timeout: '1h' }));
    expect(changed).toMatchObject({ outcome: 'configured', changes: ['env.B', 'timeout'], restarts: true });
    expect(await get(s.api)).toMatchObject({ metadata: { generation: 2, version: 2 }, timeout: '1h' });
  });

  test('labels need no new generation', async () => {
    await using s = stage({ running: false });
    await apply(s.api, 'apply', web());
    const [changed] = await apply(s.api, 'apply', web({ metadata: { name: 'web', namespace: 'shop', labels: { tier: 'front' } } }));
    expect(changed).toMatchObject({ outcome: 'configured', changes: ['metadata.labels'], restarts: false });
    expect((await get(s.api)).metadata).toMatchObject({ generation: 1, version: 2, labels: { tier: 'front' } });
  });

  test('what is as it should be is left alone', async () => {
    await using s = stage({ running: false });
    await apply(s.api, 'apply', web());
    expect(await apply(s.api, 'apply', web())).toMatchObject([{ outcome: 'unchanged', changes: [] }]);
    expect((await get(s.api)).metadata.version).toBe(1);
  });

  test('an object that was read can be applied again', async () => {
    await using s = stage({ running: false });
    await apply(s.api, 'apply', web({ ports: [8080], resources: { cpu: 2, memory: '1Gi' }, accelerators: ['a100'] }));
    expect(await apply(s.api, 'apply', await get(s.api))).toMatchObject([{ outcome: 'unchanged' }]);
  });

  test('what is being deleted cannot be changed', async () => {
    await using s = stage({ running: false });
    await apply(s.api, 'apply', web());
    await s.api.containers.delete(admin, { namespace: 'shop', name: 'web' });
    await expect(apply(s.api, 'apply', web({ image: 'b' }))).rejects.toMatchObject({ code: 'conflict', message: 'container shop/web is being deleted' });
  });

  test('nor a namespace that is being deleted be used', async () => {
    await using s = stage({ running: false });
    await apply(s.api, 'apply', { kind: 'Namespace', metadata: { name: 'shop' } });
    await s.api.namespaces.delete(admin, { namespace: '', name: 'shop' });
    await expect(apply(s.api, 'apply', web())).rejects.toMatchObject({ code: 'conflict', message: 'namespace shop is being deleted' });
  });
});

describe('replace', () => {
  test('makes a container that has ended anew, under its name', async () => {
    await using s = stage();
    const [first] = await apply(s.api, 'create', web());
    await s.until(first!.id!, 'running');
    s.cloud.exit(`${first!.id}-1`, 0);
    await s.until(first!.id!, 'completed');
    const [second] = await apply(s.api, 'replace', web());
    expect(second).toMatchObject({ outcome: 'replaced', restarts: true });
    expect(second!.id).not.toBe(first!.id);
    await s.until(second!.id!, 'running');
  });

  test('makes a running one anew where it would need a new instance, and waits for the old one to be gone', async () => {
    await using s = stage();
    const [first] = await apply(s.api, 'create', web());
    await s.until(first!.id!, 'running');
    const [second] = await apply(s.api, 'replace', web({ image: 'other' }));
    expect(second!.outcome).toBe('replaced');
    expect((await s.store.get('Container', first!.id!))?.goneAt).toBeDefined();
  });

  test('changes in place what needs no new instance', async () => {
    await using s = stage();
    const [first] = await apply(s.api, 'create', web());
    await s.until(first!.id!, 'running');
    expect(await apply(s.api, 'replace', web({ timeout: '1h' }))).toMatchObject([{ outcome: 'configured', id: first!.id, restarts: false }]);
  });
});

describe('tenants', () => {
  test('cannot see, change or delete what is another\'s: it is not there', async () => {
    await using s = stage({ running: false });
    await s.api.apply(ada, { manifests: [web()], mode: 'create' });
    const ref = { namespace: 'shop', name: 'web' };
    await expect(get(s.api, eve)).rejects.toMatchObject({ code: 'not_found', message: 'there is no container shop/web' });
    await expect(s.api.containers.delete(eve, ref)).rejects.toMatchObject({ code: 'not_found' });
    await expect(s.api.apply(eve, { manifests: [web({ image: 'evil' })], mode: 'apply' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(s.api.apply(eve, { manifests: [web({ metadata: { name: 'new', namespace: 'shop' } })], mode: 'apply' })).rejects.toMatchObject({ code: 'not_found', message: 'there is no namespace shop' });
    expect((await s.api.containers.list(eve, {})).items).toEqual([]);
    expect((await get(s.api, ada)).image).toBe('nginx');
  });

  test('cannot take a namespace that is another\'s, nor make one for an owner that is not theirs', async () => {
    await using s = stage({ running: false });
    await s.api.apply(ada, { manifests: [{ kind: 'Namespace', metadata: { name: 'shop', owner: 'acme' } }], mode: 'create' });
    await expect(s.api.apply(eve, { manifests: [{ kind: 'Namespace', metadata: { name: 'shop' } }], mode: 'apply' })).rejects.toMatchObject({ code: 'conflict', message: 'the namespace name shop is taken' });
    await expect(s.api.apply(eve, { manifests: [{ kind: 'Namespace', metadata: { name: 'mine', owner: 'acme' } }], mode: 'apply' })).rejects.toMatchObject({ code: 'unauthorized', message: 'namespace mine: you are no member of its owner, acme' });
  });

  test('what is in a namespace belongs to its owner', async () => {
    await using s = stage({ running: false });
    await s.api.apply(ada, { manifests: [web(), { kind: 'Namespace', metadata: { name: 'shop', owner: 'acme' } }], mode: 'create' });
    expect((await get(s.api, ada)).metadata.owner).toBe('acme');
  });

  test('may not mount paths of the host; the administrator may', async () => {
    await using s = stage({ running: false });
    const mounting = web({ volumes: [{ source: '/etc', dest: '/etc' }] });
    await expect(s.api.apply(ada, { manifests: [mounting], mode: 'create' })).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await apply(s.api, 'create', mounting)).toMatchObject([{ outcome: 'created' }]);
  });
});
