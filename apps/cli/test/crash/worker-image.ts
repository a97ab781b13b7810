import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../../../..');

/** An image with a shell and redis-cli, made of this machine's own programs. */
export const redisCliImage = 'neb/example-redis-cli:latest';

/** Makes the images of the examples, and of the first one another that runs this worker of @neb/streams' tests. */
export async function makeWorkerImage(image: string, worker: string): Promise<void> {
  await run(join(root, 'examples/processors/translator/make-images.sh'), [], { timeout: 120_000 });
  const folder = await mkdtemp(join(tmpdir(), 'neb-worker-image-'));
  try {
    const bundle = join(folder, 'worker.mjs');
    await run(process.execPath, [join(root, 'examples/processors/translator/bundle.ts'), bundle, join(root, 'packages/streams/test', worker)]);
    const { stdout: id } = await run('docker', ['create', 'neb/example-worker:latest']);
    await run('docker', ['cp', bundle, `${id.trim()}:/worker.mjs`]);
    await run('docker', ['commit', id.trim(), image]);
    await run('docker', ['rm', id.trim()]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
