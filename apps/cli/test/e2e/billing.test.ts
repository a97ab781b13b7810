import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inProcess } from './in-process.ts';
import type { Ran } from './command.ts';
import { type TestServer, testServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
  writeFileSync(join(server.dataDir, 'web.yaml'), 'kind: Container\nmetadata: { name: web, namespace: shop, labels: { team: search } }\nimage: busybox\nplatform: memory\nmeters: [{ cost: 3600, unit: hour, currency: USD }]\n');
});
afterAll(() => server[Symbol.asyncDispose]());

const neb = (line: string): Promise<Ran> => inProcess(line.split(' '), { env: { HOME: server.dataDir, NEB_SERVER: server.url, NEB_TOKEN: server.token, NO_COLOR: '1', LANG: 'C.UTF-8' } });

test('what a container used is shown and billed, and a line of the bill that is changed is found out without a server', async () => {
  expect(await neb(`create -f ${join(server.dataDir, 'web.yaml')} --wait`)).toMatchObject({ code: 0 });
  expect(await neb('delete container web -n shop -y --wait')).toMatchObject({ code: 0 });
  await expect.poll(async () => (await neb('usage --kind runtime --by namespace,label:team -A -o csv')).stdout, { timeout: 10_000 }).toContain('shop');
  const [head, row = ''] = (await neb('usage --kind runtime --by namespace,label:team -A -o csv')).stdout.split('\n');
  expect(head).toBe('NAMESPACE,LABEL:TEAM,METRIC,QUANTITY,UNIT,AMOUNT,COST,MARGIN,CURRENCY');
  // A dollar a second.
  const [, seconds = '', amount = ''] = /^shop,search,runtime,([\d.]+),second,([\d.]+),0,[\d.]+,USD$/.exec(row) ?? [];
  expect(amount).toBe(seconds);
  expect((await neb('cost --by service,container -n shop')).stdout).toMatch(new RegExp(`^SERVICE +CONTAINER +AMOUNT +COST +MARGIN +CURRENCY\n- +web +${seconds} +0 +${seconds} +USD\n$`));
  for (const verb of ['cost', 'usage']) {
    const { items } = JSON.parse((await neb(`${verb} --by owner,namespace,container,platform,day,label:team -n shop --kind runtime -o json`)).stdout) as { readonly items: readonly unknown[] };
    expect(items).toMatchObject([{ by: { owner: 'local', namespace: 'shop', container: 'web', platform: 'memory', day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), 'label:team': 'search' }, currency: 'USD', amount }]);
    expect((await neb(`${verb} --by processor,service,accelerator,region -n shop --kind runtime -o csv`)).stdout).toMatch(new RegExp(`^PROCESSOR,SERVICE,ACCELERATOR,REGION,.*\n,,,[^,\n]*,.*${amount},0,${amount},USD\n$`));
  }
  const page = join(server.dataDir, 'costs.html');
  expect(await neb(`cost -n shop --html ${page}`)).toMatchObject({ code: 0, stdout: `${page} written; a browser shows it\n` });
  expect(readFileSync(page, 'utf8')).toMatch(new RegExp(`<h2>USD</h2>.*<dd>${amount}</dd>.*By day.*By container.*<td>web</td><td>${amount}</td>`, 's'));
  expect((await neb('cost -n shop --by label:team --html -')).stdout).toMatch(/^<!doctype html>.*By label team.*<td>search<\/td>.*<\/html>\n$/s);
  expect(await neb('cost --html /nowhere/costs.html')).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be written') });
  expect(await neb('cost -n nowhere')).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('Nothing was used') });
  expect(await neb('usage --by colour')).toMatchObject({ code: 2, stderr: expect.stringContaining('usage cannot be told apart by colour') });
  expect(await neb('cost -l team!=search')).toMatchObject({ code: 2, stderr: expect.stringContaining('KEY=VALUE only') });

  const bill = await neb('bill export --since 1d');
  const file = join(server.dataDir, 'bill.jsonl');
  writeFileSync(file, bill.stdout);
  const checked = await inProcess(['bill', 'verify', file], { env: { HOME: server.dataDir, LANG: 'C.UTF-8' } });
  expect(checked).toMatchObject({ code: 0, stdout: expect.stringMatching(new RegExp(`${seconds} USD asked, 0 USD paid to platforms\n.*\nsigned with the key [0-9a-f]{32}, which was not checked`)) });
  const signed = async (...more: readonly string[]): Promise<Ran> => await inProcess(['bill', 'verify', file, ...more], { env: { HOME: server.dataDir, LANG: 'C.UTF-8' } });
  const pem = join(server.dataDir, 'keys.pem');
  writeFileSync(pem, (await neb('admin bill-keys')).stdout);
  const wellKnown = join(server.dataDir, 'keys.json');
  writeFileSync(wellKnown, await (await fetch(`${server.url}/.well-known/neb-bill-keys`)).text());
  const rotated = await neb('admin rotate-bill-key');
  expect(rotated).toMatchObject({ code: 0, stdout: expect.stringContaining('signs now') });
  for (const way of [['--key', pem], ['--key', wellKnown], ['--server', server.url, '--signed']]) expect(await signed(...way)).toMatchObject({ code: 0, stdout: expect.stringMatching(/\nsigned with the key [0-9a-f]{32}\n$/) });
  writeFileSync(pem, rotated.stdout);
  expect(await signed('--key', pem)).toMatchObject({ code: 2, stderr: expect.stringContaining('which is none of those') });
  expect(await signed('--key', file)).toMatchObject({ code: 2, stderr: expect.stringContaining('no public key') });
  const whole = readFileSync(file, 'utf8');
  writeFileSync(file, whole.replace('"owner":"local","since"', '"owner":"other","since"'));
  expect(await signed('--server', server.url)).toMatchObject({ code: 2, stderr: expect.stringContaining('the signature is not of this bill') });
  writeFileSync(file, whole.trimEnd().split('\n').slice(0, -1).join('\n'));
  expect(await signed('--server', server.url)).toMatchObject({ code: 2, stderr: expect.stringContaining('is not signed') });
  writeFileSync(file, whole);
  writeFileSync(file, readFileSync(file, 'utf8').replace(`"amount":"${amount}"`, '"amount":"0.01"'));
  expect(await inProcess(['bill', 'verify', file], { env: { HOME: server.dataDir, LANG: 'C.UTF-8' } })).toMatchObject({ code: 2, stderr: expect.stringMatching(/line \d+: record \d+ \(\S+\) is not what was written/) });
  expect(await neb('admin openmeter retry')).toMatchObject({ stderr: expect.stringContaining('delivers to no OpenMeter') });
  expect(await neb('bill export --month 2026-13')).toMatchObject({ code: 2, stderr: expect.stringContaining('no month') });
});

