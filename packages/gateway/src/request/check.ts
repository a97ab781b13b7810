import { badRequest, type Problem } from '../answer/problem.ts';
import { hostOf } from './authority.ts';

/** The parts of a request that are looked at before anything is done with it. */
export interface RequestHead {
  readonly method: string;
  /** As it came: a path, or a whole URL. */
  readonly target: string;
  readonly version: string;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  /** The name that TLS was begun with. */
  readonly serverName: string | undefined;
  /** What frames tell where headers do not: whether a body follows. `undefined` before HTTP/2. */
  readonly bodyFollows: boolean | undefined;
}

export interface HeadLimits {
  readonly targetBytes: number;
  readonly headers: number;
}

/** A request that is fit to be passed on: for which host, and which path there. */
export interface SoundRequest {
  /** `undefined` where an old client names none. */
  readonly host: string | undefined;
  /** With its port, as the client wrote it. */
  readonly authority: string | undefined;
  /** Path and query, untouched. */
  readonly path: string;
  readonly resource: string | undefined;
  readonly hasBody: boolean;
}

/**
 * Whether a request says one thing only, whoever reads it. Node's parser has refused what is not HTTP; this refuses what
 * two readers could take for two different requests.
 */
export function checkHead({ method, target, version, rawHeaders, serverName, bodyFollows }: RequestHead, limits: HeadLimits): SoundRequest | { readonly problem: Problem } {
  if (target.length > limits.targetBytes) return { problem: { status: 414, title: 'URI Too Long', detail: `The request's target is longer than ${limits.targetBytes} bytes.`, close: true } };
  if (rawHeaders.length / 2 > limits.headers) return { problem: { status: 431, title: 'Request Header Fields Too Large', detail: `The request has more than ${limits.headers} header fields.`, close: true } };
  if (bodyFollows === undefined && version !== '1.1' && version !== '1.0') return { problem: { status: 505, title: 'HTTP Version Not Supported', detail: 'HTTP/1.0, HTTP/1.1 and HTTP/2 are served.', close: true } };
  if (method === 'TRACE') return { problem: { status: 405, title: 'Method Not Allowed', detail: 'TRACE would show credentials to whoever can have a request sent; it is not passed on.' } };
  const seen: Record<Once, string | undefined> = { host: undefined, authority: undefined, 'content-length': undefined, 'transfer-encoding': undefined, 'x-resource': undefined };
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = once.get(rawHeaders[i]!) ?? once.get(rawHeaders[i]!.toLowerCase());
    if (name === undefined) continue;
    if (seen[name] !== undefined) return { problem: badRequest(`The header ${name} is there twice. Send it once.`) };
    seen[name] = rawHeaders[i + 1]!;
  }
  const framing = framingProblem(seen, version);
  if (framing !== undefined) return { problem: badRequest(framing) };
  const place = placeOf(target, method);
  if ('detail' in place) return { problem: place };
  const named = [place.authority, seen.authority, seen.host].filter((one) => one !== undefined);
  if (named.length === 0 && version !== '1.0') return { problem: badRequest('The header host is missing.') };
  const hosts = named.map(hostOf);
  if (hosts.includes(undefined)) return { problem: badRequest('The host is not a host name or an address, with or without a port.') };
  if (hosts.some((one) => one !== hosts[0])) return { problem: badRequest('The target and the header host name two different hosts.') };
  const host = hosts[0];
  if (serverName !== undefined && host !== undefined && host !== serverName.toLowerCase()) {
    return { problem: { status: 421, title: 'Misdirected Request', detail: 'The connection was made for another host name. Open one of its own for this one.' } };
  }
  return { host, authority: named[0], path: place.path, resource: seen['x-resource'], hasBody: bodyFollows ?? bodyOf(seen) };
}

type Once = 'host' | 'authority' | 'content-length' | 'transfer-encoding' | 'x-resource';

const once: ReadonlyMap<string, Once> = new Map<string, Once>([
  ['host', 'host'], ['Host', 'host'], [':authority', 'authority'], ['content-length', 'content-length'], ['Content-Length', 'content-length'],
  ['transfer-encoding', 'transfer-encoding'], ['x-resource', 'x-resource'],
]);

function framingProblem(seen: Readonly<Record<Once, string | undefined>>, version: RequestHead['version']): string | undefined {
  const { 'content-length': length, 'transfer-encoding': encoding } = seen;
  if (encoding === undefined) return length === undefined || /^\d{1,15}$/.test(length) ? undefined : 'The header content-length is not a number.';
  if (length !== undefined) return 'The request has both content-length and transfer-encoding.';
  if (version !== '1.1') return `The header transfer-encoding does not exist in HTTP/${version}.`;
  return encoding.toLowerCase() === 'chunked' ? undefined : 'Of transfer encodings of a request only "chunked" is understood.';
}

function bodyOf({ 'content-length': length, 'transfer-encoding': encoding }: Readonly<Record<Once, string | undefined>>): boolean {
  return encoding !== undefined || (length !== undefined && Number(length) > 0);
}

/** Path and query, and the authority where the target is a whole URL. */
function placeOf(target: string, method: string): { readonly authority?: string; readonly path: string } | Problem {
  if (target === '*' && method === 'OPTIONS') return { path: '*' };
  if (!/^[\x21-\x7e]+$/.test(target) || target.includes('#')) return badRequest('The request\'s target has characters that must be percent-encoded.');
  if (target.startsWith('/')) return { path: target };
  const whole = /^https?:\/\/([^/?@]+)(.*)$/i.exec(target);
  if (!whole) return badRequest('The request\'s target is neither a path that begins with a slash nor an http URL.');
  const [, authority = '', rest = ''] = whole;
  return { authority, path: rest.startsWith('/') ? rest : `/${rest}` };
}
