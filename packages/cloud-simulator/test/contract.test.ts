import { describe, expect, it } from 'vitest';
import { contract, type Exchange } from '../src/index.ts';
import { account, description } from './account.ts';

const problemsOf = contract(description);

async function exchanged(): Promise<readonly Exchange[]> {
  await using a = await account();
  const { body: pod } = await a.buy();
  await a.pass(5_000);
  await a.buy({ nonsense: 1 });
  for (const [method, path, body] of [
    ['GET', '/v2/pods'], ['GET', `/v2/pods/${pod.id}`], ['GET', '/v2/pods/nobody'], ['PATCH', `/v2/pods/${pod.id}`, { name: 'q' }],
    ['POST', `/v2/pods/${pod.id}/action`, { action: 'stop' }], ['POST', `/v2/pods/${pod.id}/action`, { action: 'stop' }], ['DELETE', `/v2/pods/${pod.id}`],
    ['GET', '/v2/catalog/gpus'], ['GET', '/v2/catalog/gpus?include=AVAILABILITY&product=POD&count=2'], ['GET', '/v2/catalog/cpus?include=AVAILABILITY&product=POD'],
    ['GET', '/v2/catalog/datacenters'], ['POST', '/v2/network-volumes', { name: 'v', size: 10, dataCenter: 'EU-RO-1' }], ['GET', '/v2/network-volumes'],
    ['POST', '/v2/registries', { name: 'r', username: 'u', password: 'p' }], ['GET', '/v2/registries'], ['DELETE', '/v2/registries/nobody'],
  ] as const) await a.call(method, path, body);
  return a.cloud.exchanges;
}

describe('what goes over the wire', () => {
  it('keeps to the description of RunPod', async () => {
    const exchanges = await exchanged();
    expect(exchanges.length).toBe(18);
    expect(exchanges.flatMap((exchange) => problemsOf(exchange))).toEqual([]);
  });

  it.each<[string, string, (exchange: Exchange) => Exchange]>([
    ['an answer that leaves something out', 'getPod', (e) => ({ ...e, responseBody: { ...(e.responseBody as object), env: undefined } })],
    ['an answer with another kind of value', 'listRegistries', (e) => ({ ...e, responseBody: { registries: [{ id: 1, name: 'r' }] } })],
    ['a status that RunPod does not have', 'getPod', (e) => ({ ...e, responseBody: { ...(e.responseBody as object), status: 'DREAMING' } })],
    ['a request with something unheard of', 'createPod', (e) => ({ ...e, requestBody: { ...(e.requestBody as object), unheardOf: 1 } })],
    ['a request without its name', 'createPod', (e) => ({ ...e, requestBody: { image: 'app' } })],
    ['a body where there is none', 'deletePod', (e) => ({ ...e, responseBody: {} })],
    ['a problem that is none', 'deleteRegistry', (e) => ({ ...e, responseBody: { error: 'oops' } })],
    ['a path that RunPod does not have', 'listPods', (e) => ({ ...e, path: '/v2/dreams' })],
  ])('would be caught with %s', async (_, operation, broken) => {
    const found = (await exchanged()).find((exchange) => exchange.operation === operation)!;
    expect(problemsOf(found)).toEqual([]);
    expect(problemsOf(broken(found))).not.toEqual([]);
  });
});
