import type { SshKey } from '@neb/ssh';

/** The port at which a pod's SSH server listens. */
export const sshPort = 22;

/** What lets one in: who may log in, and what the pod shows to be known by. */
export interface PodKeys {
  readonly user: Pick<SshKey, 'publicKey'>;
  readonly host: Pick<SshKey, 'privateKey' | 'dropbearKey'>;
}

/** A line for the pod's shell that runs the words in the environment and folder of its main process, in which `mark` is NEB_EXEC. */
export function runLine(mark: string, words: string): string {
  return `exec sh ${folder}/run ${mark} ${words}`;
}

/** A line for the pod's shell that hangs up on whatever carries the mark. */
export function hangUpLine(mark: string): string {
  return `exec sh ${folder}/hangup ${mark}`;
}

const folder = '/tmp/.neb-ssh';

/**
 * POSIX sh, for the environment of the main process. Has an SSH server running for as long as the container does, if the image
 * has OpenSSH's or Dropbear, or gets one later. The server lets in by this one key alone. It leads to what listens in the pod, and by
 * OpenSSH no further; Dropbear cannot be told that, but whoever is let in may run commands. Nothing leads from the pod to us.
 */
export function sshScript({ user, host }: PodKeys): string {
  return `umask 077
rm -rf ${folder}
mkdir ${folder} || exit
pwd >${folder}/folder
export -p >${folder}/environment
cat >${folder}/authorized_keys <<'END'
${user.publicKey}
END
cat >${folder}/host_key <<'END'
${host.privateKey}END
printf '${octal(host.dropbearKey)}' >${folder}/dropbear_key
cat >${folder}/run <<'END'
. ${folder}/environment
unset SSH_CLIENT SSH_CONNECTION SSH_TTY SSH_ORIGINAL_COMMAND
read -r folder <${folder}/folder
cd "$folder"
NEB_EXEC=$1
export NEB_EXEC
unset folder
shift
exec "$@"
END
cat >${folder}/hangup <<'END'
for p in /proc/[0-9]*; do
  tr '\\0' '\\n' <"$p/environ" | grep -qx "NEB_EXEC=$1" && kill -HUP "\${p#/proc/}"
done
END
cat >${folder}/config <<'END'
Port ${sshPort}
HostKey ${folder}/host_key
PidFile none
AuthorizedKeysFile ${folder}/authorized_keys
AuthenticationMethods publickey
PasswordAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
AllowTcpForwarding local
PermitOpen 127.0.0.1:*
AllowStreamLocalForwarding no
AllowAgentForwarding no
X11Forwarding no
PermitUserRC no
ClientAliveInterval 30
END
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
while :; do
  mkdir -p /run/sshd
  "$(command -v sshd)" -D -f ${folder}/config
  if command -v dropbear; then
    mkdir -p ~root/.ssh
    grep -qxF -f ${folder}/authorized_keys ~root/.ssh/authorized_keys || cat ${folder}/authorized_keys >>~root/.ssh/authorized_keys
    dropbear -F -s -k -p ${sshPort} -r ${folder}/dropbear_key
  fi
  sleep 5
done
`;
}

/** Base64 as what `printf` makes bytes of, which every shell has. */
function octal(base64: string): string {
  return [...Buffer.from(base64, 'base64')].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
