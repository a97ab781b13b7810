/** Which container, as the wire's paths name it. */
export type PathRef = { readonly namespace: string; readonly name: string } | { readonly id: string };

/** What a WebSocket path asks for. */
export type SocketTarget = { readonly do: 'exec'; readonly ref: PathRef } | { readonly do: 'port-forward'; readonly ref: PathRef; readonly port: number };

export function execPath(ref: PathRef): string {
  return `${containerPath(ref)}/exec`;
}

export function portForwardPath(ref: PathRef, port: number): string {
  return `${containerPath(ref)}/port-forward?port=${port}`;
}

export function filesPath(ref: PathRef, path: string): string {
  return `${containerPath(ref)}/files?path=${encodeURIComponent(path)}`;
}

/** Where a request goes. Never throws, whatever its first line says: what names no path leads to `/`. */
export function targetOf(url: string | undefined): URL {
  // Not as relative to a base: in `//x` and `/\\x` that takes x for a host, and in `//` it finds none.
  return URL.parse(url?.startsWith('/') ? `http://server${url}` : (url ?? '')) ?? new URL('http://server/');
}

/** Reads `/v1/containers/{id}/exec`, `/v1/containers/{namespace}/{name}/port-forward?port=80`; `undefined` if `url` is neither. */
export function socketTarget(url: string): SocketTarget | undefined {
  const { pathname, searchParams } = targetOf(url);
  const match = /^\/v1\/containers\/([^/]+)(?:\/([^/]+))?\/(exec|port-forward)$/.exec(pathname);
  const [first, second] = [decoded(match?.[1]), decoded(match?.[2])];
  if (!match || first === undefined) return undefined;
  const ref = second === undefined ? { id: first } : { namespace: first, name: second };
  if (match[3] === 'exec') return { do: 'exec', ref };
  const port = Number(searchParams.get('port'));
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? { do: 'port-forward', ref, port } : undefined;
}

function containerPath(ref: PathRef): string {
  const parts = 'id' in ref ? [ref.id] : [ref.namespace, ref.name];
  return `/v1/containers/${parts.map(encodeURIComponent).join('/')}`;
}

function decoded(part: string | undefined): string | undefined {
  try {
    return part && decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
