import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verbEntries } from '../../src/verbs.ts';
import { inProcess } from './in-process.ts';
import { type TestServer, testServer } from './server.ts';

let server: TestServer;
let home: string;
let env: Record<string, string>;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-json-'));
  server = await testServer();
  env = { HOME: home, NEB_SERVER: server.url, NEB_TOKEN: server.token, LANG: 'C.UTF-8', EDITOR: 'true' };
  writeFileSync(join(home, 'web.yaml'), 'kind: Container\nmetadata: { name: web, namespace: js }\nimage: busybox\nplatform: memory\n');
  writeFileSync(join(home, 'front.yaml'), 'kind: Service\nmetadata: { name: front, namespace: js }\nmin_containers: 0\nmax_containers: 0\ncontainer: { image: busybox, platform: memory }\n');
  for (const line of ['create -f web.yaml', 'create secret key --value v -n js', 'create namespace js2']) {
    const { code, stderr } = await inProcess(line.split(' ').map((word) => word.replace('web.yaml', join(home, 'web.yaml'))), { env });
    expect([line, code, stderr.replace(/^Next.*\n/, '')]).toEqual([line, 0, '']);
  }
  await server.neb.containers.wait({ namespace: 'js', name: 'web' });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
});

interface Line {
  readonly verb: string;
  readonly line: string;
  readonly code?: number;
  readonly until?: string;
}

/** Every verb with words that make it do its work; `until` ends those that go on for ever. */
const lines: readonly Line[] = ([
  ['create', 'create container made --image busybox --platform memory -n js'],
  ['create', 'create -f web.yaml --dry-run'],
  ['create', 'create -f web.yaml --dry-run=server', { code: 5 }],
  ['create', 'create container waited --image busybox --platform memory -n js --wait'],
  ['apply', 'apply -f web.yaml'],
  ['diff', 'diff -f web.yaml'],
  ['get', 'get containers -n js'],
  ['get', 'get containers web -n js'],
  ['get', 'get containers,secrets -n js'],
  ['get', 'get container/web secret/key -n js'],
  ['get', 'get secrets -A'],
  ['get', 'get namespaces'],
  ['get', 'get platforms'],
  ['get', 'get accelerators'],
  ['get', 'get accelerators H100 L40S --memory 80 --count 8 --max-price 100 --sort price'],
  ['get', 'get accelerators H100 --max-price 0.01'],
  ['get', 'get accelerators H10', { code: 3 }],
  ['get', 'get accelerators --count many', { code: 2 }],
  ['get', 'get accelerators --known'],
  ['get', 'get events -n js'],
  ['get', 'get secret key -n js --reveal -y'],
  ['get', 'get containers -n js -w', { code: 130, until: '"web"' }],
  ['get', 'get containers nobody -n js', { code: 3 }],
  ['describe', 'describe container web -n js'],
  ['describe', 'describe secret key -n js'],
  ['describe', 'describe namespace js'],
  ['edit', 'edit container web -n js'],
  ['wait', 'wait container web -n js --for=running --timeout 10s'],
  ['wait', 'wait container web -n js --for=completed --timeout 100ms', { code: 8 }],
  ['logs', 'logs web -n js'],
  ['exec', 'exec web -n js -c "echo hi"'],
  ['exec', 'exec web -n js -c false', { code: 1 }],
  ['port-forward', 'port-forward web 0:80 -n js', { code: 130, until: '"port"' }],
  ['cp', 'cp js/web:/tmp/x ./x', { code: 1 }],
  ['top', 'top -n js'],
  ['events', 'events -n js'],
  ['usage', 'usage -n js'],
  ['usage', 'usage --by color', { code: 2 }],
  ['cost', 'cost --by owner,label:team --since 7d -A'],
  ['cost', 'cost --owner nobody --limit 0', { code: 2 }],
  ['bill', 'bill export --month 2026-01'],
  ['bill', 'bill verify nowhere.jsonl', { code: 3 }],
  ['explain', 'explain container.image'],
  ['explain', 'explain container web -n js'],
  ['api-resources', 'api-resources'],
  ['schema', 'schema container'],
  ['help', 'help'],
  ['help', 'help output'],
  ['help', '--help'],
  ['config', 'config view --origin'],
  ['config', 'config set-context c --server http://127.0.0.1:3000'],
  ['config', 'config get-contexts'],
  ['config', 'config current-context'],
  ['config', 'config use-context c'],
  ['config', 'config delete-context c'],
  ['whoami', 'whoami'],
  ['auth', 'auth can-i create containers -n js'],
  ['auth', 'auth can-i fly containers', { code: 2 }],
  ['create', 'create organisation acme'],
  ['create', 'create serviceaccount ci@acme --role developer'],
  ['create', 'create key laptop --expires 30d --scope-verb read'],
  ['create', 'create key pipeline --service-account ci@acme'],
  ['get', 'get keys'],
  ['get', 'get keys --owner acme'],
  ['get', 'get organisations'],
  ['get', 'get sa'],
  ['members', 'members acme add ada@example.com --role admin'],
  ['members', 'members acme set ada@example.com --role viewer'],
  ['members', 'members acme'],
  ['members', 'members acme remove ada@example.com'],
  ['get', 'get users'],
  ['admin', 'admin make-administrator ada@example.com'],
  ['admin', 'admin unmake-administrator ada@example.com'],
  ['admin', 'admin disable-user ada@example.com'],
  ['admin', 'admin enable-user ada@example.com'],
  ['admin', 'admin disable-user nobody@example.com', { code: 3 }],
  ['delete', 'delete key nobody', { code: 3 }],
  ['delete', 'delete sa ci@acme'],
  ['delete', 'delete org acme -y'],
  ['admin', 'admin openmeter status'],
  ['admin', 'admin openmeter sync', { code: 1 }],
  ['admin', 'admin verify-audit'],
  ['version', 'version'],
  ['version', 'version --client'],
  ['completion', 'completion bash'],
  ['doctor', 'doctor'],
  ['login', 'login --token TOKEN --name here'],
  ['logout', 'logout'],
  ['show', 'show config'],
  ['set', 'set context here'],
  ['serve', 'serve --docker --print'],
  ['serve', 'serve --port 70000', { code: 2 }],
  ['down', 'down'],
  ['up', 'up --port 0', { code: 2 }],
  ['create', 'create service -f front.yaml'],
  ['apply', 'apply -f front.yaml'],
  ['get', 'get services -n js'],
  ['describe', 'describe service front -n js'],
  ['explain', 'explain service front -n js'],
  ['scale', 'scale service front --replicas 0 -n js'],
  ['scale', 'scale service front --min 0 -n js'],
  ['rollout', 'rollout status service/front -n js --no-watch'],
  ['rollout', 'rollout history service/front -n js'],
  ['rollout', 'rollout undo service/front -n js', { code: 5 }],
  ['rollout', 'rollout restart service/front -n js'],
  ['curl', 'curl service/nobody / -n js', { code: 3 }],
  ['open', 'open service/nobody -n js', { code: 3 }],
  ['delete', 'delete service front -n js'],
  ['suspend', 'suspend web -n js'],
  ['resume', 'resume web -n js'],
  ['checkpoint', 'checkpoint web --name moment -n js'],
  ['get', 'get snapshots -n js'],
  ['describe', 'describe snapshot moment -n js'],
  ['snapshot', 'snapshot import nowhere.snapshot -n js', { code: 3 }],
  ['fork', 'fork web --name twin -n js'],
  ['fork', 'fork web --name triplet --env A=b -n js', { code: 1 }],
  ['migrate', 'migrate web --cheapest -n js', { code: 1 }],
  ['delete', 'delete snapshot moment -n js --wait'],
  ['delete', 'delete container web -n js --wait'],
  ['delete', 'delete namespace js2', { code: 2 }],
  ['delete', 'delete namespace js2 -y'],
  ['send', 'send processor nobody --data {} -n js', { code: 3 }],
  ['read', 'read processor nobody -n js', { code: 3 }],
  ['scale', 'scale processor nobody --auto -n js', { code: 3 }],
  ['dead-letters', 'dead-letters nobody -n js', { code: 3 }],
  ['get', 'get processors -n js'],
  ['connect', 'connect', { code: 1 }], ['sync', 'sync volumes', { code: 1 }],
  ['select', 'select checkpoint', { code: 1 }], ['proxy', 'proxy shell', { code: 1 }], ['daemon', 'daemon', { code: 1 }],
] as const satisfies readonly (readonly [verb: string, words: string, about?: { readonly code?: number; readonly until?: string }])[]).map(([verb, line, about]) => ({ verb, line, ...about }));

