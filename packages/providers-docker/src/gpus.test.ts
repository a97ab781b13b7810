import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@neb/core-types';
import { expect, it } from 'vitest';
import { engineClient } from './connection/client.ts';
import { transportFor } from './connection/local.ts';
import { type Gpus, gpus } from './gpus.ts';
import { hostFacts } from './host-facts.ts';

/** An engine of two GPUs whose containers hold some. */
async function withEngine<T>(held: readonly (readonly [state: string, ids: string])[], work: (gpus: Gpus) => Promise<T>): Promise<T> {
  const containers = held.map(([State, ids], at) => ({ Id: `${at}`, Names: [`/neb.f.${at}`], State, Labels: { 'neb.gpus': ids }, Image: 'img', Created: 0 }));
  const server = createServer((request, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(request.url?.includes('/info') ? {} : containers));
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const client = engineClient(transportFor(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, undefined));
  try {
    return await work(gpus(client, hostFacts(client, [{ name: 'L4', count: 2 }], systemClock)));
  } finally {
    client.close();
    server.closeAllConnections();
    server.close();
  }
}

it.each([
  ['is free', [['exited', '0']], ['0'], 'went on'],
  ['are free', [], ['0', '1'], 'went on'],
  ['is none at all', [['running', '0,1']], [], 'went on'],
] as const)('a container goes on where what it had %s', async (_, held, ids, outcome) => {
  expect(await withEngine(held, (all) => all.withThese(ids, async () => 'went on'))).toBe(outcome);
});

it('a container whose GPU another one holds does not go on', async () => {
  let went = false;
  await expect(withEngine([['exited', '0'], ['running', '0']], (all) => all.withThese(['0', '1'], async () => { went = true; }))).rejects.toMatchObject({ code: 'no_capacity', message: expect.stringMatching(/^GPU 0 of .* another container's now$/) });
  expect(went).toBe(false);
});
