import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fingerprint, type HostTrust, judgeHostKey, knownKeyTypes } from './known-hosts.ts';

const key = Buffer.from('the key of the host, as it travels');
const blob = key.toString('base64');
const other = Buffer.from('another key').toString('base64');
const host = { host: 'gpu.example.org', port: 22 };
const hashed = (name: string): string => {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
};

describe('a host key is', () => {
  it.each<[string, HostTrust, typeof host, string]>([
    ['unknown where nothing is known', {}, host, 'unknown'],
    ['trusted where it is pinned', { hostKeys: [`ssh-ed25519 ${blob} comment`] }, host, 'trusted'],
    ['trusted where its fingerprint is pinned', { hostKeys: [fingerprint(key)] }, host, 'trusted'],
    ['different where another is pinned', { hostKeys: [`ssh-ed25519 ${other}`] }, host, 'different'],
    ['trusted by a line of known_hosts', { knownHosts: `# mine\n\na,gpu.example.org ssh-ed25519 ${blob}\n` }, host, 'trusted'],
    ['trusted by a hashed line', { knownHosts: `${hashed('gpu.example.org')} ssh-ed25519 ${blob}` }, host, 'trusted'],
    ['trusted at the port of the line', { knownHosts: `[gpu.example.org]:2222 ssh-ed25519 ${blob}` }, { ...host, port: 2222 }, 'trusted'],
    ['unknown at another port', { knownHosts: `gpu.example.org ssh-ed25519 ${blob}` }, { ...host, port: 2222 }, 'unknown'],
    ['trusted by a pattern', { knownHosts: `*.example.org ssh-ed25519 ${blob}` }, host, 'trusted'],
    ['unknown where the pattern leaves it out', { knownHosts: `*.example.org,!gpu.example.org ssh-ed25519 ${blob}` }, host, 'unknown'],
    ['different where the line has another', { knownHosts: `gpu.example.org ssh-ed25519 ${other}` }, host, 'different'],
    ['revoked where a line says so', { knownHosts: `@revoked * ssh-ed25519 ${blob}\ngpu.example.org ssh-ed25519 ${blob}` }, host, 'revoked'],
    ['unknown where only an authority is known', { knownHosts: `@cert-authority * ssh-ed25519 ${blob}` }, host, 'unknown'],
  ])('%s', (_, trust, at, verdict) => {
    expect(judgeHostKey(trust, at, key)).toBe(verdict);
  });

  it('asked for in a kind that is known', () => {
    expect(knownKeyTypes({ hostKeys: ['ssh-ed25519 x'], knownHosts: 'gpu.example.org ssh-rsa y' }, host)).toEqual(['ssh-ed25519', 'rsa-sha2-512', 'rsa-sha2-256']);
    expect(knownKeyTypes({ hostKeys: ['SHA256:abc'] }, host)).toEqual([]);
  });
});
