import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { keyring } from '@neb/ssh';
import { describe, expect, it } from 'vitest';
import { mountCommand, mountScript } from './mount.ts';
import { bootScript } from './script.ts';
import { watchdogScript } from './watchdog.ts';

const run = promisify(execFile);
const keys = keyring('x'.repeat(32));
const options = { userKey: keys.user('f'), hostKey: keys.host({ fleet: 'f', key: 'a' }), silenceMs: 1_800_000 };

async function inFolder<T>(work: (at: (name: string) => string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'neb-boot-'));
  try {
    return await work((name) => join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('the switch', () => {
  it.each<[string, number, string | undefined, boolean]>([
    ['lets a machine be that was heard of', 5_000, '4000', false],
    ['ends one that was not for too long', 5_801, '4000', true],
    ['lets one be that has just booted and never heard', 1_799, undefined, false],
    ['ends one that never heard at all', 1_800, undefined, true],
    ['takes an empty file for none', 1_800, '', true],
    ['takes nonsense for none', 1_800, 'yes', true],
    ['takes a file that is not whole for none', 1_799, '\0', false],
  ])('%s', async (_, uptimeS, alive, ends) => {
    await inFolder(async (at) => {
      await writeFile(at('uptime'), `${uptimeS}.42 1.00\n`);
      if (alive !== undefined) await writeFile(at('alive'), alive);
      await writeFile(at('watchdog'), watchdogScript({ aliveFile: at('alive'), silenceS: 1_800, end: `touch ${at('ended')}`, uptimeFile: at('uptime') }));
      await run('sh', [at('watchdog')]);
      expect(await readFile(at('ended')).then(() => true, () => false)).toBe(ends);
    });
  });
});

describe('the mounting script', () => {
  const mebibyte = 2 ** 20;
  it.each<[string, Buffer | undefined, readonly string[] | undefined]>([
    ['formats a blank disk, and mounts it', Buffer.alloc(2 * mebibyte), ['mkfs', 'mount']],
    ['mounts one with something on it as it is', Buffer.concat([Buffer.alloc(1_080), Buffer.from('S\xef'), Buffer.alloc(2 * mebibyte)]), ['mount']],
    ['leaves one alone of which it cannot read enough', Buffer.alloc(1_000), undefined],
    ['waits for one that is not there', undefined, undefined],
  ])('%s', async (_, content, did) => {
    await inFolder(async (at) => {
      if (content) await writeFile(at('disk'), content);
      const stubs = `mountpoint() { false; }\nmount() { echo mount >> ${at('did')}; }\nmkfs_ext4() { echo mkfs >> ${at('did')}; }\nalias mkfs.ext4=mkfs_ext4\n`;
      await writeFile(at('script'), mountScript.replace('#!/bin/sh\n', `#!/bin/sh\n${stubs}`));
      const ran = run('sh', [at('script'), at('disk'), at('mounted')]);
      if (!did) return await expect(ran).rejects.toMatchObject({ code: 75 });
      await ran;
      expect((await readFile(at('did'), 'utf8')).trim().split('\n')).toEqual(did);
    });
  });

  it('is called with words that no shell takes apart', () => {
    expect(mountCommand('/dev/x', '/mnt/neb/it\'s; rm -rf')).toBe(`sudo -n /usr/local/sbin/neb-mount '/dev/x' '/mnt/neb/it'\\''s; rm -rf'`);
  });
});

describe('the boot script', () => {
  it('is the same for the same machine, fits into user data, and has no key of the control plane', () => {
    const script = bootScript(options);
    expect(bootScript(options)).toBe(script);
    expect(Buffer.byteLength(script)).toBeLessThan(16_384 / 2);
    expect(script).toContain(options.userKey.publicKey);
    expect(script).not.toContain(options.userKey.privateKey.split('\n')[3]);
  });

  it('is a shell script, which arms the switch before anything that can fail', async () => {
    await inFolder(async (at) => {
      await writeFile(at('boot'), bootScript(options));
      await run('sh', ['-n', at('boot')]);
    });
    const script = bootScript(options);
    expect(script.indexOf('enable --now neb-watchdog.timer')).toBeLessThan(script.indexOf('useradd'));
    expect(script.indexOf('enable --now neb-watchdog.timer')).toBeLessThan(script.indexOf('apt-get'));
    expect(script.indexOf('groupadd')).toBeLessThan(script.indexOf('authorized_keys'));
  });

  it('leaves its files as they are meant, run for real in a folder', async () => {
    await inFolder(async (at) => {
      // Its own words, in a root of its own, where what changes the system does nothing.
      const names = ['systemctl', 'useradd', 'chown', 'systemd-tmpfiles', 'groupadd', 'getent', 'dockerd', 'id'];
      const stubs = names.map((name) => `${name.replaceAll('-', '_')}() { :; }\n${name.includes('-') ? `alias ${name}=${name.replaceAll('-', '_')}\n` : ''}`).join('');
      const script = bootScript(options).replaceAll(/(?<=[ >])\/(?=usr\/local|etc|home)/g, `${at('')}/`).replaceAll(`-o neb -g neb `, '');
      await run('mkdir', ['-p', ...['etc/systemd/system', 'etc/tmpfiles.d', 'etc/sudoers.d', 'etc/ssh'].map(at)]);
      await writeFile(at('boot'), script.replace('#!/bin/sh\n', `#!/bin/sh\n${stubs}`));
      const { stdout } = await run('sh', [at('boot')]);
      expect(stdout).toContain('neb: this machine is ready');
      expect(await readFile(at('etc/ssh/ssh_host_ed25519_key'), 'utf8')).toBe(options.hostKey.privateKey);
      expect(await readFile(at('home/neb/.ssh/authorized_keys'), 'utf8')).toBe(`${options.userKey.publicKey}\n`);
      expect((await run('stat', ['-c', '%a', at('etc/ssh/ssh_host_ed25519_key')])).stdout.trim()).toBe('600');
      await run('sh', ['-n', at('usr/local/sbin/neb-watchdog')]);
      expect(await readFile(at('usr/local/sbin/neb-watchdog'), 'utf8')).toContain('-lt 1800 ] || systemctl poweroff');
    });
  });
});
