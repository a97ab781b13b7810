import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** An image of this machine's own Node that runs a script of this folder with the arguments it is given. */
export async function nodeImage(tag: string, script: string): Promise<{ readonly image: string; remove(): Promise<void> }> {
  const image = `neb-server-test:${tag}`;
  const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  // `-` keeps the shell's own options out of its arguments.
  const make = '. "$1"; fresh_root; bring node; shell cat sleep; install -D "$2" "$root/main.ts"; image "$3" \'["node","/main.ts"]\'';
  await run('bash', ['-euc', make, '-', path('../../../examples/image.sh'), path(script), image]);
  return { image, remove: async () => void (await run('docker', ['image', 'rm', '--force', image])) };
}