test('every verb is in the table', () => {
  expect(new Set(lines.map(({ verb }) => verb))).toEqual(new Set(verbEntries.map(([name]) => name)));
});

// In order: what the first ones make, the last ones delete.
test.each(lines)('neb $line -o json writes JSON to stdout, and nothing else', async ({ line, code: wanted, until }) => {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => (quoted ?? plain!).replace(/^(?:web|front)\.yaml$/, (name) => join(home, name)).replace('TOKEN', server.token));
  const { code, stdout } = await inProcess([...words, '-o', 'json'], { env, ...(until !== undefined && { until: (text: string) => text.includes(until) }) });
  expect({ code, stdout }).toEqual({ code: wanted ?? (line === 'doctor' ? expect.any(Number) : 0), stdout: expect.any(String) });
  // Streams are a value a line; all else is one value.
  const values = (isStream(line) ? stdout.trimEnd().split('\n') : [stdout]).map((text) => JSON.parse(text) as unknown);
  expect(values.length).toBeGreaterThan(0);
  for (const value of values) expect(typeof value).toBe('object');
  if (code !== 0 && code !== 130 && !line.startsWith('exec')) expect(values).toEqual([{ error: expect.objectContaining({ code: expect.any(String), message: expect.any(String) }) }]);
});

function isStream(line: string): boolean {
  return /^(logs|port-forward|bill export)| -w$/.test(line);
}
