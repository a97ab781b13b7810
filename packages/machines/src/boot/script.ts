import type { SshKey } from '@neb/ssh';
import { mountScript, mountScriptFile } from './mount.ts';
import { watchdogScript } from './watchdog.ts';

/** What a machine is made into. */
export interface BootOptions {
  /** The only one who may log in as `neb`. */
  readonly userKey: Pick<SshKey, 'publicKey'>;
  /** What its sshd shows. */
  readonly hostKey: SshKey;
  /** How long the control plane may be silent before the machine ends itself, in milliseconds. */
  readonly silenceMs: number;
}

/** Whom the control plane logs in as. */
export const bootUser = 'neb';
/** What it touches there. On a file system in memory, so that it is gone after a boot. */
export const aliveFile = '/run/neb/alive';

/**
 * The first boot of a machine, for images of Debian's and Red Hat's kind with systemd: a dead-man's switch before all else,
 * so that a boot that fails costs no more than its silence, then a user and a host key, then Docker where the image lacks it.
 */
export function bootScript({ userKey, hostKey, silenceMs }: BootOptions): string {
  const watchdog = watchdogScript({ aliveFile, silenceS: Math.ceil(silenceMs / 1_000), end: 'systemctl poweroff' });
  return `#!/bin/sh
set -eu

install -d /usr/local/sbin
${heredoc('/usr/local/sbin/neb-watchdog', watchdog)}
chmod 755 /usr/local/sbin/neb-watchdog
${heredoc('/etc/systemd/system/neb-watchdog.service', '[Service]\nType=oneshot\nExecStart=/usr/local/sbin/neb-watchdog\n')}
${heredoc('/etc/systemd/system/neb-watchdog.timer', '[Timer]\nOnBootSec=60\nOnUnitActiveSec=60\n[Install]\nWantedBy=timers.target\n')}
systemctl daemon-reload
systemctl enable --now neb-watchdog.timer

# A login keeps the groups it began with, so the group is there before anybody can log in.
getent group docker >/dev/null || groupadd --system docker
id ${bootUser} >/dev/null 2>&1 || useradd --create-home --shell /bin/sh --groups docker ${bootUser}
${heredoc('/etc/tmpfiles.d/neb.conf', `d ${aliveFile.replace(/\/[^/]+$/, '')} 0755 ${bootUser} ${bootUser} -\n`)}
systemd-tmpfiles --create neb.conf
${heredoc(mountScriptFile, mountScript)}
chmod 755 ${mountScriptFile}
${heredoc('/etc/sudoers.d/neb', `${bootUser} ALL=(root) NOPASSWD: ${mountScriptFile}\n`)}
install -d -m 700 -o ${bootUser} -g ${bootUser} /home/${bootUser}/.ssh
${heredoc(`/home/${bootUser}/.ssh/authorized_keys`, `${userKey.publicKey}\n`)}
chown ${bootUser}: /home/${bootUser}/.ssh/authorized_keys
chmod 600 /home/${bootUser}/.ssh/authorized_keys

umask 077
${heredoc('/etc/ssh/ssh_host_ed25519_key', hostKey.privateKey)}
umask 022
${heredoc('/etc/ssh/ssh_host_ed25519_key.pub', `${hostKey.publicKey}\n`)}
systemctl restart ssh 2>/dev/null || systemctl restart sshd

if ! command -v dockerd >/dev/null 2>&1; then
  if command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    for try in 1 2 3 4 5; do apt-get update && apt-get install -y docker.io && break; sleep 10; done
  else
    for try in 1 2 3 4 5; do dnf install -y docker && break; sleep 10; done
  fi
fi
systemctl enable docker
systemctl restart docker
echo "neb: this machine is ready"
`;
}

/** Ends in a line that no content of ours has. */
function heredoc(file: string, content: string): string {
  return `cat > ${file} <<'NEB-END'\n${content}NEB-END`;
}
