import { collect, type ExecRequest, type ExecSession, type InstanceRef, newId, systemClock } from '@neb/core-types';
import { conformanceCases, ear } from '@neb/core-types/testing';
import { type PodImage, podImage } from '@neb/cloud-simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fast, type RealPods, realPods, settle } from './real-pods.ts';

const text = async (session: ExecSession): Promise<string> => Buffer.concat((await collect(session.output)).map(({ data }) => data)).toString();

/** Exec in real containers behind a simulated RunPod, whose image has this SSH server; only what differs between servers where it is `quick`. */
export function execCases(server: 'sshd' | 'dropbear', { quick = false } = {}): void {
  let bare: PodImage | undefined;
  let w: RealPods;
  let ref: InstanceRef;

  const exec = (command: readonly string[], more: Partial<ExecRequest> = {}): Promise<ExecSession> => w.provider.exec!(ref, { command, ...more });
  const script = (words: string, more?: Partial<ExecRequest>): Promise<ExecSession> => exec(['sh', '-c', words], more);
  const processes = async (): Promise<string> => text(await script('ps -o args'));

  beforeAll(async () => {
    w = await realPods(server);
    ref = await w.run('host', w.spec('sh', '-c', 'cd /usr; exec sleep 1000'));
  }, 60_000);
  afterAll(async () => {
    await w[Symbol.asyncDispose]();
    await bare?.[Symbol.asyncDispose]();
  }, 60_000);

  describe('the promises of exec', () => {
    const cases = conformanceCases(async () => ({ provider: w.provider, fleet: `f-${newId()}`, spec: w.spec('sh', '-c', 'echo ready; exec sleep 1000'), settle, dispose: async () => {} }));
    for (const one of cases.filter(({ name }) => name.startsWith(quick ? 'exec runs' : 'exec '))) it(one.name, ({ skip }) => one.run((why) => skip(why)));
  });

  describe('a command', () => {
    it.each([[143, 'kill $$'], [255, 'exit 255']])('tells its exit code, %i', async (code, words) => {
      await using session = await script(words);
      expect(await session.exit).toBe(code);
    });

    it.skipIf(quick)('that cannot be started exits as in a shell', async () => {
      await using missing = await exec(['/bin/no-such-command'], { tty: { rows: 24, cols: 80 } });
      await using folder = await exec(['/tmp']);
      expect([await missing.exit, await folder.exit]).toEqual([127, 126]);
    });

    it.skipIf(quick)('has the environment and the words it was given, and none of neb\'s own', async () => {
      await using session = await script('echo "$GREETING"; echo "$1"; pwd; echo $HOME; env | cut -d= -f1', {});
      const [, ...said] = (await text(session)).split('\n');
      expect(said).toEqual(expect.arrayContaining(['a greeting', '', '/', 'RUNPOD_POD_ID']));
      expect(said.filter((name) => /^(NEB_SSH|NEB_WRAPPER|NEB_COMMAND|SSH_)/.test(name))).toEqual([]);
      await using odd = await exec(['printf', '%s|', 'a b', "it's", '$HOME', '', '*', '\\', 'a\nb']);
      expect(await text(odd)).toBe("a b|it's|$HOME||*|\\|a\nb|");
    });

    it('keeps stdout and stderr apart', async () => {
      await using session = await script('echo out; echo err >&2; echo out2');
      const heard = { stdout: '', stderr: '' };
      for await (const { stream, data } of session.output) heard[stream] += Buffer.from(data).toString();
      expect(heard).toEqual({ stdout: 'out\nout2\n', stderr: 'err\n' });
    });

    it.skipIf(quick)('sees the end of input at once where none is given', async () => {
      await using session = await exec(['cat']);
      expect(await session.exit).toBe(0);
      await expect(session.write(Buffer.from('x'))).rejects.toMatchObject({ code: 'invalid' });
    });

    it('takes input to its end, and gives output that waited for its reader', async () => {
      await using session = await script('wc -c; dd if=/dev/zero bs=65536 count=100 2>/dev/null', { stdin: true });
      for (let nth = 0; nth < 64; nth++) await session.write(Buffer.alloc(65_536, 'x'));
      await session.closeInput();
      await systemClock.sleep(200);
      expect((await text(session)).length).toBe(`${64 * 65_536}\n`.length + 100 * 65_536);
      expect(await session.exit).toBe(0);
    });
  });

  it('a terminal has the size it was given, and the one it is given later', async () => {
    await using session = await script('stty size; read line; stty size; tty', { stdin: true, tty: { rows: 33, cols: 77 } });
    const hear = ear(session);
    await hear('33 77');
    await session.resize({ rows: 44, cols: 88 });
    await session.write(Buffer.from('\n'));
    await hear('44 88');
    await hear('/dev/');
    expect(await session.exit).toBe(0);
    await session.resize({ rows: 1, cols: 1 });
  });

  it.each([['with a terminal', { tty: { rows: 24, cols: 80 } }], ['without one', {}]])('closing a session %s hangs up on the command and what it started', async (_, more) => {
    const seconds = `6${Math.floor(performance.now())}`;
    const session = await script(`sleep ${seconds} & sleep ${seconds}`, { stdin: true, ...more });
    await settle(async () => (await processes()).split(`sleep ${seconds}`).length > 2);
    await session[Symbol.asyncDispose]();
    await settle(async () => !(await processes()).includes(seconds));
    expect(await processes()).not.toContain(seconds);
    expect((await w.provider.inspect(ref))?.state).toBe('running');
  });

  it.skipIf(quick)('an image without a server lets nobody in and says what to do', async () => {
    bare = await podImage(`neb/runpod-bare-${newId()}:latest`);
    const at = await w.run('bare', { ...w.spec('sh', '-c', 'exec sleep 1000'), image: bare.name });
    const entering = w.another({ clock: fast }).exec!(at, { command: ['true'] });
    await expect(entering).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('neither sshd nor dropbear'), hint: expect.stringContaining('openssh-server') });
  });

  it.skipIf(quick)('only who has the secret gets in, and only where the pod shows the key it was given', async () => {
    const others = w.another({ secret: 'y'.repeat(32) });
    await expect(others.exec!(ref, { command: ['true'] })).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('host key') });
    expect(JSON.stringify(w.cloud.pods())).not.toContain('x'.repeat(32));
  });
}
