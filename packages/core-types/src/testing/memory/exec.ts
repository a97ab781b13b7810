import type { ExecOutput, ExecRequest, ExecSession } from '../../facets.ts';

/**
 * Runs a command in no more of a machine than tests need: `echo`, `cat`, `env`, `true`, `false`, and `sh -c` with one of these
 * or with `exit <code>`. Any other is not found: 127.
 */
export function memoryExec({ command, stdin }: ExecRequest, env: Readonly<Record<string, string>>): ExecSession {
  const { readable, writable } = new TransformStream<ExecOutput, ExecOutput>(undefined, undefined, { highWaterMark: 1_024 });
  const output = writable.getWriter();
  let endInput = (): void => {};
  const input = new Promise<void>((resolve) => { endInput = resolve; });
  if (!stdin) endInput();

  const print = (text: string, stream: ExecOutput['stream'] = 'stdout'): Promise<void> => output.write({ stream, data: new TextEncoder().encode(text) });
  const [name = '', ...words] = command[0] === 'sh' && command[1] === '-c' ? (command[2] ?? '').trim().split(/\s+/) : command;
  const running = name === 'cat';

  async function run(): Promise<number> {
    switch (name) {
      case 'cat': return await input, 0;
      case 'echo': return await print(`${words.join(' ')}\n`), 0;
      case 'env': return await print(Object.entries(env).map(([key, value]) => `${key}=${value}\n`).join('')), 0;
      case 'true': return 0;
      case 'false': return 1;
      case 'exit': return command[0] === 'sh' ? Number(words[0] ?? 0) : await notFound();
      default: return await notFound();
    }
  }

  async function notFound(): Promise<number> {
    await print(`${name}: not found\n`, 'stderr');
    return 127;
  }

  const exit = run().finally(() => output.close());
  return {
    output: readable,
    exit,
    write: async (data) => { if (running) await output.write({ stream: 'stdout', data }); },
    closeInput: async () => endInput(),
    resize: async () => {},
    [Symbol.asyncDispose]: async () => {
      endInput();
      await exit;
    },
  };
}
