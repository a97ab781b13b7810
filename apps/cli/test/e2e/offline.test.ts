import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inProcess } from './in-process.ts';

let home: string;
beforeAll(() => void (home = mkdtempSync(join(tmpdir(), 'neb-offline-'))));
afterAll(() => rmSync(home, { recursive: true }));
const neb = (args: readonly string[], stdin?: string) => inProcess(args, { env: { HOME: home, LANG: 'C.UTF-8' }, stdin });

describe('mistakes', () => {
  test.each([
    [['gett', 'containers'], 'error: unknown command "gett". Did you mean get?\nneb --help lists all verbs.\n'],
    [['get', '--wtch'], 'error: unknown option "--wtch". Did you mean --watch?\nneb get --help shows its words and flags.\n'],
    [['get', 'contaners'], 'error: "contaners" is not a kind of object. Did you mean "containers"?\nneb api-resources lists them.\n'],
    [['get', 'containers', '-o', 'jsn'], expect.stringContaining('Did you mean "json"?')],
    [['get', 'containers', '--color', 'sometimes'], expect.stringContaining('auto, always, never')],
    [['exec', 'hello', '-c', 'echo "x'], expect.stringContaining('not closed')],
    [['create', 'container', 'x'], expect.stringContaining('needs an image or a file')],
    [['create', '-f', 'nothing.yaml'], expect.stringContaining('there is no such file')],
    [['apply'], expect.stringContaining('neb apply -f FILE')],
    [['create', 'processor', 'x'], expect.stringContaining('a processor needs a file')],
    [['send', 'processor'], expect.stringContaining('which processor?')],
    [['send', 'processor', 'x', '--data', '{"a": 1} -n my-app'], 'error: --data is not JSON\nThe quote closes after -n my-app: put that outside of it.\n'],
    [['send', 'processor', 'x', '--data', '{'], expect.stringContaining('Quote it for your shell')],
    [['send', 'processor', 'x', '--data', '{}', '-f', 'y'], expect.stringContaining('given twice')],
    [['send', 'x', 'y', '--data', '{}'], expect.stringContaining('one word too many')],
    [['scale', 'processor', 'x'], expect.stringContaining('one of --replicas COUNT, --auto')],
    [['scale', 'processor', 'x', '--replicas', 'many'], expect.stringContaining('is not a number')],
    [['scale', 'container/x', '--auto'], expect.stringContaining('neither a processor nor a service')],
    [['scale', 'service', 'x', '--auto', '--min', '1'], expect.stringContaining('how many?')],
    [['rollout', 'sttus', 'x'], expect.stringContaining('Did you mean "status"?')],
    [['rollout', 'undo', 'service/x', '--to-revision', 'two'], expect.stringContaining('not the number of a revision')],
    [['curl', 'service/x', '/a', '/b'], expect.stringContaining('one word too many')],
    [['read', 'processor', 'x', '--num', '0'], expect.stringContaining('not a count')],
    [['dead-letters', 'repley', 'x', 'y'], expect.stringContaining('Did you mean "replay"?')],
  ])('%j is explained, with a suggestion, and exits with 2', async (args, stderr) => {
    expect(await neb(args)).toEqual({ code: 2, signal: null, stdout: '', stderr });
  });

  test('with -o json an error is data on stdout, and nothing is on stderr', async () => {
    const { code, stdout, stderr } = await neb(['get', 'contaners', '-o', 'json']);
    expect([code, stderr]).toEqual([2, '']);
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'invalid', message: '"contaners" is not a kind of object. Did you mean "containers"?', hint: 'neb api-resources lists them.' } });
    expect(JSON.parse((await neb(['gett', '-o', 'json'])).stdout).error.code).toBe('invalid');
  });

  test.each([['volumes']])('neb get %s says that it comes later', async (kind) => {
    const { code, stderr } = await neb(['get', kind]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: .* not served by this version of neb yet/)]);
  });

  test.each([[['connect']], [['sync', 'volumes']]])('neb %j answers in a sentence', async (args) => {
    const { code, stderr } = await neb(args);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: neb \w+: .*\n/)]);
  });

  test('where no server answers, it exits with 9 and says how to start one', async () => {
    const { code, stderr } = await neb(['get', 'containers', '--server', 'http://127.0.0.1:1']);
    expect([code, stderr]).toEqual([9, expect.stringMatching(/no server answers at http:\/\/127\.0\.0\.1:1[\s\S]*neb up/)]);
  });

  test('a stack is shown with --debug only', async () => {
    expect((await neb(['get', 'x'])).stderr).not.toContain('    at ');
    expect((await neb(['get', 'x', '--debug'])).stderr).toContain('    at ');
  });
});

