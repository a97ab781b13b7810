import { describe, expect, it } from 'vitest';
import { account, type Account } from './account.ts';

const statusOf = async (a: Account, id: string) => (await a.call('GET', `/v2/pods/${id}`)).body.status;
const listed = async (a: Account): Promise<readonly string[]> => (await a.call('GET', '/v2/pods')).body.pods.map(({ id }) => id);

describe('a pod', () => {
  it('is provisioned, started, runs, is stopped, and started again', async () => {
    await using a = await account();
    const { status, body } = await a.buy();
    expect([status, body.status, body.cost, body.dataCenterId, body.runtime]).toEqual([201, 'PROVISIONING', 0.39, 'EU-RO-1', null]);
    await a.pass(1_000);
    expect(await statusOf(a, body.id)).toBe('STARTING');
    await a.pass(2_000);
    const { body: running } = await a.call('GET', `/v2/pods/${body.id}`);
    expect([running.status, running.actions, running.runtime?.ports[0]?.private]).toEqual(['RUNNING', ['stop', 'restart', 'terminate'], 22]);
    const { body: stopped } = await a.call('POST', `/v2/pods/${body.id}/action`, { action: 'stop' });
    expect([stopped.status, stopped.cost, stopped.actions]).toEqual(['EXITED', 0, ['start', 'terminate']]);
    await a.call('POST', `/v2/pods/${body.id}/action`, { action: 'start' });
    await a.pass(3_000);
    expect(await statusOf(a, body.id)).toBe('RUNNING');
  });

  it('whose container ends is started again, for ever', async () => {
    let runs = 0;
    await using a = await account({ program: async () => ++runs });
    await a.buy();
    await a.pass(30_000);
    expect(runs).toBeGreaterThan(5);
  });

  it('is told nothing that its status does not allow', async () => {
    await using a = await account();
    const { body } = await a.buy();
    expect((await a.call('POST', `/v2/pods/${body.id}/action`, { action: 'start' })).status).toBe(409);
    expect((await a.call('POST', `/v2/pods/${body.id}/action`, { action: 'dance' })).status).toBe(422);
  });

  it('is deleted once, and then not found', async () => {
    await using a = await account();
    const { body } = await a.buy();
    expect([(await a.call('DELETE', `/v2/pods/${body.id}`)).status, (await a.call('DELETE', `/v2/pods/${body.id}`)).status]).toEqual([204, 404]);
    expect(await listed(a)).toEqual([]);
  });

  it('may use the API for itself alone', async () => {
    let inside: Record<string, string> = {};
    await using a = await account({
      program: async ({ env, sleep }) => {
        inside = { ...env };
        await sleep(1e6);
        return 0;
      },
    });
    const { body: other } = await a.buy();
    const { body } = await a.buy();
    await a.pass(3_000);
    const as = (path: string, init: RequestInit = {}) => fetch(`${a.cloud.url}${path}`, { ...init, headers: { Authorization: `Bearer ${inside['RUNPOD_API_KEY']}` } }).then(({ status }) => status);
    expect([inside['RUNPOD_POD_ID'], inside['K']]).toEqual([body.id, 'v']);
    expect([await as(`/v2/pods/${body.id}`), await as(`/v2/pods/${other.id}`), await as('/v2/pods', { method: 'POST', body: '{}' }), await as('/v2/registries')]).toEqual([200, 403, 403, 403]);
  });
});

