import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** An image of this machine's own redis-server with the libraries that it loads, since tests reach no registry. */
export async function redisImage(tag: string): Promise<{ readonly image: string; remove(): Promise<void> }> {
  const image = `neb-server-test-redis:${tag}`;
  const script = `set -e; d=$(mktemp -d); mkdir -m 1777 $d/tmp; p=$(readlink -f "$(command -v redis-server)"); install -D "$p" $d/bin/redis-server
ldd "$p" | grep -o '/[^ ]*' | while read -r path; do install -D "$(readlink -f "$path")" "$d$path"; done
tar -C $d --owner=0 --group=0 -c . | docker import --change 'ENV PATH=/bin' - ${image} >/dev/null; rm -r $d`;
  await run('sh', ['-c', script]);
  return { image, remove: async () => void (await run('docker', ['rmi', '-f', image])) };
}
