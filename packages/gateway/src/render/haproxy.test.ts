import { seededRandom } from '@neb/core-types/testing';
import { describe, expect, test } from 'vitest';
import { plainRoute } from '../../test/plain-route.ts';
import { mintDoorKey } from '../authz/door-key.ts';
import { haproxyConfig, type HaproxyOptions } from './haproxy.ts';

const open: HaproxyOptions = { folder: '/etc/neb', access: 'open', nowMs: 0 };
const key = mintDoorKey(seededRandom(3));
const replica = { id: 'r1', origin: 'http://172.17.0.2:8000' };

describe('a configuration of HAProxy', () => {
  test('has a backend a route, with what of it HAProxy can do', () => {
    const route = plainRoute({ maxInFlight: 8, timeoutMs: 5_000, replicas: [replica, { ...replica, id: 'r2', draining: true }] });
    const { files, warnings } = haproxyConfig([route], { ...open, balance: 'random(2)', health: '/health' });
    expect(files['haproxy.cfg']).toContain([
      '# Service?ml/chat', 'backend service_svc1', '  balance random(2)', '  timeout queue 2000ms', '  timeout server 5000ms', '  option httpchk', '  http-check send meth GET uri /health', '  http-request del-header authorization',
      '  server replica_r1 172.17.0.2:8000 check inter 2s fall 3 rise 1 init-addr last,libc,none observe layer4 error-limit 2 on-error mark-down maxconn 8', '  server replica_r2 172.17.0.2:8000 check inter 2s fall 3 rise 1 init-addr last,libc,none observe layer4 error-limit 2 on-error mark-down maxconn 8 weight 0',
    ].join('\n'));
    expect(files['hosts.map']).toBe('chat.ml.localhost service_svc1\n');
    expect(files['resources.map']).toBe('chat.ml.Service service_svc1\nchat.ml.service service_svc1\n');
    expect(warnings).toEqual([
      'Service "ml/chat": whoever reaches HAProxy may reach it: tokens and rules are not looked at', 'Service "ml/chat": its answers may not pause longer than 5000 ms either',
    ]);
  });

  test('opens nothing to strangers unless it is told to', () => {
    const { files, warnings } = haproxyConfig([plainRoute({ replicas: [replica] })], { folder: '/etc/neb', nowMs: 0 });
    expect(files['haproxy.cfg']).not.toContain('backend service_svc1');
    expect(files['hosts.map']).toBe('');
    expect(warnings).toEqual(['Service "ml/chat": is left out: it has no key of its own, and HAProxy knows no other caller']);
  });

  test('opens a route to its keys while they are good, unless it has a rule that denies', () => {
    const keys = [key, { ...key, id: 'old', expiresMs: 5 }];
    const options = { folder: '/etc/neb', nowMs: 10 };
    expect(haproxyConfig([plainRoute({ keys })], options).files['haproxy.cfg'].split(key.sha256)).toHaveLength(2);
    const denies = plainRoute({ keys, authz: { rules: [{ name: 'no', allow: false, path_match: [{ pattern: '/admin/**' }] }] } });
    expect(haproxyConfig([denies], options).warnings).toEqual([expect.stringContaining('is left out: it has a rule that denies')]);
  });

  test('tells what of a route is lost', () => {
    const route = plainRoute({
      rate: { perSecond: 1, burst: 1, per: 'caller' }, meters: [{ metric: 'requests', unit: 'request', currency: 'USD' }, { metric: 'runtime', unit: 'hour', currency: 'USD' }],
    });
    expect(haproxyConfig([route], open).warnings.join('\n')).toMatch(/HAProxy wakes none[^]*its 1 meters of what passes count nothing[^]*its rate limit is not kept/);
  });

  test('leaves out hosts that another route has', () => {
    const { files, warnings } = haproxyConfig([plainRoute(), plainRoute({ id: 'svc2', name: 'other' })], open);
    expect(files['hosts.map']).toBe('chat.ml.localhost service_svc1\n');
    expect(warnings).toContainEqual('Service "ml/other": "chat.ml.localhost" is left out: it is no name that a request could have, or another route has it');
  });

  test('refuses options that would write lines of their own', () => {
    expect(() => haproxyConfig([], { ...open, health: '/\n  server x' })).toThrow('the option health');
  });
});

test('no name writes a line of its own, and no two ids have one section', () => {
  const random = seededRandom(5);
  const below = (limit: number): number => { const [a = 0] = random(1); return a % limit; };
  const pieces = ['\n', '\r', ' ', '\t', '#', '\\', '"', "'", '%[', ']', '{', '}', 'server evil 1.2.3.4:1', 'a', 'b', '.', '-', '/', '${HOME}', 'é', '\u2028', ':', '@', '\0', '.a.'];
  const name = (): string => Array.from({ length: below(6) + 1 }, () => pieces[below(pieces.length)]!).join('');
  const plain = haproxyConfig([plainRoute({ replicas: [replica] })], open);
  const shape = (text: string): string[] => text.split(/[\n\r\u2028]/).map((line) => line.replace(/(backend|server|#).*/, '$1').trimEnd());
  const seen = new Map<string, string>();
  for (let round = 0; round < 2_000; round++) {
    const id = name();
    const origins = [`http://${name()}:80`, `http://a${name()}`, name()];
    const hostile = plainRoute({ id, name: name(), namespace: name(), hosts: [name()], replicas: [{ id: name(), origin: replica.origin }] });
    const { files } = haproxyConfig([hostile], open);
    expect(shape(files['haproxy.cfg'])).toEqual(shape(plain.files['haproxy.cfg']));
    for (const line of `${files['hosts.map']}${files['resources.map']}`.trimEnd().split('\n')) expect(line).toMatch(/^$|^[A-Za-z0-9][A-Za-z0-9._-]* service_[A-Za-z0-9._-]+$/);
    const [section = ''] = /^backend (.*)$/m.exec(files['haproxy.cfg'])?.slice(1) ?? [];
    expect(section).toMatch(/^[A-Za-z0-9._-]+$/);
    expect(seen.get(section) ?? id).toBe(id);
    seen.set(section, id);
    for (const origin of origins) {
      const servers = haproxyConfig([plainRoute({ replicas: [{ id: 'r', origin }] })], open).files['haproxy.cfg'].split('\n').filter((line) => line.startsWith('  server'));
      for (const server of servers) expect(server).toMatch(/^ {2}server replica_r ([a-z0-9._-]+|\[[0-9a-f:]+\]):\d+ check inter 2s fall 3 rise 1 init-addr last,libc,none observe layer4 error-limit 2 on-error mark-down$/);
    }
  }
});
