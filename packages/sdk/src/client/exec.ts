import type { ExecOutput, ExecRequest, ExecSession } from '@neb/core-types';
import { NebError } from '@neb/core-types/errors';
import { controlFrame, execFrame, readControl, readExecFrame } from '../wire/frames.ts';
import { byteQueue } from '../wire/queue.ts';
import { type FrameSocket, pieces } from '../wire/socket.ts';

/** Starts a command over `socket`; resolves once it has started. `signal` hangs up, which ends the command. */
export async function execOver(socket: FrameSocket, request: ExecRequest, signal?: AbortSignal): Promise<ExecSession> {
  const output = byteQueue<ExecOutput>({ sizeOf: ({ data }) => data.length, highBytes: 1024 * 1024 });
  const started = settleable<void>();
  const exit = settleable<number>();
  const fail = (error: Error): void => {
    for (const promise of [started, exit]) promise.reject(error);
    output.end(error);
    socket.close();
  };
  const abort = (): void => fail(signal?.reason as Error);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });

  const receive = async (): Promise<void> => {
    for await (const raw of socket.frames) {
      const frame = readExecFrame(raw);
      if (frame.channel === 'control') {
        const control = readControl(frame.json);
        if (control.do === 'started') started.resolve();
        else if (control.do === 'error') throw control.error;
        else if (control.do === 'exit') {
          exit.resolve(control.code);
          output.end();
          return socket.close();
        }
      } else if (frame.channel !== 'stdin') {
        await output.push({ stream: frame.channel, data: frame.data });
      }
    }
    throw new NebError('unavailable', 'the server ended the session before the command did');
  };
  void receive()
    .catch((error: unknown) => fail(error as Error))
    .finally(() => signal?.removeEventListener('abort', abort));

  await socket.send(controlFrame({ do: 'start', request })).catch(fail);
  await started.promise;
  return {
    output,
    exit: exit.promise,
    write: async (data) => {
      for (const piece of pieces(data)) await socket.send(execFrame('stdin', piece));
    },
    closeInput: () => socket.send(controlFrame({ do: 'eof' })),
    resize: (size) => socket.send(controlFrame({ do: 'resize', size })),
    [Symbol.asyncDispose]: async () => {
      output.end();
      socket.close();
      await socket.closed;
    },
  };
}

interface Settleable<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/** A promise whose rejection nobody need hear. */
function settleable<T>(): Settleable<T> {
  let resolve: Settleable<T>['resolve'] = () => undefined;
  let reject: Settleable<T>['reject'] = () => undefined;
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]));
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
