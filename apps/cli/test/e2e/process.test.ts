import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Container } from '@neb/core-types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtCommand, type Command, command } from './command.ts';
import { type TestServer, testServer } from './server.ts';

let server: TestServer;
let home: string;
let neb: Command;
let built: Awaited<ReturnType<typeof builtCommand>>;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-process-'));
  [server, built] = await Promise.all([testServer(), builtCommand()]);
  neb = command({ main: built.main, home, env: { NEB_SERVER: server.url, NEB_TOKEN: server.token } });
});
afterAll(async () => {
  await Promise.all([server[Symbol.asyncDispose](), built[Symbol.asyncDispose]()]);
  rmSync(home, { recursive: true });
});

describe('the life of a container', () => {
  test('create, look, run, change, compare and delete', async () => {
    writeFileSync(join(home, 'job.yaml'), 'kind: Container\nmetadata: { name: job, namespace: life, labels: { app: x } }\nimage: busybox\nplatform: memory\n');
    expect(await neb(['create', 'container', '-f', 'job.yaml', '--wait'])).toMatchObject({ code: 0, stderr: expect.stringMatching(/^container\/job created in life\n(?:\d{4}-\S+Z container\/job .*\n)*\d{4}-\S+Z container\/job ready\nNext: /) });
    expect(await neb(['create', '-f', 'job.yaml'])).toMatchObject({ code: 5, stdout: '', stderr: expect.stringContaining('exists already') });
    expect((await neb(['get', 'containers', 'job', '-n', 'life', '--no-headers'])).stdout).toMatch(/^life +job +running +- +0 +memory/);
    expect((await neb(['get', 'containers', '-l', 'app=x', '-o', 'name'])).stdout).toBe('container/job\n');
    expect((await neb(['get', 'containers', '-l', 'app=y', '-o', 'name'])).stdout).toBe('');
    expect((await neb(['get', 'containers', '--field-selector', 'status=running,namespace=life', '-o', 'jsonpath={.items[*].metadata.name}'])).stdout).toBe('job\n');
    expect((await neb(['get', 'co/job', '-n', 'life', '-o', 'custom-columns=N:.metadata.name,S:.status.status'])).stdout).toBe('N     S\njob   running\n');
    expect((await neb(['wait', 'container', 'job', '-n', 'life', '--for=status=running'])).stdout).toBe('container/job is running\n');
    expect(await neb(['exec', 'job', '-n', 'life', '-c', "sh -c 'exit 7'"])).toMatchObject({ code: 7 });
    expect(await neb(['exec', 'job', '-n', 'life', '-c', 'echo hello'])).toMatchObject({ code: 0, stdout: 'hello\n', stderr: '' });
    expect(await neb(['exec', 'job', '-n', 'life', '--', 'nothing'])).toMatchObject({ code: 127, stderr: 'nothing: not found\n' });
    expect(await neb(['exec', '-i', 'job', '-n', 'life', '--', 'cat'], { stdin: 'piped\n' })).toMatchObject({ code: 0, stdout: 'piped\n' });
    expect(await neb(['diff', '-f', 'job.yaml'])).toMatchObject({ code: 0, stdout: '' });
    writeFileSync(join(home, 'job2.yaml'), 'kind: Container\nmetadata: { name: job, namespace: life, labels: { app: z } }\nimage: busybox\nplatform: memory\n');
    expect(await neb(['diff', '-f', 'job2.yaml'])).toMatchObject({ code: 1, stdout: expect.stringMatching(/^--- container\/life\/job\n\+\+\+ container\/life\/job\n@@[\s\S]*\n- +app: x\n\+ +app: z\n/) });
    expect((await neb(['apply', '-f', 'job2.yaml'])).stdout).toMatch(/^container\/job configured in life \(metadata\.labels/);
    expect((await neb(['apply', '-f', 'job2.yaml'])).stdout).toBe('container/job unchanged in life\n');
    expect((await neb(['delete', 'containers', 'job', '-n', 'life', '--wait'])).stdout).toBe('container/job deleted\n');
    expect(await neb(['delete', 'container', 'job', '-n', 'life'])).toMatchObject({ code: 3, stderr: expect.stringContaining('was deleted already') });
    expect(await neb(['delete', 'container', 'job', '-n', 'life', '--ignore-not-found'])).toMatchObject({ code: 0, stdout: '' });
    expect((await neb(['get', 'containers', '-n', 'life', '-o', 'name'])).stdout).toBe('');
  });

  test('what get -o yaml prints can be applied again', async () => {
    await neb(['create', 'container', 'again', '--image', 'busybox', '--platform', 'memory', '-n', 'yaml', '--wait']);
    const { stdout } = await neb(['get', 'containers', '-n', 'yaml', '-o', 'yaml']);
    expect(await neb(['apply', '-f', '-'], { stdin: stdout })).toMatchObject({ code: 0, stdout: 'container/again unchanged in yaml\n' });
  });

  test('secrets are listed without their values, and shown only where asked for', async () => {
    expect((await neb(['create', 'secret', 'my-secret', '--value', 'tops3cret', '-n', 'my-app'])).stdout).toBe('secret/my-secret created in my-app\n');
    expect((await neb(['get', 'secrets', '-n', 'my-app'])).stdout).toContain('my-secret');
    expect(JSON.stringify(await neb(['get', 'secrets', 'my-secret', '-n', 'my-app', '-o', 'json']))).not.toContain('tops3cret');
    expect(await neb(['get', 'secret', 'my-secret', '-n', 'my-app', '--reveal'])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--yes') });
    expect((await neb(['get', 'secret', 'my-secret', '-n', 'my-app', '--reveal', '-y'])).stdout).toBe('tops3cret\n');
    expect((await neb(['delete', 'secrets', 'my-secret', '-n', 'my-app'])).stdout).toBe('secret/my-secret deleted\n');
  });

  test('a name that is elsewhere is found, and told', async () => {
    await neb(['create', 'container', 'lost', '--image', 'busybox', '--platform', 'memory', '-n', 'there']);
    expect(await neb(['logs', 'lost'])).toMatchObject({ code: 3, stderr: expect.stringContaining('There is one in namespace there: add -n there.') });
    expect(await neb(['get', 'container', 'lots', '-n', 'there'])).toMatchObject({ code: 3, stderr: expect.stringContaining('Did you mean "lost"?') });
  });

  test('a namespace goes with all that is in it, and only by its name', async () => {
    await neb(['create', 'container', 'inside', '--image', 'busybox', '--platform', 'memory', '-n', 'doomed', '--wait']);
    expect(await neb(['delete', 'namespace', 'doomed'])).toMatchObject({ code: 2, stderr: expect.stringContaining('with its 1 container and 0 secrets?') });
    expect(await neb(['delete', 'namespace', 'doomed', '-y', '--wait', '--timeout', '15s'])).toMatchObject({ code: 0, stdout: 'namespace/doomed deleted\n' });
    expect((await neb(['get', 'containers', '-n', 'doomed', '-o', 'name'])).stdout).toBe('');
  });

  test('a container that cannot be placed ends a wait with its own sentence', async () => {
    const { code, stderr } = await neb(['create', 'container', 'greedy', '--image', 'busybox', '--accelerators', '8:H100_SXM', '-n', 'life', '--wait', '--wait-timeout', '10s']);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/error: .*H100_SXM/);
  });

  test('an editor\'s change is applied, and a mistake in it is kept', async () => {
    await neb(['create', 'container', 'edited', '--image', 'busybox', '--platform', 'memory', '-n', 'life', '--wait']);
    const editor = (script: string): string => {
      const file = join(home, 'editor.sh');
      writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      return file;
    };
    expect(await neb(['edit', 'container', 'edited', '-n', 'life'], { env: { EDITOR: 'true' } })).toMatchObject({ code: 0, stdout: 'container/edited unchanged\n' });
    expect(await neb(['edit', 'container', 'edited', '-n', 'life'], { env: { EDITOR: editor('sed -i "s/^  name: edited/  name: edited\\n  labels: { by: hand }/" "$1"') } })).toMatchObject({ code: 0, stdout: expect.stringContaining('configured') });
    const wrong = await neb(['edit', 'container', 'edited', '-n', 'life'], { env: { EDITOR: editor('echo "imge: x" >> "$1"') } });
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringMatching(/imge[\s\S]*Your text is in .*edited\.yaml/) });
    expect(await neb(['edit', 'container', 'edited', '-n', 'life'], { env: { EDITOR: 'false' } })).toMatchObject({ code: 1, stderr: expect.stringContaining('ended with exit code 1') });
    const other = editor(`${process.execPath} ${built.main} apply -f other.yaml >/dev/null; sed -i "s/busybox/debian/" "$1"`);
    writeFileSync(join(home, 'other.yaml'), 'kind: Container\nmetadata: { name: edited, namespace: life }\nimage: alpine\nplatform: memory\n');
    expect(await neb(['edit', 'container', 'edited', '-n', 'life'], { env: { EDITOR: other } })).toMatchObject({ code: 5, stderr: expect.stringContaining('changed by another') });
  });
});

