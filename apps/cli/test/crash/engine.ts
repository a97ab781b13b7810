import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const docker = async (...args: string[]): Promise<string> => (await run('docker', args, { maxBuffer: 2 ** 24 })).stdout;

export interface EngineContainer {
  readonly id: string;
  readonly key: string;
  readonly state: string;
}

/** What the engine itself says a fleet has there: the world, not our record of it. */
export async function containersOf(fleet: string): Promise<readonly EngineContainer[]> {
  const text = await docker('ps', '-a', '--no-trunc', '--filter', `label=neb.fleet=${fleet}`, '--format', '{{.ID}} {{.Label "neb.key"}} {{.State}}');
  return text.split('\n').filter(Boolean).map((line) => {
    const [id = '', key = '', state = ''] = line.split(' ');
    return { id, key, state };
  });
}

export async function removeFleet(fleet: string): Promise<void> {
  const ids = (await containersOf(fleet)).map((c) => c.id);
  if (ids.length > 0) await docker('rm', '-f', '-v', ...ids);
  const networks = (await docker('network', 'ls', '-q', '--filter', `label=neb.fleet=${fleet}`)).split('\n').filter(Boolean);
  if (networks.length > 0) await docker('network', 'rm', ...networks);
}

/** An image of Debian's static busybox, made in under a second, since there is no registry. */
export async function importBusybox(image: string): Promise<void> {
  const script = `d=$(mktemp -d) && mkdir $d/bin $d/tmp && cp /bin/busybox $d/bin/ && for a in sh echo sleep cat true false; do ln -s busybox $d/bin/$a; done && tar -C $d -c . | docker import - ${image} && rm -r $d`;
  await run('sh', ['-c', script]);
}
