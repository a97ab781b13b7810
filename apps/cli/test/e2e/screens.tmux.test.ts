import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { builtCommand } from './command.ts';
import { type TestServer, testServer } from './server.ts';
import { type Terminal, terminal } from './terminal.ts';

let server: TestServer;
let built: Awaited<ReturnType<typeof builtCommand>>;
let home: string;
let at: Terminal;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-screens-'));
  [server, built] = await Promise.all([testServer(), builtCommand()]);
});
afterAll(async () => {
  await Promise.all([server[Symbol.asyncDispose](), built[Symbol.asyncDispose]()]);
  rmSync(home, { recursive: true });
});
beforeEach(async () => {
  at = await terminal({ HOME: home, NEB_SERVER: server.url, NEB_TOKEN: server.token, LANG: 'C.UTF-8', TERM: 'xterm-256color' });
  await at.enter(`cd ${home}; neb() { ${process.execPath} ${built.main} "$@"; }; clear`);
});
afterEach(async () => at[Symbol.asyncDispose]());

test('create shows each phase with its time, then what to do next', async () => {
  await at.enter('neb create container shown --image busybox --platform memory -n tty');
  const screen = await at.until(/Next:/);
  expect(screen).toMatch(/container\/shown created in tty\n(✓ (placing|starting) +\d+\.\ds\n)*✓ ready +\d+\.\ds\nNext: neb logs shown -n tty -f/);
});

test('Ctrl-C detaches, says that the container goes on, and exits with 130', async () => {
  await server.neb.containers.apply({ metadata: { name: 'first', namespace: 'tty' }, image: 'busybox', platform: 'memory', queue: 'q' });
  await server.neb.containers.wait({ namespace: 'tty', name: 'first' });
  await at.enter('neb create container second --image busybox --platform memory --queue q -n tty; echo code=$?');
  await at.until(/• queued/);
  await at.press('C-c');
  const screen = await at.until(/code=130/);
  expect(screen).toContain('Detached; container/second goes on.');
  expect((await server.neb.containers.get({ namespace: 'tty', name: 'second' })).status.status).toBe('queued');
});

test('get -w draws its table again in place', async () => {
  await at.enter('neb get containers -n drawn -w');
  await at.until(/NAMESPACE/);
  await server.neb.containers.apply({ metadata: { name: 'one', namespace: 'drawn' }, image: 'busybox', platform: 'memory' });
  await at.until(/drawn +one +running/);
  await server.neb.containers.apply({ metadata: { name: 'two', namespace: 'drawn' }, image: 'busybox', platform: 'memory' });
  const screen = await at.until(/drawn +two +running/);
  expect(screen.match(/NAMESPACE/g)).toHaveLength(1);
  expect(screen.match(/one/g)).toHaveLength(1);
  await at.press('C-c');
});

test('on a narrow terminal no line of a live table wraps', async () => {
  await server.neb.containers.apply({ metadata: { name: 'a-name-that-is-quite-long-for-a-container', namespace: 'narrow' }, image: 'busybox', platform: 'memory' });
  await at.resize(72, 20);
  await at.enter('clear; neb get containers -n narrow -w');
  await at.until(/running/);
  await new Promise((done) => setTimeout(done, 1_500));
  expect((await at.screen()).match(/NAMESPACE/g)).toHaveLength(1);
  await at.press('C-c');
});

test('deleting a namespace asks for its name', async () => {
  await server.neb.secrets.apply({ metadata: { name: 's', namespace: 'asked' }, value: 'v' });
  await at.enter('neb delete namespace asked');
  await at.until(/with its 0 containers and 1 secret\?\nType its name to go on:/);
  await at.enter('something');
  await at.until(/that is not its name; nothing was done/);
  await at.enter('clear; neb delete namespace asked');
  await at.until(/Type its name/);
  await at.enter('asked');
  await at.until(/namespace\/asked is being deleted/);
});

test('bash completes verbs, kinds, flags and the names of objects', async () => {
  await server.neb.containers.apply({ metadata: { name: 'completed-by-tab', namespace: 'local' }, image: 'busybox', platform: 'memory' });
  await at.enter('source <(neb completion bash); clear');
  await at.enter('echo ready');
  await at.until(/^ready/m);
  await at.press('n', 'e', 'b', 'Space', 'd', 'e', 's', 'Tab');
  await at.until(/neb describe/);
  await at.press('c', 'o', 'n', 'Tab');
  await at.until(/neb describe container/);
  await at.press('c', 'o', 'm', 'p');
  // Where the server takes longer than a person who pressed Tab waits, the next Tab has the answer.
  for (let tries = 0; tries < 20 && !(await at.screen()).includes('completed-by-tab'); tries++) {
    await at.press('Tab');
    await new Promise((done) => setTimeout(done, 500));
  }
  await at.until(/neb describe container completed-by-tab/);
  await at.press('C-u');
  await at.press('n', 'e', 'b', 'Space', 'g', 'e', 't', 'Space', '-', '-', 'w', 'Tab');
  await at.until(/neb get --watch/);
});

test('NO_COLOR and pipes have no colours, terminals do', async () => {
  await at.enter('neb get containers -n tty --color always | grep -c $(printf "\\033") ; NO_COLOR=1 neb get containers -n tty | grep -c $(printf "\\033")');
  expect(await at.until(/^\d+\n0$/m)).toMatch(/^[1-9]\d*\n0$/m);
});
