import { type Hostile, lines } from './hostile.ts';

const first = (line: string): string => lines(line, 'Host: a.test', 'Connection: close');
const refused = (name: string, line: string, answer: number | 'closes' = 400): Hostile => ({ name, bytes: first(line), answer });
/** The path is the replica's to read: it gets it byte for byte, and rules compare it resolved. */
const untouched = (path: string): Hostile => ({ name: `the path ${path} stays as it is`, bytes: first(`GET ${path} HTTP/1.1`), answer: 'passes', having: new RegExp(`^GET ${path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')} HTTP`) });

export const targets: readonly Hostile[] = [
  ...[
    '/../../etc/passwd', '/a/../b', '/./a', '//a', '///', '/a//b', '/%2e%2e/etc/passwd', '/..%2f..%2fetc', '/%2e%2e%2f', '/..;/admin', '/a/..;x=1/b', '/%252e%252e/', '/..%5c..%5c', '/%c0%ae%c0%ae/', '/a%00b', '/%0d%0aX-A:%20b',
    '/?a=../..', '/a?b#'.replace('#', ''), '/%', '/%zz', '/*', '/http://b.test/', '/@b.test/', '/a:b@c',
  ].map(untouched),
  refused('a space in the target', 'GET /a b HTTP/1.1'),
  refused('a tab in the target', 'GET /a\tb HTTP/1.1'),
  refused('a null in the target', 'GET /a\x00b HTTP/1.1'),
  refused('a control character in the target', 'GET /a\x01b HTTP/1.1'),
  refused('DEL in the target', 'GET /a\x7fb HTTP/1.1'),
  refused('a raw byte beyond ASCII in the target', 'GET /\xe9 HTTP/1.1'),
  refused('raw UTF-8 in the target', 'GET /\xc3\xa9 HTTP/1.1'),
  refused('a fragment', 'GET /a#b HTTP/1.1'),
  refused('a target without a slash', 'GET a HTTP/1.1'),
  refused('a target that begins with dots', 'GET ../a HTTP/1.1'),
  refused('a target that begins with a query', 'GET ?a HTTP/1.1'),
  refused('an asterisk for GET', 'GET * HTTP/1.1'),
  refused('the gateway\'s own options', 'OPTIONS * HTTP/1.1', 404),
  refused('another scheme', 'GET ftp://a.test/ HTTP/1.1'),
  refused('a file', 'GET file:///etc/passwd HTTP/1.1'),
  refused('a URL without a host', 'GET http:///a HTTP/1.1'),
  refused('a URL with credentials', 'GET http://user@a.test/ HTTP/1.1'),
  refused('an authority alone', 'GET a.test:80 HTTP/1.1'),
  refused('no target', 'GET  HTTP/1.1'),
  refused('no version', 'GET /', 505),
  refused('HTTP/0.9', 'GET / HTTP/0.9', 505),
  refused('HTTP/2.0 in text', 'GET / HTTP/2.0', 505),
  refused('HTTP/3.7', 'GET / HTTP/3.7'),
  refused('HTTP/1.10', 'GET / HTTP/1.10'),
  refused('http in lower case', 'GET / http/1.1'),
  { name: 'another protocol that Node takes for HTTP is HTTP/1.1 to the replica', bytes: first('GET / RTSP/1.0'), answer: 'passes', having: /^GET \/ HTTP\/1\.1/ },
  refused('an unknown method', 'FROB / HTTP/1.1'),
  refused('a method in lower case', 'get / HTTP/1.1'),
  refused('a method with a null', 'G\x00ET / HTTP/1.1'),
  refused('a space before the method', ' GET / HTTP/1.1'),
  refused('TRACE', 'TRACE / HTTP/1.1', 405),
  refused('CONNECT', 'CONNECT b.test:443 HTTP/1.1', 405),
  refused('CONNECT to the gateway itself', 'CONNECT a.test:80 HTTP/1.1', 405),
  refused('PRI without the rest of it', 'PRIVATE / HTTP/1.1', 'closes'),
  { name: 'a TLS hello in the clear', bytes: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', answer: 400 },
  { name: 'SSH', bytes: 'SSH-2.0-OpenSSH_9.2\r\n', answer: 400 },
  { name: 'the preface of HTTP/2 and then none of it', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nGET / HTTP/1.1\r\nHost: a.test\r\n\r\n', answer: 'closes' },
  { name: 'a PROXY header', bytes: `PROXY TCP4 10.6.6.6 10.0.0.1 1 2\r\n${lines('GET / HTTP/1.1', 'Host: a.test')}`, answer: 400 },
];
