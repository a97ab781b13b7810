import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inProcess } from './in-process.ts';
import type { Ran } from './command.ts';
import { type TestServer, testServer } from './server.ts';

let server: TestServer;
const file = (name: string): string => join(server.dataDir, `${name}.yaml`);
beforeAll(async () => {
  server = await testServer();
  // A dollar a second is asked, and a dollar may be.
  writeFileSync(file('purse'), 'kind: Budget\nmetadata: { name: purse, namespace: shop }\ncounts: price\nlimits: { total: 1 }\nhorizon: 0s\n');
  const job = (name: string): string => `kind: Container\nmetadata: { name: ${name}, namespace: shop }\nimage: busybox\nplatform: memory\nmeters: [{ cost: 3600, unit: hour, currency: USD }]\n`;
  for (const name of ['job', 'late']) writeFileSync(file(name), job(name));
}, 120_000);
afterAll(() => server[Symbol.asyncDispose]());

const neb = (line: string): Promise<Ran> => inProcess(line.split(' '), { env: { HOME: server.dataDir, NEB_SERVER: server.url, NEB_TOKEN: server.token, NO_COLOR: '1', LANG: 'C.UTF-8' } });

test('what a budget stops, and what it lets not start, ends with exit code 6', async () => {
  expect(await neb(`create -f ${file('purse')}`)).toMatchObject({ code: 0 });
  expect((await neb('get budgets -n shop')).stdout).toMatch(/^NAMESPACE +NAME +OF +STATUS +SPENT +LIMIT +PER +PER HOUR +PROJECTED +AGE\nshop +purse +namespace +within /);
  expect(await neb(`create -f ${file('job')} -d`)).toMatchObject({ code: 0 });
  expect(await neb('wait container job -n shop --for=completed')).toMatchObject({ code: 6, stderr: expect.stringMatching(/container shop\/job was stopped by a budget: budget shop\/purse: \$[\d.]+ of \$1 is spent in all, at \$3600\/h/) });
  expect(await neb('wait container job -n shop --for=ended')).toMatchObject({ code: 0 });
  expect(await neb(`create -f ${file('late')} --wait`)).toMatchObject({ code: 6, stderr: expect.stringContaining('budget shop/purse lets nothing start that costs') });
  const shown = await neb('describe budget purse -n shop');
  expect(shown.stdout).toMatch(/Status: +stop\n/);
  expect(shown.stdout).toContain('BudgetStops');
  expect(await neb('create budget other -n shop')).toMatchObject({ code: 2, stderr: expect.stringContaining('a budget needs a file') });
  expect(await neb('delete budget purse -n shop -y --wait')).toMatchObject({ code: 0 });
  expect(await neb(`create -f ${file('late')} --wait`)).toMatchObject({ code: 0 });
}, 120_000);
