import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const name = 'huggingface/trl-latest-gpu:latest';

/** What stands in for the image of the README's job, since tests reach no registry: a shell, and a `trl` that says what it was asked for and stays. */
export interface TrlImage extends AsyncDisposable {
  readonly name: string;
}

/** Takes the image's name until it is disposed of; one that had it before gets it back. */
export async function trlImage(): Promise<TrlImage> {
  const before = await sh(`docker image inspect -f '{{.Id}}' ${name} 2>/dev/null || true`);
  await sh(`set -e; d=$(mktemp -d); mkdir -p $d/bin $d/tmp; cp /bin/busybox $d/bin/
for a in sh cat echo sleep kill wget true env touch ls; do ln -s busybox $d/bin/$a; done
echo 'ENVIRONMENT=trl' >$d/bin/activate
printf '#!/bin/sh\\necho "trl $*"\\nexec sleep 1000\\n' >$d/bin/trl; chmod +x $d/bin/trl
tar -C $d -c . | docker import - ${name}; rm -r $d`);
  return { name, [Symbol.asyncDispose]: async () => void (await sh(before === '' ? `docker image rm ${name}` : `docker tag ${before} ${name}`)) };
}

async function sh(script: string): Promise<string> {
  return (await promisify(execFile)('sh', ['-c', script])).stdout.trim();
}
