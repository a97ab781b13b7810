import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A terminal with a shell in it, as a person would use it. */
export interface Terminal extends AsyncDisposable {
  /** Types a line and presses Enter. */
  enter(line: string): Promise<void>;
  /** Presses a key, such as `C-c` or `Tab`. */
  press(...keys: readonly string[]): Promise<void>;
  /** What the screen shows, blank lines left out. */
  screen(): Promise<string>;
  /** The screen once it is like `pattern`; throws with what it shows instead. */
  until(pattern: RegExp, ms?: number): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
}

/** A tmux of its own, so that it meets nobody else's. */
export async function terminal(env: Readonly<Record<string, string>>, { columns = 110, rows = 30 } = {}): Promise<Terminal> {
  const socket = `neb-test-${randomUUID().slice(0, 8)}`;
  const tmux = async (...args: readonly string[]): Promise<string> => (await run('tmux', ['-L', socket, '-f', '/dev/null', ...args], { env: { ...env, PATH: process.env['PATH'] ?? '' } })).stdout;
  // A run that is killed leaves its shell behind, which then ends by itself.
  await tmux('new-session', '-d', '-s', 't', '-x', String(columns), '-y', String(rows), 'env PS1="$ " TMOUT=300 bash --norc --noprofile');
  const screen = async (): Promise<string> => (await tmux('capture-pane', '-p', '-t', 't')).split('\n').filter((line) => line.trim() !== '').map((line) => line.trimEnd()).join('\n');
  const enter = async (line: string): Promise<void> => {
    await tmux('send-keys', '-t', 't', '-l', line);
    await tmux('send-keys', '-t', 't', 'Enter');
  };
  return {
    enter, screen,
    press: async (...keys) => void (await tmux('send-keys', '-t', 't', ...keys)),
    resize: async (width, height) => void (await tmux('resize-window', '-t', 't', '-x', String(width), '-y', String(height))),
    until: async (pattern, ms = 15_000) => {
      const deadline = Date.now() + ms;
      for (;;) {
        const shown = await screen();
        if (pattern.test(shown)) return shown;
        if (Date.now() > deadline) throw new Error(`the screen never matched ${String(pattern)}; it shows:\n${shown}`);
        await new Promise((done) => setTimeout(done, 50));
      }
    },
    [Symbol.asyncDispose]: async () => void (await tmux('kill-server').catch(() => undefined)),
  };
}