describe('streams and signals', () => {
  test('a watch prints a line of JSON a change, and Ctrl-C ends it with 130', async () => {
    const watching = neb(['get', 'containers', '-n', 'watched', '-w', '-o', 'json'], {
      onOutput: (all, child) => {
        if (all.includes('"running"')) child.kill('SIGINT');
      },
    });
    await neb(['create', 'container', 'w', '--image', 'busybox', '--platform', 'memory', '-n', 'watched']);
    const { code, stdout } = await watching;
    expect(code).toBe(130);
    const statuses = stdout.trimEnd().split('\n').map((line) => (JSON.parse(line) as Container).status.status);
    expect(statuses.at(-1)).toBe('running');
  });

  test('a reader that has read enough, as head, is no error', async () => {
    const { stderr, stdout } = spawnSync('bash', ['-c', `set -o pipefail; ${process.execPath} ${built.main} schema container | head -1; echo "\${PIPESTATUS[0]}"`], { env: { ...neb.env }, encoding: 'utf8' });
    expect([stdout, stderr]).toEqual(['{\n0\n', '']);
  });

  test('port-forward carries bytes both ways', async () => {
    await neb(['create', 'container', 'echo', '--image', 'busybox', '--platform', 'memory', '-n', 'ports', '--wait']);
    let answered: Promise<string> | undefined;
    const { code } = await neb(['port-forward', 'echo', '0:7', '-n', 'ports', '-o', 'json'], {
      onOutput: (all, child) => {
        answered ??= exchange((JSON.parse(all.split('\n')[0]!) as { port: number }).port).finally(() => child.kill('SIGINT'));
      },
    });
    expect([code, await answered]).toEqual([130, 'over and back']);
  });

  test('a port that is taken is told', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => taken.once('listening', done));
    const { port } = taken.address() as { port: number };
    expect(await neb(['port-forward', 'echo', `${port}:7`, '-n', 'ports'])).toMatchObject({ code: 5, stderr: expect.stringContaining('is in use') });
    taken.close();
  });
});

async function exchange(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end('over and back');
  let text = '';
  for await (const chunk of socket.setEncoding('utf8')) text += String(chunk);
  return text;
}

test('what a manifest asks for and nothing does is told where it is created', async () => {
  writeFileSync(join(home, 'kept.yaml'), 'kind: Container\nmetadata: { name: kept, namespace: kept }\nimage: busybox\nplatform: memory\nssh_keys: [{ copy_local: true }]\n');
  expect(await neb(['create', '-f', 'kept.yaml'])).toMatchObject({ code: 0, stderr: expect.stringContaining('warning: container/kept: ssh_keys: kept, and without effect') });
});
