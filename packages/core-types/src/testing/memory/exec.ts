import type { ExecOutput, ExecRequest, ExecSession } from '../../facets.ts';
import type { LaunchSpec } from '../../launch-spec.ts';

/**
 * Runs a command in no more of a machine than tests need: `echo`, `cat`, `env`, `true`, `false`, and `sh -c` with one of these
 * or with `exit <code>`. `cat` finds secret files and no others. Any other command is not found: 127.
 */
export function memoryExec({ command, stdin }: ExecRequest, spec: Pick<LaunchSpec, 'env' | 'secretFiles'> = { env: {} }): ExecSession {
  const { readable, writable } = new TransformStream<ExecOutput, ExecOutput>(undefined, undefined, { highWaterMark: 1_024 });
  const output = writable.getWriter();
  let endInput = (): void => {};
  const input = new Promise<void>((resolve) => { endInput = resolve; });
  if (!stdin) endInput();

  const print = (text: string, stream: ExecOutput['stream'] = 'stdout'): Promise<void> => output.write({ stream, data: new TextEncoder().encode(text) });
  const [name = '', ...words] = command[0] === 'sh' && command[1] === '-c' ? (command[2] ?? '').trim().split(/\s+/) : command;
  const running = name === 'cat' && words.length === 0;

  async function run(): Promise<number> {
    switch (name) {
      case 'cat': return words.length === 0 ? (await input, 0) : await show(words);
      case 'echo': return await print(`${words.join(' ')}\n`), 0;
      case 'env': return await print(Object.entries(spec.env).map(([key, value]) => `${key}=${value}\n`).join('')), 0;
      case 'true': return 0;
      case 'false': return 1;
      case 'exit': return command[0] === 'sh' ? Number(words[0] ?? 0) : await notFound();
      default: return await notFound();
    }
  }

  async function show(paths: readonly string[]): Promise<number> {
    const files = paths.map((path) => spec.secretFiles?.find((file) => file.path === path)?.content);
    for (const content of files) if (content !== undefined) await print(content);
    return files.includes(undefined) ? 1 : 0;
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