test('lists say what containers cost, what they came to and what they will have come to, with what is not in the ledger yet', async () => {
  expect(await neb(`create -f ${join(server.dataDir, 'web.yaml')} --name listed --wait`)).toMatchObject({ code: 0 });
  const listed = async (): Promise<Record<string, string> | undefined> => {
    const { items } = JSON.parse((await neb('get containers -n shop -o json')).stdout) as { readonly items: readonly { readonly status: { readonly spending?: { readonly runs: number; readonly asked: readonly Record<string, string>[] } } }[] };
    return items[0]?.status.spending?.asked[0];
  };
  await expect.poll(async () => Number((await listed())?.['spent'] ?? 0), { timeout: 10_000 }).toBeGreaterThan(0);
  const { currency, per_hour, spent, projected } = (await listed())!;
  expect([currency, per_hour, Number(projected) >= Number(spent)]).toEqual(['USD', '3600', true]);
  const [head = '', row = ''] = (await neb('get containers -n shop -o wide')).stdout.split('\n');
  expect(head).toMatch(/ \$\/h +SPENT +PROJECTED$/);
  expect(row).toMatch(/ \$3600\.00 +\$[\d.]+ +\$[\d.]+$/);
  expect((await neb('get containers -n shop')).stdout).not.toContain('SPENT');
  expect(await neb('get containers -n shop --sort-by spent -o name')).toMatchObject({ stdout: 'container/listed\n' });
  expect(await neb('delete container listed -n shop -y --wait')).toMatchObject({ code: 0 });
});
