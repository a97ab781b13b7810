import { type ExecRequest, type ExecSession, type InstanceRef } from '@neb/core-types';
import { ear } from '@neb/core-types/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { collectText, until } from '../../test/real-engine.ts';
import { world } from '../../test/world.ts';

const w = world('exec');
let ref: InstanceRef;
beforeAll(async () => {
  ref = (await w.run('host', 'sleep 1000')).ref;
});

const exec = (command: readonly string[], more: Partial<ExecRequest> = {}): Promise<ExecSession> => w.provider.exec!(ref, { command, ...more });
const script = (text: string, more?: Partial<ExecRequest>): Promise<ExecSession> => exec(['sh', '-c', text], more);
const processes = async (): Promise<string> => collectText((await script('ps -o args')).output);

describe('a command', () => {
  it.each([[0, 'exit 0'], [7, 'exit 7'], [143, 'kill $$'], [255, 'exit 255']])('tells its exit code, %i', async (code, text) => {
    await using session = await script(text);
    expect(await session.exit).toBe(code);
  });

  it.each([['', {}], [' with a terminal', { tty: { rows: 24, cols: 80 } }]])('that cannot be started%s exits as in a shell', async (_, more) => {
    await using missing = await exec(['/bin/no-such-command'], more);
    await using unknown = await exec(['no-such-command'], more);
    await using folder = await exec(['/tmp'], more);
    expect([await missing.exit, await unknown.exit, await folder.exit]).toEqual([127, 127, 126]);
    expect(await collectText(folder.output)).toMatch(/permission denied/i);
  });

  it('may itself end as one does that cannot be started', async () => {
    await using session = await script('echo "x: not found, no such file or directory"; exit 126');
    expect(await session.exit).toBe(126);
  });

  it('keeps stdout and stderr apart', async () => {
    await using session = await script('echo out; echo err >&2; echo out2');
    const heard = { stdout: '', stderr: '' };
    for await (const { stream, data } of session.output) heard[stream] += Buffer.from(data).toString();
    expect(heard).toEqual({ stdout: 'out\nout2\n', stderr: 'err\n' });
  });

  it('sees the end of input at once where none is given', async () => {
    await using session = await exec(['cat']);
    expect(await session.exit).toBe(0);
    await expect(session.write(Buffer.from('x'))).rejects.toMatchObject({ code: 'invalid' });
  });

  it('takes input to its end and gives all of its output', async () => {
    await using session = await exec(['wc', '-c'], { stdin: true });
    const chunk = Buffer.alloc(65_536, 'x');
    for (let nth = 0; nth < 64; nth++) await session.write(chunk);
    await session.closeInput();
    expect((await collectText(session.output)).trim()).toBe(String(64 * 65_536));
    expect(await session.exit).toBe(0);
  });

  it('that reads slowly slows its writer', async () => {
    await using session = await exec(['sleep', '100'], { stdin: true });
    let taken = 0;
    void (async () => {
      for (; taken < 1_000; taken++) await session.write(Buffer.alloc(65_536));
    })().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 300));
    const soon = taken;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(taken).toBe(soon);
    expect(taken).toBeLessThan(100);
  });

  it('whose output nobody reads has to wait, and loses none', async () => {
    await using session = await script('dd if=/dev/zero bs=65536 count=200 2>/dev/null');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await collectText(session.output)).length).toBe(200 * 65_536);
    expect(await session.exit).toBe(0);
  });
});

describe('a terminal', () => {
  it('has the size it was given, and the one it is given later', async () => {
    await using session = await script('until stty size | grep "33 77"; do sleep 0.02; done; read line; stty size', { stdin: true, tty: { rows: 33, cols: 77 } });
    const hear = ear(session);
    await hear('33 77');
    await session.resize({ rows: 44, cols: 88 });
    await session.write(Buffer.from('\n'));
    await hear('44 88');
    expect(await session.exit).toBe(0);
    await session.resize({ rows: 1, cols: 1 });
  });
});

describe('closing a session', () => {
  it.each([['with a terminal', { tty: { rows: 24, cols: 80 } }], ['without one', {}]])('%s hangs up on the command and what it started', async (_, more) => {
    const seconds = `6${Math.floor(performance.now())}`;
    const session = await script(`sleep ${seconds} & sleep ${seconds}`, { stdin: true, ...more });
    await until(processes, (seen) => seen.split(`sleep ${seconds}`).length > 2);
    await session[Symbol.asyncDispose]();
    await until(processes, (seen) => !seen.includes(seconds));
    expect((await w.provider.inspect(ref))?.state).toBe('running');
  });
});

it('a command runs only where a container does', async () => {
  const { ref: ended } = await w.run('ended', 'true');
  await until(() => w.provider.inspect(ended), (seen) => seen?.state === 'exited');
  await expect(w.provider.exec!(ended, { command: ['true'] })).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('is not running') });
  await expect(w.provider.exec!(`local/neb.${w.fleet}.none` as InstanceRef, { command: ['true'] })).rejects.toMatchObject({ code: 'not_found' });
  await expect(exec([])).rejects.toMatchObject({ code: 'invalid' });
});
