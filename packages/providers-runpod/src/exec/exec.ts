import { constants } from 'node:os';
import { type ExecRequest, type ExecSession, NebError, newId } from '@neb/core-types';
import type { Client, ClientChannel } from 'ssh2';
import type { Pod } from '../replies.ts';
import { shellWords } from '../wrapper.ts';
import { type Door, enter } from './door.ts';
import { outputOf } from './output.ts';
import { hangUpLine, runLine } from './ssh-script.ts';

/** Runs a command beside the pod's own, over a connection that ends with the session. Closing the session hangs up on the command and what it started. */
export async function exec(pod: Pod, { command, stdin = false, tty }: ExecRequest, at: Door & { readonly signal?: AbortSignal | undefined }): Promise<ExecSession> {
  if (command.length === 0) throw new NebError('invalid', 'no command to run was given');
  const client = await enter(pod, at, at.signal);
  const mark = newId();
  const running = await begun(client, runLine(mark, shellWords(command)), tty).catch((error: unknown) => {
    client.end();
    throw error;
  });
  const { channel, exit, output, hasEnded } = running;
  // Whoever has no input sees its end; a terminal's end would be a hang-up.
  if (!stdin && !tty) channel.end();

  return {
    async write(data) {
      if (!stdin) throw new NebError('invalid', 'the command was started without stdin');
      await written(channel, data);
    },
    closeInput: async () => void channel.end(),
    output,
    exit,
    async resize({ rows, cols }) {
      if (!hasEnded()) channel.setWindow(rows, cols, 0, 0);
    },
    async [Symbol.asyncDispose]() {
      if (!hasEnded()) await hangUp(client, mark);
      channel.close();
      client.end();
    },
  };
}

interface Running {
  readonly channel: ClientChannel;
  readonly exit: Promise<number>;
  readonly output: ExecSession['output'];
  hasEnded(): boolean;
}

/** Starts a line, and hears all that comes of it: its end may come with its beginning. Ends the connection once it is over. */
async function begun(client: Client, line: string, tty: ExecRequest['tty']): Promise<Running> {
  const pty = tty && { pty: { rows: tty.rows, cols: tty.cols, term: 'xterm' } };
  return await new Promise((resolve, reject) => {
    client.once('close', () => reject(broken()));
    client.exec(line, { ...pty }, (error, channel) => {
      if (error) return reject(new NebError('unavailable', `the pod's SSH server does not run the command: ${error.message}`, { cause: error }));
      let ended = false;
      const exit = new Promise<number>((tell, fail) => {
        channel.once('exit', (code: number | null, signal?: string) => {
          ended = true;
          tell(code ?? codeOf(signal));
        });
        channel.once('close', () => {
          fail(broken());
          client.end();
        });
      });
      exit.catch(() => {}); // Told to those who ask for it.
      resolve({ channel, exit, output: outputOf(channel, () => (ended ? undefined : broken())), hasEnded: () => ended });
    });
  });
}

const broken = (): NebError => new NebError('unavailable', 'the connection to the pod broke before the command ended');

/** Resolves once the server takes the bytes, or rejects once it never will. */
async function written(channel: ClientChannel, data: Uint8Array): Promise<void> {
  if (!channel.writable) throw broken();
  const lost = Promise.withResolvers<never>();
  const close = (): void => lost.reject(broken());
  channel.once('close', close);
  try {
    await Promise.race([new Promise<void>((resolve, reject) => { channel.write(data, (error) => (error ? reject(broken()) : resolve())); }), lost.promise]);
  } finally {
    channel.off('close', close);
  }
}

const hangUpMs = 2_000;

/** Does what it can: the pod may be gone, and with it the command. */
async function hangUp(client: Client, mark: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const late = setTimeout(resolve, hangUpMs);
    const done = (): void => {
      clearTimeout(late);
      resolve();
    };
    client.once('close', done);
    try {
      client.exec(hangUpLine(mark), (error, channel) => (error ? done() : void channel.once('close', done).resume()));
    } catch {
      done(); // ssh2 throws where the connection has just gone.
    }
  });
}

/** As shells tell the end by a signal. */
function codeOf(signal: string | undefined): number {
  const name = `SIG${(signal ?? 'KILL').replace(/^SIG/, '')}` as NodeJS.Signals;
  return 128 + (constants.signals[name] ?? constants.signals.SIGKILL);
}
