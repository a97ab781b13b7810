import { type Hostile, lines } from './hostile.ts';

const asks = (...headers: readonly string[]): string => lines('GET / HTTP/1.1', 'Connection: close', ...headers);
const refused = (name: string, bytes: string, answer = 400): Hostile => ({ name, bytes, answer });

/** What names no host, or could be read as two. */
const malformed: readonly Hostile[] = [
  refused('no host', asks()),
  ...['', ' ', 'a.test b.test', 'a.test,b.test', 'a.test/b', 'a.test?b', 'a.test#b', 'user@a.test', 'a.test@b.test', 'http://a.test', 'a.test:80:90', 'a.test:x', 'a.test:-1', 'a.test:123456', 'a..test', '.a.test', 'a.test..', '-a.test\x00', '[::1', '::1', '%61.test', 'a\\.test', 'a.test;', '"a.test"', "a.test'", 'a.test%00.b.test', '\xe4.test', '*', '*.test', '[a.test]', `${'a'.repeat(300)}.test`]
    .map((host) => refused(`the host ${JSON.stringify(host.length > 40 ? 'aaaa… of 305 characters' : host)}`, asks(`Host: ${host}`))),
  refused('two hosts', asks('Host: a.test', 'Host: secret.test')),
  refused('the same host twice', asks('Host: a.test', 'host: a.test')),
  refused('a second host after a space', asks('Host: a.test', 'Host : secret.test')),
  refused('a second host in a folded line', asks('Host: a.test', ' secret.test')),
  refused('a host in the URL that is not the header\'s', lines('GET http://secret.test/ HTTP/1.1', 'Host: a.test')),
  refused('the other way round', lines('GET http://a.test/ HTTP/1.1', 'Host: secret.test')),
  refused('a URL without the header', lines('GET http://a.test/ HTTP/1.1', 'Connection: close').replace('GET http://a.test/', 'GET http://a.test:x/')),
];

/** Another namespace's: the same as if there were nothing. */
const beyond: readonly Hostile[] = [
  refused('a route of another namespace by its host', asks('Host: secret.test'), 404),
  refused('in capitals', asks('Host: SECRET.TEST'), 404),
  refused('with a port', asks('Host: secret.test:443'), 404),
  refused('with a dot at its end', asks('Host: secret.test.'), 404),
  refused('by a URL', lines('GET http://secret.test/ HTTP/1.1', 'Host: secret.test', 'Connection: close'), 404),
  refused('with the host of another in X-Forwarded-Host', asks('Host: secret.test', 'X-Forwarded-Host: a.test'), 404),
  refused('by x-resource', asks('Host: gate', 'X-Resource: secret.other.service'), 404),
  refused('by x-resource at a route that is ours', asks('Host: a.test', 'X-Resource: secret.other.service'), 404),
  refused('by the host, with x-resource of a route that is ours', asks('Host: secret.test', 'X-Resource: a.default.service'), 404),
  refused('by x-resource of another kind', asks('Host: gate', 'X-Resource: a.default.container'), 404),
  refused('x-resource of nothing', asks('Host: gate', 'X-Resource: nobody.default.service'), 404),
  refused('x-resource of nothing at a route that is ours', asks('Host: a.test', 'X-Resource: nobody.default.service'), 404),
  ...['', '.', '..', 'a', 'a.default', '.default.service', 'a..service', 'service', 'a.default.pod', 'a/default/service', '../secret.other.service', 'a.default.service/../secret.other.service', 'a.default.service,secret.other.service', 'a.default.constructor', 'a.default.__proto__']
    .map((name) => refused(`x-resource: ${JSON.stringify(name)}`, asks('Host: gate', `X-Resource: ${name}`), 404)),
  refused('x-resource twice', asks('Host: gate', 'X-Resource: a.default.service', 'X-Resource: secret.other.service')),
  refused('x-resource twice, the same', asks('Host: gate', 'X-Resource: a.default.service', 'x-resource: a.default.service')),
  refused('an unknown host', asks('Host: nobody.test'), 404),
  refused('an address', asks('Host: 127.0.0.1'), 404),
  refused('localhost', asks('Host: localhost'), 404),
  refused('the address of a cloud\'s metadata', asks('Host: 169.254.169.254'), 404),
  refused('a host below ours', asks('Host: x.a.test'), 404),
  refused('a host above ours', asks('Host: test'), 404),
  refused('an inherited name', asks('Host: constructor'), 404),
  refused('another inherited name', asks('Host: __proto__'), 404),
  refused('no host in HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', 404),
  refused('a WebSocket to another namespace', lines('GET / HTTP/1.1', 'Host: secret.test', 'Connection: upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='), 404),
  refused('a body to another namespace', `${lines('POST / HTTP/1.1', 'Host: secret.test', 'Content-Length: 5')}hello`, 404),
];

const told: readonly Hostile[] = [
  { name: 'x-resource of the same route as the host passes without it', bytes: asks('Host: a.test', 'X-Resource: a.default.service'), answer: 'passes', without: /x-resource/i },
  { name: 'x_resource names nothing', bytes: asks('Host: a.test', 'X_Resource: secret.other.service'), answer: 'passes', without: /x_resource/i },
  { name: 'a URL is passed on as a path', bytes: lines('GET http://a.test/x?y HTTP/1.1', 'Host: a.test', 'Connection: close'), answer: 'passes', having: /^GET \/x\?y HTTP/ },
  { name: 'a URL without a path', bytes: lines('GET http://a.test HTTP/1.1', 'Host: a.test', 'Connection: close'), answer: 'passes', having: /^GET \/ HTTP/ },
  { name: 'a URL with only a query', bytes: lines('GET http://a.test?y HTTP/1.1', 'Host: a.test', 'Connection: close'), answer: 'passes', having: /^GET \/\?y HTTP/ },
  { name: 'a host in capitals', bytes: asks('Host: A.TEST:80'), answer: 'passes', having: /host: A\.TEST:80/i },
];

export const hosts: readonly Hostile[] = [...malformed, ...beyond, ...told];
