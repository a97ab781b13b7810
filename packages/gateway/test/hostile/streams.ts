import type { OutgoingHttpHeaders } from 'node:http2';
import type { Fields } from './frames.ts';

const method = [':method', 'CONNECT'] as const;
const protocol = [':protocol', 'websocket'] as const;
const scheme = [':scheme', 'http'] as const;
const path = [':path', '/'] as const;
const authority = [':authority', 'a.test'] as const;
const sound: Fields = [method, protocol, scheme, path, authority];

/** Requests for a WebSocket that are not HTTP/2 as RFC 9113 and RFC 8441 have it: the stream is reset, or the connection ends. */
export const malformed: readonly (readonly [name: string, fields: Fields])[] = [
  ['no :scheme', [method, protocol, path, authority]],
  ['no :path', [method, protocol, scheme, authority]],
  ['neither', [method, protocol, authority]],
  ['an empty :path', [method, protocol, scheme, [':path', ''], authority]],
  ['a :path that is none', [method, protocol, scheme, [':path', 'x'], authority]],
  [':path in a CONNECT without :protocol', [method, path, authority]],
  [':scheme in a CONNECT without :protocol', [method, scheme, authority]],
  [':protocol with GET', [[':method', 'GET'], protocol, scheme, path, authority]],
  [':protocol with POST', [[':method', 'POST'], protocol, scheme, path, authority]],
  [':protocol twice', [method, protocol, protocol, scheme, path, authority]],
  [':protocol twice, of which one is served', [method, [':protocol', 'connect-udp'], protocol, scheme, path, authority]],
  [':method twice', [method, [':method', 'GET'], protocol, scheme, path, authority]],
  [':path twice', [...sound, path]],
  [':authority twice', [...sound, [':authority', 'secret.test']]],
  [':protocol after a header', [method, scheme, path, authority, ['x', 'y'], protocol]],
  ['a pseudo-header that there is not', [...sound, [':version', '1.1']]],
  ['connection', [...sound, ['connection', 'upgrade']]],
  ['upgrade', [...sound, ['upgrade', 'websocket']]],
  ['transfer-encoding', [...sound, ['transfer-encoding', 'chunked']]],
  ['a name in capitals', [...sound, ['Sec-WebSocket-Key', 'x']]],
  ['a user in :authority', [method, protocol, scheme, path, [':authority', 'a.test@secret.test']]],
  ['two lengths', [...sound, ['content-length', '5, 5']]],
  ['a body longer than its length', [...sound, ['content-length', '0']]],
  ['a line in :path', [method, protocol, scheme, [':path', '/ HTTP/1.1\r\nhost: secret.test\r\n\r\n'], authority]],
  ['a line in :authority', [method, protocol, scheme, path, [':authority', 'a.test\r\nx: y']]],
];

const asks = { ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'http', ':path': '/', ':authority': 'a.test' };

/** Requests that are HTTP/2, and what they are answered; none reaches a replica. */
export const refused: readonly (readonly [name: string, headers: OutgoingHttpHeaders, status: number])[] = [
  ['CONNECT without a protocol', { ':method': 'CONNECT', ':authority': 'a.test' }, 405],
  ['CONNECT to another machine', { ':method': 'CONNECT', ':authority': '169.254.169.254:80' }, 405],
  ...['connect-udp', 'connect-ip', 'webtransport', 'WEBSOCKET', 'websocket, websocket', 'h2c', 'tcp', 'websocket2'].map((name) => [`the protocol ${JSON.stringify(name)}`, { ...asks, ':protocol': name }, 501] as const),
  ['a route of another namespace', { ...asks, ':authority': 'secret.test' }, 404],
  ['a route that is not there', { ...asks, ':authority': 'nobody.test' }, 404],
  ['x-resource of another namespace', { ...asks, ':authority': 'gate', 'x-resource': 'secret.other.service' }, 404],
  ['x-resource of another namespace at a host that is ours', { ...asks, 'x-resource': 'secret.other.service' }, 404],
  ['a host of another namespace beside an authority that is ours', { ...asks, host: 'secret.test' }, 400],
  ['the other way round', { ...asks, ':authority': 'secret.test', host: 'a.test' }, 400],
  ['a body', { ...asks, 'content-length': '500' }, 400],
  ['a fragment', { ...asks, ':path': '/x#y' }, 400],
  ['a target that is too long', { ...asks, ':path': `/${'x'.repeat(9_000)}` }, 414],
];
