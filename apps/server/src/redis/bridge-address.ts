import { readFile } from 'node:fs/promises';

/**
 * The address of this machine on the bridge `docker0`, which the local engine's containers know as host.docker.internal; `undefined`
 * where there is none. Node lists no interface without a running container, so Linux's own tables are read.
 */
export async function bridgeAddress(read: (file: string) => Promise<string> = (file) => readFile(file, 'utf8')): Promise<string | undefined> {
  const [routes, locals] = await Promise.all(['/proc/net/route', '/proc/net/fib_trie'].map((file) => read(file).catch(() => '')));
  const ranges = routes!.split('\n').map((line) => line.split('\t')).filter(([name, , gateway]) => name === 'docker0' && gateway === '00000000');
  const addresses = [...locals!.matchAll(/\|-- (\d+\.\d+\.\d+\.\d+)\n\s+\/32 host LOCAL/g)].map(([, address]) => address!);
  return addresses.find((address) => ranges.some(([, network = '', , , , , , mask = '']) => (numberOf(address) & littleEndian(mask)) === (littleEndian(network) | 0)));
}

function numberOf(address: string): number {
  return address.split('.').reduce((all, part) => (all << 8) | Number(part), 0);
}

function littleEndian(hex: string): number {
  return numberOf((hex.match(/../g) ?? []).toReversed().map((byte) => Number.parseInt(byte, 16)).join('.'));
}
