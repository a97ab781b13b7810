import { access, constants, glob } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { engineTrouble } from '../docker/engine.ts';

/** Programs that some tests need beside them. `thing.docker.test.ts` needs `docker`; names may be joined: `thing.docker.tmux.test.ts`. */
const neighbours = {
  docker: engineTrouble,
  postgres: async () => ((await postgresFolder()) ? undefined : 'no PostgreSQL under /usr/lib/postgresql (apt-get install postgresql)'),
  sshd: async () => missing('sshd', 'openssh-server'),
  dropbear: async () => missing('dropbear', 'dropbear-bin'),
  registry: async () => missing('docker-registry', 'docker-registry'),
  tmux: async () => missing('tmux', 'tmux'),
  redis: async () => missing('redis-server', 'redis-server'),
  haproxy: async () => missing('haproxy', 'haproxy'),
  podman: podmanTrouble,
} satisfies Record<string, () => Promise<string | undefined>>;

export type Neighbour = keyof typeof neighbours;

/** The neighbours that a test file names between its own name and `.test.ts`. */
export function neededBy(file: string): Neighbour[] {
  const words = file.slice(file.lastIndexOf('/') + 1).split('.').slice(1, -2);
  return words.filter((word): word is Neighbour => Object.hasOwn(neighbours, word));
}

/** Why each neighbour that is not here is not here. */
export async function absentNeighbours(): Promise<Partial<Record<Neighbour, string>>> {
  const found = await Promise.all(Object.entries(neighbours).map(async ([name, look]) => [name, await look()] as const));
  return Object.fromEntries(found.filter(([, reason]) => reason !== undefined));
}

async function postgresFolder(): Promise<string | undefined> {
  for await (const found of glob('/usr/lib/postgresql/*/bin/initdb')) return found;
  return undefined;
}

/** Tests start engines of their own, whose containers are saved with CRIU: both are for root. */
async function podmanTrouble(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'engines that save memory are root\'s, and this user is not';
  return (await missing('podman', 'podman runc netavark aardvark-dns')) ?? ((await missing('criu', '')) && 'there is no criu (scripts/install-criu.sh)');
}

async function missing(program: string, debianPackage: string): Promise<string | undefined> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const found = await Promise.all(folders.map((folder) => access(join(folder, program), constants.X_OK).then(() => true, () => false)));
  return found.includes(true) ? undefined : `${program} is not installed (apt-get install ${debianPackage})`;
}
