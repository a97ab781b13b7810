/**
 * What every answer says to browsers and caches: that it is no page, belongs in no frame, and is not to be kept. A stream
 * of tRPC says `no-cache` instead of `no-store`.
 */
export const safeHeaders = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
} as const;

/** Over TLS, and not on loopback, where other programs' ports share the name: that browsers come by TLS only, for a year. */
export const tlsOnly = { 'strict-transport-security': 'max-age=31536000' } as const;

/** An answer of the server's own making, where there is no response to write to yet. */
export function rawAnswer(status: string, { headers = {}, body = '' }: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string } = {}): string {
  const all = { ...safeHeaders, ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' };
  return `HTTP/1.1 ${status}\r\n${Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}
