/** Where the mounting script is. */
export const mountScriptFile = '/usr/local/sbin/neb-mount';

/** What the control plane's user is allowed to run as root, besides Docker. */
export function mountCommand(device: string, folder: string): string {
  return `sudo -n ${mountScriptFile} ${quoted(device)} ${quoted(folder)}`;
}

/** A shell script that mounts device $1 at folder $2. It formats a device only where its first mebibyte can be read and is all zeros, as that of a new disk is. */
export const mountScript = `#!/bin/sh
set -eu
[ -e "$1" ] || { echo "there is no $1 yet" >&2; exit 75; }
mkdir -p "$2"
mountpoint -q "$2" && exit 0
head=$(mktemp)
trap 'rm -f "$head"' EXIT
dd if="$1" of="$head" bs=1048576 count=1 2>/dev/null
[ "$(wc -c < "$head")" -eq 1048576 ] || { echo "$1 cannot be read" >&2; exit 75; }
if [ "$(tr -d '\\000' < "$head" | wc -c)" -eq 0 ]; then
  mkfs.ext4 -q "$1"
  mount "$1" "$2"
  chmod 777 "$2"
else
  mount "$1" "$2"
fi
`;

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