describe('manifests', () => {
  test('what is wrong is told as file:line:column: field: message, all of it at once', async () => {
    const file = join(home, 'bad.yaml');
    writeFileSync(file, 'kind: Container\nmetadata:\n  name: x\nimge: busybox\nrestart: sometimes\n');
    const { code, stdout, stderr } = await neb(['create', '-f', file]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.split('\n').slice(0, 2)).toEqual([
      expect.stringMatching(/^.*bad\.yaml:4:1: imge: .*Did you mean "image"\?/),
      expect.stringMatching(/^.*bad\.yaml:5:1: restart: .*Always/),
    ]);
    const parsed = JSON.parse((await neb(['create', '-f', file, '-o', 'json'])).stdout);
    expect(parsed.error.details.problems).toHaveLength(2);
    expect(parsed.error.details.problems[0]).toMatchObject({ file, line: 4, column: 1, field: 'imge' });
  });

  test('-n that contradicts the manifest is refused', async () => {
    const { code, stderr } = await neb(['create', '--dry-run', '-n', 'b', '-f', '-'], 'kind: Container\nmetadata: { name: x, namespace: a }\nimage: y\n');
    expect([code, stderr]).toEqual([2, expect.stringContaining('it says a, but -n says b')]);
  });

  const readme = readFileSync(resolve(import.meta.dirname, '../../../../README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!);
  test.each(blocks.map((text, at) => [at, text]))('block %i of the README passes --dry-run', async (_, text) => {
    expect(await neb(['create', '--dry-run', '-f', '-'], String(text))).toMatchObject({ code: 0, stdout: expect.stringContaining('is valid (client dry run)') });
  });

  test.each([
    ['a meter', 'meters:\n  - cost: 0.1\n    unit: second\n    currency: USD\n    metric: runtime \n', 'container/'],
    ['a namespace', 'kind: Namespace\nmetadata:\n  namespace: my-app\n  owner: acme\n', 'namespace/my-app'],
    ['a scale to zero', 'min_workers: 0\n', 'processor/'],
    ['a message schema', 'schema:\n  - name: text_to_translate\n    type: string\n    required: true\n', 'processor/'],
    ['a service\'s scale to zero', 'min_containers: 0\n', 'service/'],
    ['a service\'s meter', 'meters:\n  - cost: 0.001\n    unit: token\n    currency: USD\n    response_json_value: "$.usage.prompt_tokens"\n', ''],
  ])('%s alone, as documentation shows it, passes --dry-run', async (_, text, name) => {
    expect(await neb(['create', '--dry-run', '-f', '-'], text)).toMatchObject({ code: 0, stdout: expect.stringContaining(name) });
  });

  test('all examples pass --dry-run, as folders', async () => {
    const folders = ['budgets', 'containers', 'namespaces', 'secrets', 'processors', 'service', 'services'].flatMap((name) => ['-f', resolve(import.meta.dirname, '../../../../examples', name)]);
    const { code, stdout, stderr } = await neb(['create', '--dry-run', '-R', ...folders]);
    expect({ code, stderr: stderr.replaceAll(/warning: .*\n/g, '') }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n').length).toBeGreaterThan(30);
  });

  test('flags make the manifest that a file would', async () => {
    const args = ['create', 'container', 'job', '--image', 'busybox', '--cmd', 'echo hi', '--env', 'A=b=c', '--label', 'app=web', '--accelerators', '2:a100-sxm', '--restart', 'onfailure', '--queue', 'q',
      '--timeout', '2h', '--min-cpu', '500m', '--max-memory', '16Gi', '--port', '80:8080', '--volume', 'data:/data', '--platform', 'docker', '-n', 'ns', '--dry-run', '-o', 'json'];
    expect(JSON.parse((await neb(args)).stdout)).toMatchObject({
      kind: 'Container', metadata: { name: 'job', namespace: 'ns', labels: { app: 'web' } }, image: 'busybox', command: 'echo hi', env: [{ key: 'A', value: 'b=c' }], accelerators: ['2:A100_SXM'],
      restart: 'OnFailure', queue: 'q', timeout: '2h', resources: { min_cpu: 0.5, max_memory: 16 }, ports: [{ port: 8080, host_port: 80 }], volumes: [{ name: 'data', dest: '/data' }], platform: 'docker',
    });
    const words = await neb(['create', 'container', 'job', '--image', 'busybox', '--dry-run', '-o', 'json', '--', 'sh', '-c', 'echo -o yaml']);
    expect(JSON.parse(words.stdout).command).toEqual(['sh', '-c', 'echo -o yaml']);
  });

  test('a secret\'s value comes from a flag, a file, or what is piped in', async () => {
    writeFileSync(join(home, 'key'), 'from-file\n');
    const value = async (args: readonly string[], stdin?: string): Promise<unknown> => JSON.parse((await neb(['create', 'secret', 's', '--dry-run', '-o', 'json', ...args], stdin)).stdout).value;
    expect(await value(['--value', 'flag'])).toBe('flag');
    expect(await value(['--from-file', join(home, 'key')])).toBe('from-file');
    expect(await value(['-f', join(home, 'key')])).toBe('from-file');
    expect(await value([], 'piped\n')).toBe('piped');
    expect(await value(['--from-file', '-'], 'piped')).toBe('piped');
    expect(await value(['--value', '-'], 'piped\n')).toBe('piped');
  });

  test('several files and the lines of an environment file make a JSON object', async () => {
    const [file, env] = [join(home, 'key'), join(home, 'vars')];
    writeFileSync(file, 'from-file\n');
    writeFileSync(env, '# ours\nexport USER=ada\nPASSWORD="a b=c"\n');
    const value = async (...args: readonly string[]): Promise<unknown> => JSON.parse(String(JSON.parse((await neb(['create', 'secret', 's', '--dry-run', '-o', 'json', ...args])).stdout).value));
    expect(await value('--from-env-file', env)).toEqual({ USER: 'ada', PASSWORD: 'a b=c' });
    expect(await value('--from-file', `token=${file}`)).toEqual({ token: 'from-file' });
    expect(await value('--from-file', file, '--from-file', `other=${file}`)).toEqual({ key: 'from-file', other: 'from-file' });
    expect(await value('--from-file', `token=${file}`, '--from-env-file', env)).toEqual({ USER: 'ada', PASSWORD: 'a b=c', token: 'from-file' });
  });

  test('a secret expires some time from now, or at a time', async () => {
    const expiry = async (...args: readonly string[]): Promise<unknown> => JSON.parse((await neb(['create', 'secret', 's', '--value', 'v', '--dry-run', '-o', 'json', ...args])).stdout).expires_at;
    expect(Date.parse(String(await expiry('--expires', '30d'))) - Date.now()).toBeGreaterThan(29.9 * 86_400_000);
    expect(await expiry('--expires', '2030-01-31T12:00:00Z')).toBe('2030-01-31T12:00:00Z');
    expect(await expiry('--expires-at', '1900000000')).toBe(1_900_000_000);
  });

  test.each([
    ['two sources', ['--value', 'a', '--from-file', 'b'], undefined, 'given twice'],
    ['an empty value', ['--value', ''], undefined, 'is empty'],
    ['nothing piped', [], '', 'is empty'],
    ['a field given twice', ['--from-file', 'k=/etc/hostname', '--from-file', 'k=/etc/hostname'], undefined, 'k is given twice'],
    ['a file of no variables', ['--from-env-file', '/dev/null'], undefined, 'no KEY=VALUE line'],
    ['a file that is not text', ['--from-file', '/bin/true'], undefined, 'is not text'],
    ['a value of two words without quotes', ['--value', 'open', 'sesame'], undefined, 'one word too many'],
    ['an expiry that is no time', ['--value', 'a', '--expires', 'soon'], undefined, 'is no time'],
  ])('a secret of %s is refused', async (_, args, stdin, said) => {
    expect(await neb(['create', 'secret', 's', '--dry-run', ...args], stdin)).toMatchObject({ code: 2, stderr: expect.stringContaining(said) });
  });
});

describe('knowing more', () => {
  test('--help has examples before anything else', async () => {
    for (const verb of ['get', 'create', 'apply', 'logs', 'exec', 'delete']) {
      const { code, stdout } = await neb([verb, '--help']);
      expect(code).toBe(0);
      expect(stdout.indexOf('Examples:')).toBeGreaterThan(0);
      expect(stdout.indexOf('Examples:')).toBeLessThan(stdout.indexOf('Usage:'));
    }
    expect((await neb(['help', 'get'])).stdout).toBe((await neb(['get', '--help'])).stdout);
    expect((await neb([])).stdout).toBe((await neb(['--help'])).stdout);
  });

  test('help topics tell environment, exit codes and output', async () => {
    for (const topic of ['environment', 'exit-codes', 'output']) expect((await neb(['help', topic])).stdout.length).toBeGreaterThan(300);
    expect((await neb(['help', 'exit-code'])).stderr).toContain('Did you mean "exit-codes"?');
  });

  test('explain tells a field with its aliases and its fields', async () => {
    expect((await neb(['explain', 'container.health_check'])).stdout).toContain('interval');
    expect((await neb(['explain', 'container.resources.cpu'])).stdout).toContain('min_cpu');
    expect(await neb(['explain', 'container.helth_check'])).toMatchObject({ code: 3, stderr: expect.stringContaining('Did you mean "health_check"?') });
    expect((await neb(['explain', 'processor.scale.up'])).stdout).toContain('above_pressure');
  });

  test('schema is a JSON Schema', async () => {
    expect(JSON.parse((await neb(['schema', 'container'])).stdout)).toMatchObject({ title: 'Container', type: 'object' });
  });

  test('config keeps contexts, and view says where settings come from', async () => {
    expect((await neb(['config', 'set-context', 'prod', '--server', 'neb.acme.dev', '--namespace', 'training'])).code).toBe(0);
    expect((await neb(['config', 'current-context'])).stdout).toBe('prod\n');
    expect(JSON.parse((await neb(['config', 'view', '--origin', '-o', 'json'])).stdout)).toMatchObject({ server: { value: 'https://neb.acme.dev', origin: 'context prod' }, namespace: { value: 'training', origin: 'context prod' } });
    expect((await neb(['show', 'config'])).stdout).toContain('https://neb.acme.dev');
    expect((await neb(['config', 'use-context', 'prd'])).stderr).toContain('Did you mean "prod"?');
    expect((await neb(['set', 'context', 'prod'])).stdout).toContain('now in use');
    expect((await neb(['config', 'delete-context', 'prod'])).code).toBe(0);
    expect(JSON.parse((await neb(['config', 'get-contexts', '-o', 'json'])).stdout)).toEqual({ kind: 'List', items: [] });
  });

  test.each(['bash', 'zsh', 'fish'])('there is a completion script for %s', async (shell) => {
    expect((await neb(['completion', shell])).stdout).toContain('__complete');
  });
});
