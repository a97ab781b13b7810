import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** An image with a shell and the usual small programs, made of this machine's own busybox, since tests reach no registry. */
export const shellImage = 'neb/cli-test:latest';

export async function importShellImage(): Promise<void> {
  const script = `set -e; d=$(mktemp -d); mkdir $d/bin $d/tmp; cp /bin/busybox $d/bin/
for a in sh echo sleep cat true false ls stty tty tar printf seq env wc touch; do ln -s busybox $d/bin/$a; done
tar -C $d -c . | docker import --change 'CMD ["sh"]' - ${shellImage}; rm -r $d`;
  await promisify(execFile)('sh', ['-c', script]);
}