describe('a purchase is refused', () => {
  it.each<[string, object, number, RegExp]>([
    ['with both kinds of processor', { cpu: { id: 'cpu5c', vcpuCount: 2 } }, 400, /exactly one/],
    ['of a GPU nobody makes', { gpu: { id: 'NVIDIA L5' } }, 400, /unknown GPU/],
    ['of more GPUs than a machine has', { gpu: { id: 'NVIDIA L4', count: 8 } }, 400, /no longer any instances/],
    ['in a data centre without it', { dataCenterIds: ['US-KS-2'] }, 400, /no longer any instances/],
    ['with a volume that is not there', { mounts: { network: [{ volumeId: 'v', path: '/v' }] } }, 400, /volume not found/],
    ['with a credential that is not there', { registry: 'r' }, 400, /registry credential/],
    ['without a name', { name: '' }, 422, /validation/],
    ['with a field that RunPod does not know', { interruptible: true }, 422, /validation/],
  ])('%s', async (_, more, status, detail) => {
    await using a = await account();
    const reply = await a.buy(more);
    expect([reply.status, reply.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
    expect(reply.body.detail).toMatch(detail);
    expect(a.cloud.pods()).toEqual([]);
  });

  it('where nothing is in stock, which the catalogue shows', async () => {
    await using a = await account();
    a.cloud.catalogue.setStock('NVIDIA L4', 'EU-RO-1', 'NONE');
    expect((await a.buy()).status).toBe(400);
    const { body } = await a.call('GET', '/v2/catalog/gpus?include=AVAILABILITY&product=POD');
    expect(body.gpus.find(({ id }) => id === 'NVIDIA L4')?.availability).toBe('NONE');
  });
});

describe('a fault', () => {
  it('that loses an answer has acted, and one that loses a request has not', async () => {
    await using a = await account();
    a.cloud.faults.add({ kind: 'lost_answer' }, { times: 1 });
    await expect(a.buy()).rejects.toThrow();
    expect(a.cloud.pods().length).toBe(1);
    a.cloud.faults.add({ kind: 'lost_request' }, { times: 1 });
    await expect(a.buy()).rejects.toThrow();
    expect(a.cloud.pods().length).toBe(1);
  });

  it('that duplicates makes two and answers with one', async () => {
    await using a = await account();
    a.cloud.faults.add({ kind: 'duplicate' }, { times: 1 });
    const { body } = await a.buy();
    expect(await listed(a)).toContain(body.id);
    expect(a.cloud.pods().length).toBe(2);
  });

  it('that lags hides a pod from lists, and from nothing else', async () => {
    await using a = await account();
    a.cloud.faults.add({ kind: 'list_lag', ms: 10_000 }, { times: 1 });
    const { body } = await a.buy();
    expect([await listed(a), await statusOf(a, body.id)]).toEqual([[], 'PROVISIONING']);
    await a.pass(10_000);
    expect(await listed(a)).toEqual([body.id]);
  });

  it('that deletes slowly, vanishes, boots slowly or costs more does so', async () => {
    await using a = await account();
    a.cloud.faults.add({ kind: 'slow_delete', ms: 5_000 }, { times: 1 });
    a.cloud.faults.add({ kind: 'price_change', factor: 2 }, { times: 1 });
    a.cloud.faults.add({ kind: 'vanish', afterMs: 20_000 }, { times: 1 });
    a.cloud.faults.add({ kind: 'slow_boot', ms: 10_000 }, { times: 1 });
    const { body: dear } = await a.buy();
    const { body: slow } = await a.buy();
    expect([dear.cost, slow.cost]).toEqual([0.78, 0.39]);
    await a.call('DELETE', `/v2/pods/${slow.id}`);
    await a.pass(4_000);
    expect(await listed(a)).toEqual([dear.id, slow.id]);
    expect(await statusOf(a, dear.id)).toBe('PROVISIONING');
    await a.pass(2_000);
    expect(await listed(a)).toEqual([dear.id]);
    await a.pass(15_000);
    expect(await listed(a)).toEqual([]);
  });

  it.each([
    ['throttled', { kind: 'throttled', retryAfterS: 7 }, 429], ['expired_key', { kind: 'expired_key' }, 401],
    ['server_error', { kind: 'server_error', status: 503 }, 503], ['empty_wallet', { kind: 'empty_wallet' }, 402], ['no_capacity', { kind: 'no_capacity', region: 'EU-RO-1' }, 400],
  ] as const)('%s answers as RunPod does, and makes nothing', async (_, fault, status) => {
    await using a = await account();
    a.cloud.faults.add(fault, { times: 1 });
    const reply = await a.buy();
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([status, status === 429 ? '7' : null]);
    expect(a.cloud.pods()).toEqual([]);
    expect((await a.buy()).status).toBe(201);
  });
});

describe('a log stream', () => {
  async function read(a: Account, path: string, headers: Record<string, string> = {}): Promise<readonly string[]> {
    const leave = new AbortController();
    const response = await fetch(`${a.cloud.url}${path}`, { signal: leave.signal, headers: { Authorization: `Bearer ${a.cloud.apiKey}`, ...headers } });
    const { value } = await (response.body as ReadableStream<Uint8Array>).getReader().read();
    leave.abort();
    return new TextDecoder().decode(value).split('\n\n').filter((block) => block !== '');
  }

  it('shows what is there, from where it is asked to', async () => {
    await using a = await account({
      program: async ({ say, sleep }) => {
        for (const line of ['one', 'two', 'three']) say(line);
        await sleep(1e6);
        return 0;
      },
    });
    const { body } = await a.buy();
    await a.pass(3_000);
    const logs = `/v2/pods/${body.id}/logs`;
    const blocks = await read(a, `${logs}?source=container`);
    expect(blocks.map((block) => (JSON.parse(block.split('\ndata: ')[1]!) as { line: string }).line)).toEqual(['one', 'two', 'three']);
    expect(await read(a, `${logs}?source=container&tail=1`)).toEqual(blocks.slice(-1));
    const [id] = /^id: (.*)$/m.exec(blocks[1]!)!.slice(1);
    expect(await read(a, `${logs}?source=container`, { 'Last-Event-ID': id! })).toEqual(blocks.slice(1));
    expect((await read(a, `${logs}?source=system`)).length).toBe(2);
  });
});
