import { type Hostile, lines, withHeaders } from './hostile.ts';

const refused = (name: string, bytes: string, answer: number | 'closes' = 400): Hostile => ({ name, bytes, answer });
const stripped = (name: string, header: string, without: RegExp, having?: RegExp): Hostile => ({ name: `${name} is not believed`, bytes: withHeaders(header), answer: 'passes', without, ...(having ? { having } : {}) });

const injected: readonly Hostile[] = [
  ...['\x00', '\x01', '\x07', '\x08', '\x0b', '\x0c', '\x0e', '\x1b', '\x1f', '\x7f'].map((sign) => refused(`the control character ${JSON.stringify(sign)} in a value`, withHeaders(`X-A: b${sign}c`))),
  ...['\x00', '\x01', ' ', '\x0b', '\x7f', '\xe9', '(', ')', '<', '>', '@', ',', ';', '\\', '"', '/', '[', ']', '?', '=', '{', '}'].map((sign) => refused(`${JSON.stringify(sign)} in a name`, withHeaders(`X${sign}A: b`))),
  refused('a bare CR in a value', withHeaders('X-A: b\rX-Injected: 1')),
  refused('a bare LF that ends a line', withHeaders('X-A: b\nX-Injected: 1')),
  refused('a header without a name', withHeaders(': b')),
  refused('a header without a colon', withHeaders('X-A')),
  refused('a space between name and colon', withHeaders('X-A : b')),
  refused('a folded line', withHeaders('X-A: b\r\n c')),
  refused('a line folded with a tab', withHeaders('X-A: b\r\n\tc')),
  refused('a folded first header', 'GET / HTTP/1.1\r\n Host: a.test\r\n\r\n'),
  refused('LF alone everywhere', 'GET / HTTP/1.1\nHost: a.test\n\n'),
  refused('CR alone everywhere', 'GET / HTTP/1.1\rHost: a.test\r\r'),
];

const large: readonly Hostile[] = [
  refused('a header of 20,000 bytes', withHeaders(`X-A: ${'a'.repeat(20_000)}`), 431),
  refused('a name of 20,000 bytes', withHeaders(`${'a'.repeat(20_000)}: b`), 431),
  refused('headers that together are too large', withHeaders(...Array.from({ length: 40 }, (_, i) => `X-${i}: ${'a'.repeat(500)}`)), 431),
  refused('101 headers', withHeaders(...Array.from({ length: 99 }, (_, i) => `X-${i}: b`)), 431),
  refused('1,000 empty headers', withHeaders(...Array.from({ length: 1_000 }, () => 'X:')), 431),
  refused('a target of 9,000 bytes', lines(`GET /${'a'.repeat(9_000)} HTTP/1.1`, 'Host: a.test'), 414),
  refused('a target of 20,000 bytes', lines(`GET /${'a'.repeat(20_000)} HTTP/1.1`, 'Host: a.test'), 431),
  refused('a query of 9,000 bytes', lines(`GET /?${'a'.repeat(9_000)} HTTP/1.1`, 'Host: a.test'), 414),
];

const spoofed: readonly Hostile[] = [
  stripped('X-Forwarded-For', 'X-Forwarded-For: 10.6.6.6', /10\.6\.6\.6/, /x-forwarded-for: 127\.0\.0\.1\r/i),
  stripped('X-Forwarded-Proto', 'X-Forwarded-Proto: https', /proto: https/i, /x-forwarded-proto: http\r/i),
  stripped('X-Forwarded-Host', 'X-Forwarded-Host: evil.test', /evil/, /x-forwarded-host: a\.test\r/i),
  stripped('X-Forwarded-Port', 'X-Forwarded-Port: 6666', /6666/),
  stripped('X-Real-IP', 'X-Real-IP: 10.6.6.6', /10\.6\.6\.6/),
  stripped('Forwarded', 'Forwarded: for=10.6.6.6;host=evil.test', /10\.6\.6\.6|evil/, /forwarded: for=127\.0\.0\.1/i),
  stripped('X_Forwarded_For', 'X_Forwarded_For: 10.6.6.6', /10\.6\.6\.6/),
  stripped('x_real-ip', 'x_real-ip: 10.6.6.6', /10\.6\.6\.6/),
  stripped('X-Request-Id', 'X-Request-Id: mine', /mine/),
  stripped('X_Request_Id', 'X_Request_Id: mine', /mine/),
  stripped('X-Neb-Caller', 'X-Neb-Caller: root', /root/, /x-neb-caller: somebody\r/i),
  stripped('X-NEB-CALLER twice', 'X-NEB-CALLER: root\r\nx-neb-caller: root', /root/, /x-neb-caller: somebody\r/i),
  stripped('X_Neb_Caller', 'X_Neb_Caller: root', /root/, /x-neb-caller: somebody\r/i),
  stripped('Proxy-Authorization', 'Proxy-Authorization: Basic eDp5', /eDp5/),
  stripped('Authorization for the gateway', 'Authorization: Bearer gateway-secret', /gateway-secret/),
  stripped('Proxy-Connection', 'Proxy-Connection: keep-alive', /proxy-connection/i),
  stripped('Keep-Alive', 'Keep-Alive: timeout=100000', /100000/),
  stripped('Upgrade to h2c', 'Connection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA', /h2c|http2-settings/i),
  stripped('Upgrade to something else', 'Connection: upgrade\r\nUpgrade: foo/2', /foo\/2/),
  stripped('a header that Connection lists', 'Connection: x-internal\r\nX-Internal: 1', /x-internal/i),
  stripped('a list in Connection that takes away who asks', 'Connection: x-forwarded-for, x-neb-caller, via, x-request-id, forwarded', /nothing/, /x-neb-caller: somebody\r/i),
  stripped('a list in Connection that takes away the host', 'Connection: host', /connection: host/i, /\nhost: a\.test\r/i),
];

const expectations: readonly Hostile[] = [
  refused('another expectation than 100', withHeaders('Expect: 200-ok'), 417),
  refused('an upgrade with a body', `${lines('POST / HTTP/1.1', 'Host: a.test', 'Connection: upgrade', 'Upgrade: h2c', 'Content-Length: 5')}hello`, 501),
  refused('a WebSocket with a body', `${lines('GET / HTTP/1.1', 'Host: a.test', 'Connection: upgrade', 'Upgrade: websocket', 'Content-Length: 5')}hello`),
  refused('a WebSocket with POST', lines('POST / HTTP/1.1', 'Host: a.test', 'Connection: upgrade', 'Upgrade: websocket')),
  refused('a WebSocket with two framings', lines('GET / HTTP/1.1', 'Host: a.test', 'Connection: upgrade', 'Upgrade: websocket', 'Content-Length: 5', 'Transfer-Encoding: chunked')),
];

export const headers: readonly Hostile[] = [...injected, ...large, ...spoofed, ...expectations];
