/** What the gateway adds to a request. */
export interface OnwardFacts {
  readonly id: string;
  /** Of the peer at the other end of the connection. */
  readonly address: string;
  readonly scheme: 'http' | 'https';
  readonly version: string;
  readonly authority: string | undefined;
  /** The peer is a proxy of ours, which tells the truth about whom it speaks for. */
  readonly trusted: boolean;
  /** Names of headers, lower case, that end here, such as a credential that was meant for the gateway. */
  readonly strip?: readonly string[] | undefined;
  readonly add?: Readonly<Record<string, string>> | undefined;
  /** The body's length is known otherwise. */
  readonly length?: number | undefined;
}

/** The headers a replica gets, names and values in turn: those of the client less what is for one hop only, and who asks. */
export function onwardHeaders(raw: readonly string[], facts: OnwardFacts): string[] {
  const dropped = hopNames(raw);
  const heard: Partial<Record<string, string>> = {};
  const headers: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!;
    const lower = name.toLowerCase();
    if (ours.has(lower)) {
      heard[lower] = heard[lower] === undefined ? raw[i + 1]! : `${heard[lower]}, ${raw[i + 1]!}`;
      continue;
    }
    if (hop.has(lower) || lower.startsWith(':') || dropped?.has(lower) || facts.strip?.includes(lower) || facts.add?.[lower] !== undefined) continue;
    if (lower.includes('_') && isMeant(lower.replaceAll('_', '-'), facts)) continue;
    if (lower === 'content-length' && facts.length !== undefined) continue;
    headers.push(name, raw[i + 1]!);
  }
  if (facts.authority !== undefined) headers.push('host', facts.authority);
  if (facts.length !== undefined) headers.push('content-length', String(facts.length));
  for (const [name, value] of Object.entries(facts.add ?? {})) headers.push(name, value);
  pushForwarded(headers, heard, facts);
  return headers;
}

/** Some servers take X_Forwarded_For for X-Forwarded-For, and so would believe the client. */
function isMeant(dashed: string, { add, strip }: OnwardFacts): boolean {
  return ours.has(dashed) || hop.has(dashed) || framing.has(dashed) || add?.[dashed] !== undefined || strip?.includes(dashed) === true;
}

/** RFC 9110 7.6.1, and what stood in for it before. */
const hop: ReadonlySet<string> = new Set([
  'connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect',
  'http2-settings', 'host', 'x-resource',
]);
const ours: ReadonlySet<string> = new Set(['forwarded', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port', 'x-real-ip', 'x-request-id', 'via']);
const framing: ReadonlySet<string> = new Set(['content-length', 'authorization']);

/** Names that `Connection` lists; never what says where a message ends, or for whom it is. */
function hopNames(raw: readonly string[]): ReadonlySet<string> | undefined {
  let names: Set<string> | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i]!.length !== 'connection'.length || raw[i]!.toLowerCase() !== 'connection') continue;
    for (const part of raw[i + 1]!.split(',')) {
      const name = part.trim().toLowerCase();
      if (name === '' || name === 'keep-alive' || name === 'close' || name === 'content-length' || name === 'host' || name === 'authorization') continue;
      (names ??= new Set()).add(name);
    }
  }
  return names;
}

export function isHopHeader(lower: string): boolean {
  return hop.has(lower);
}

function pushForwarded(headers: string[], heard: Partial<Record<string, string>>, { id, address, scheme, version, authority, trusted }: OnwardFacts): void {
  const of = (name: string): string | undefined => (trusted ? heard[name] : undefined);
  const append = (before: string | undefined, last: string): string => (before === undefined ? last : `${before}, ${last}`);
  const proto = of('x-forwarded-proto') ?? scheme;
  const host = of('x-forwarded-host') ?? authority;
  // Who comes by a unix socket has none: RFC 7239, 6.
  const own = address === '' ? 'unknown' : address;
  const node = own.includes(':') ? `"[${own}]"` : own;
  headers.push('x-forwarded-for', append(of('x-forwarded-for'), own), 'x-forwarded-proto', proto);
  if (host !== undefined) headers.push('x-forwarded-host', host);
  headers.push('forwarded', append(of('forwarded'), `for=${node};proto=${scheme}${authority === undefined ? '' : `;host="${authority}"`}`));
  // Everybody's Via stays: it tells of loops, and grants nothing.
  headers.push('via', append(heard['via'], `${version} neb`), 'x-request-id', of('x-request-id') ?? id);
}
