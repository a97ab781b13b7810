import { collect, NebError } from '@neb/core-types';
import { describe, expect, test } from 'vitest';
import { ada, admin, eve, type Stage, stage } from '../../test/stage.ts';

const ref = { namespace: 'shop', name: 'web' };
const never = new AbortController().signal;
async function started(s: Stage): Promise<string> {
  const [made] = await s.api.apply(ada, { manifests: [{ kind: 'Container', metadata: ref, image: 'a' }], mode: 'create' });
  await s.until(made!.id!, 'running');
  return made!.id!;
}

test('a command runs in the container, and its output and exit code come back', async () => {
  await using s = stage();
  await started(s);
  await using session = await s.api.containers.exec(ada, ref, { command: ['echo', 'hello'] }, never);
  const output = await collect(session.output);
  expect(Buffer.concat(output.map(({ data }) => data)).toString()).toContain('hello');
  expect(await session.exit).toBe(0);
});

test('a connection reaches the container\'s port', async () => {
  await using s = stage();
  await started(s);
  await using connection = await s.api.containers.dial(ada, ref, 80, never);
  await connection.write(Buffer.from('ping'));
  await connection.closeWrite();
  expect(Buffer.concat(await collect(connection.readable)).toString()).toBe('ping');
});

describe('what does not run', () => {
  test.each(['exec', 'dial', 'usage', 'readFiles'] as const)('refuses %s with what it is doing', async (verb) => {
    await using s = stage({ running: false });
    await s.api.apply(ada, { manifests: [{ kind: 'Container', metadata: ref, image: 'a' }], mode: 'create' });
    await expect(act(s, verb)).rejects.toMatchObject({ code: 'conflict', message: 'container shop/web is pending, not running' });
  });

  test('any more says how it ended', async () => {
    await using s = stage();
    const id = await started(s);
    s.cloud.exit(`${id}-1`, 3);
    await s.until(id, 'failed');
    await expect(act(s, 'exec')).rejects.toMatchObject({ code: 'conflict', message: expect.stringMatching(/^container shop\/web is failed \(.*3.*\), not running$/) });
  });
});

test('what a platform cannot do is told as that', async () => {
  await using s = stage({ provider: (cloud) => ({ ...cloud.provider, usage: undefined, files: undefined }) });
  await started(s);
  await expect(act(s, 'usage')).rejects.toMatchObject({ code: 'unsupported' });
  await expect(act(s, 'readFiles')).rejects.toMatchObject({ code: 'unsupported' });
});

test('a path that is not there is told with the name its user gave the container', async () => {
  const gone = (): Promise<never> => Promise.reject(new NebError('not_found', 'there is no /x in neb.fleet.abc-1'));
  await using s = stage({ provider: (cloud) => ({ ...cloud.provider, files: { read: gone, write: gone } }) });
  await started(s);
  const told = { code: 'not_found', message: 'there is no /x in container shop/web' };
  await expect(s.api.containers.readFiles(ada, ref, '/x')).rejects.toMatchObject(told);
  await expect(s.api.containers.writeFiles(ada, ref, '/x', (async function* () {})())).rejects.toMatchObject(told);
});

test('another tenant gets nothing of it', async () => {
  await using s = stage();
  const id = await started(s);
  for (const which of [ref, { id }]) {
    for (const verb of ['exec', 'dial', 'usage', 'readFiles', 'logs', 'explain'] as const) {
      await expect(act(s, verb, { who: eve, ref: which }), verb).rejects.toMatchObject({ code: 'not_found' });
    }
  }
});

test('explain tells where it could run, what was tried, and what happened', async () => {
  await using s = stage();
  await started(s);
  const explained = await s.api.containers.explain(ada, ref);
  expect(explained).toMatchObject({ container: { status: { status: 'running' } }, attempts: [{ number: 1, platform: 'memory' }], places: [{ platform: 'memory', fits: true }] });
});

test('explain tells the break-even of a container that is to be moved where it is cheaper', async () => {
  await using s = stage();
  const [made] = await s.api.apply(ada, { manifests: [{ kind: 'Container', metadata: ref, image: 'a', migrate: { when_cheaper_by: '30%' } }], mode: 'create' });
  await s.until(made!.id!, 'running');
  const { move } = await s.api.containers.explain(ada, ref);
  expect(move).toEqual({
    decision: 'stay', why: 'there is no other platform', here: { platform: 'memory', region: 'here', price_per_hour: '0' },
    takes: { known: 'assumed', took_ms: 30_021, down_ms: 30_021, size_bytes: 2 ** 20 }, remaining_ms: expect.any(Number),
  });
});

describe('platforms', () => {
  test('are those that are served, then those that something is missing for', async () => {
    await using s = stage();
    await started(s);
    const platforms = await s.api.platforms(admin);
    expect(platforms[0]).toMatchObject({ name: 'memory', ready: true, running: 1, capabilities: expect.arrayContaining(['logs', 'exec']) });
    expect(platforms.find(({ name }) => name === 'runpod')).toMatchObject({ ready: false, message: expect.stringContaining('RUNPOD_API_KEY'), needs: ['RUNPOD_API_KEY'] });
    expect(platforms.find(({ name }) => name === 'aws')).toMatchObject({ ready: false, needs: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] });
    expect(platforms.find(({ name }) => name === 'ssh')).toMatchObject({ ready: false, message: expect.stringContaining('NEB_SSH_HOSTS') });
  });

  test('one that is not ready says why, and one that fails does not take the others along', async () => {
    await using s = stage({ running: false, provider: (cloud) => ({ ...cloud.provider, readiness: async () => 'the engine is not running' }) });
    expect((await s.api.platforms(ada))[0]).toMatchObject({ name: 'memory', ready: false, message: 'the engine is not running', running: 0 });
  });

});

test('deleting twice is deleting once, and a deleted one stays as history', async () => {
  await using s = stage();
  const id = await started(s);
  await s.api.containers.delete(ada, ref);
  await s.api.containers.delete(ada, ref);
  await s.until(id, 'deleted');
  expect((await s.api.containers.list(ada, {})).items).toEqual([]);
  expect((await s.api.containers.list(ada, { gone: true })).items).toMatchObject([{ status: { status: 'deleted' } }]);
  expect(await s.api.containers.get(ada, ref)).toMatchObject({ status: { status: 'deleted' } });
});

interface Acting {
  readonly who?: typeof ada;
  readonly ref?: typeof ref | { readonly id: string };
}

async function act(s: Stage, verb: 'exec' | 'dial' | 'usage' | 'readFiles' | 'logs' | 'explain', { who = ada, ref: which = ref }: Acting = {}): Promise<unknown> {
  const { containers } = s.api;
  switch (verb) {
    case 'exec': return await containers.exec(who, which, { command: ['true'] }, never);
    case 'dial': return await containers.dial(who, which, 80, never);
    case 'usage': return await containers.usage(who, which);
    case 'readFiles': return await containers.readFiles(who, which, '/');
    case 'logs': return await collect(containers.logs(who, { ref: which }, never));
    case 'explain': return await containers.explain(who, which);
  }
}
