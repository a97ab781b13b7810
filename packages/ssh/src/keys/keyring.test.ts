import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ssh2 from 'ssh2';
import { describe, expect, it } from 'vitest';
import { keyring } from './keyring.ts';

const keys = keyring('x'.repeat(32));

describe('derived keys', () => {
  it('are the same in every process with the secret, and others with another', () => {
    expect(keyring('x'.repeat(32)).user('f')).toEqual(keys.user('f'));
    expect(keyring('y'.repeat(32)).user('f')).not.toEqual(keys.user('f'));
  });

  it('are another for each fleet, machine and purpose', () => {
    const all = [keys.user('f'), keys.user('g'), keys.host({ fleet: 'f', key: 'a' }), keys.host({ fleet: 'f', key: 'b' }), keys.host({ fleet: 'f-a', key: 'b' }), keys.user('f/a'), keys.host({ fleet: 'f', key: '' })];
    expect(new Set(all.map(({ privateKey }) => privateKey)).size).toBe(all.length);
  });

  it('need a secret that is worth the name', () => {
    expect(() => keyring('short')).toThrow(/5 characters/);
  });

  it('are read by the SSH client, both halves alike', () => {
    for (let at = 0; at < 20; at++) {
      const { privateKey, publicKey } = keys.host({ fleet: 'f', key: String(at) });
      const parsed = ssh2.utils.parseKey(privateKey);
      if (parsed instanceof Error) throw parsed;
      expect(`ssh-ed25519 ${parsed.getPublicSSH().toString('base64')}`).toBe(publicKey);
      expect(parsed.verify('signed', parsed.sign('signed'))).toBe(true);
    }
  });

  it('are read by OpenSSH, where that is', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'neb-key-'));
    try {
      const { privateKey, publicKey } = keys.user('f');
      await writeFile(join(folder, 'key'), privateKey, { mode: 0o600 });
      const derived = await promisify(execFile)('ssh-keygen', ['-y', '-f', join(folder, 'key')]).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (!derived) return t.skip('ssh-keygen is not installed');
      expect(derived.stdout.trim().split(' ').slice(0, 2).join(' ')).toBe(publicKey);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
