import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtCommand } from './command.ts';
import { importShellImage, shellImage } from './shell-image.ts';
import { type TestServer, testServer } from './server.ts';
import { terminal } from './terminal.ts';

let server: TestServer;
let built: Awaited<ReturnType<typeof builtCommand>>;
let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-exec-'));
  [server, built] = await Promise.all([testServer({ NEB_PLATFORMS: 'docker' }), builtCommand(), importShellImage()]);
  await server.neb.containers.apply({ metadata: { name: 'shell', namespace: 'tty' }, image: shellImage, platform: 'docker', command: ['sleep', '600'] });
  await server.neb.containers.wait({ namespace: 'tty', name: 'shell' });
});
afterAll(async () => {
  await Promise.all(['shell', 'phases'].map(async (name) => {
    await server.neb.containers.delete({ namespace: 'tty', name });
    await server.neb.containers.wait({ namespace: 'tty', name }, { for: 'deleted' });
  }));
  await Promise.all([server[Symbol.asyncDispose](), built[Symbol.asyncDispose]()]);
  rmSync(home, { recursive: true });
});

test('exec -it gives a terminal that follows its window, takes Ctrl-C, ends with the shell\'s code, and is given back as it was', async () => {
  await using at = await terminal({ HOME: home, NEB_SERVER: server.url, NEB_TOKEN: server.token, LANG: 'C.UTF-8', TERM: 'xterm-256color' }, { columns: 100, rows: 30 });
  await at.enter(`neb() { ${process.execPath} ${built.main} "$@"; }; before=$(stty -g); clear`);
  await at.enter('neb exec -it shell -n tty -- sh');
  await at.until(/\/ #/);
  await at.enter('stty size');
  await at.until(/^30 100$/m);
  await at.resize(80, 20);
  await new Promise((done) => setTimeout(done, 500));
  await at.enter('stty size');
  await at.until(/^20 80$/m);
  await at.enter('sleep 600');
  await new Promise((done) => setTimeout(done, 300));
  await at.press('C-c');
  await at.enter('echo "after the interrupt"');
  await at.until(/^after the interrupt$/m);
  await at.enter('exit 3');
  await at.until(/^\$ ?$/m);
  await at.enter('echo "code=$?"; [ "$before" = "$(stty -g)" ] && echo same-terminal');
  const screen = await at.until(/same-terminal$/m);
  expect(screen).toContain('code=3');
}, 60_000);

test('create shows its phases as they come and go', async () => {
  await using at = await terminal({ HOME: home, NEB_SERVER: server.url, NEB_TOKEN: server.token, LANG: 'C.UTF-8', TERM: 'xterm-256color' });
  await at.enter(`clear; ${process.execPath} ${built.main} create container phases --image ${shellImage} --cmd 'sleep 600' -n tty`);
  const screen = await at.until(/Next:/, 30_000);
  expect(screen).toMatch(/container\/phases created in tty\n(✓ placing +\d+\.\ds\n)?✓ starting +\d+\.\ds\n✓ ready +\d+\.\ds\nNext:/);
}, 60_000);

test('a command that is killed gives the terminal back', async () => {
  await using at = await terminal({ HOME: home, NEB_SERVER: server.url, NEB_TOKEN: server.token, LANG: 'C.UTF-8', TERM: 'xterm-256color' });
  await at.enter('before=$(stty -g); clear');
  await at.enter(`${process.execPath} ${built.main} exec -it shell -n tty -- sh`);
  await at.until(/\/ #/);
  await at.enter('clear');
  const pid = execFileSync('sh', ['-c', `ps -eo pid,args | grep '${built.main} exec' | grep -v grep | awk '{print $1}'`], { encoding: 'utf8' }).trim().split('\n')[0]!;
  process.kill(Number(pid), 'SIGTERM');
  await at.until(/\$ ?$/m);
  await at.enter('[ "$before" = "$(stty -g)" ] && echo same-terminal');
  await at.until(/^same-terminal$/m);
}, 60_000);
