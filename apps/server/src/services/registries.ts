import { BlockList, isIP } from 'node:net';

/** Registries that every image may come from: the one that images without a registry come from. */
const publicRegistry = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

/**
 * Why a tenant's image may not come from where its name says, in words; `undefined` where it may. An engine goes where
 * it is told, from inside of the operator's network: to services on its host, to the metadata of its cloud. `allowed` names
 * registries as host or host:port. Pure: it judges the name, and asks no resolver.
 */
export function registryFault(image: string, allowed: readonly string[]): string | undefined {
  const authority = authorityIn(image);
  if (authority === undefined) return undefined;
  const place = placeOf(authority);
  if (!place) return `"${authority}" is no name of a registry`;
  if (publicRegistry.includes(place.host)) return undefined;
  if (allowed.some((one) => names(one, place))) return undefined;
  const why = isIP(place.host) === 0 ? nameFault(place.host) : addressFault(place.host);
  return why === undefined ? undefined : `the registry ${authority} ${why}`;
}

interface Place {
  /** In lower case, without a final dot; an address in its usual form. */
  readonly host: string;
  readonly port: string;
}

/** The part before the first slash, where engines take it for a registry. */
function authorityIn(image: string): string | undefined {
  const at = image.indexOf('/');
  const first = image.slice(0, Math.max(0, at)).trim();
  const plain = /^[a-z0-9_-]+$/.test(first) && first !== 'localhost';
  return at === -1 || plain ? undefined : first;
}

function placeOf(authority: string): Place | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i.exec(authority);
  if (!match) return undefined;
  // Reads addresses in every spelling that resolvers do: 127.1, 0x7f000001, 2130706433, 0177.0.0.1.
  const url = URL.parse(`http://${match[1]}`);
  return url ? { host: url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, ''), port: match[2] ?? '' } : undefined;
}

function names(allowed: string, { host, port }: Place): boolean {
  const place = placeOf(allowed.trim());
  return place !== undefined && place.host === host && (place.port === '' || place.port === port);
}

function nameFault(host: string): string | undefined {
  if (!host.includes('.')) return 'is a name of this network';
  const local = ['localhost', 'local', 'localdomain', 'internal', 'intranet', 'lan', 'home', 'corp', 'private', 'arpa', 'svc'];
  return local.includes(host.slice(host.lastIndexOf('.') + 1)) ? 'is a name of this network' : undefined;
}

function addressFault(host: string): string | undefined {
  const family = isIP(host) === 4 ? 'ipv4' : 'ipv6';
  return closed[family].check(host, family) ? 'is an address of this network' : undefined;
}

/** What is not the public internet, by the registries of special-purpose addresses of IANA. Two lists: in one, `::ffff:0:0/96` would hold all of IPv4. */
const closed = {
  ipv4: listed('ipv4', ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/3']),
  // Those that carry an IPv4 address inside are closed altogether.
  ipv6: listed('ipv6', ['::/96', '::ffff:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '2002::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8']),
};

function listed(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [net = '', prefix] = range.split('/');
    list.addSubnet(net, Number(prefix), family);
  }
  return list;
}
