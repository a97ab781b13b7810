import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What an image is made of besides busybox. */
export interface PodImageOptions {
  /** The SSH server in it, with its libraries; none by default. */
  readonly server?: 'sshd' | 'dropbear' | undefined;
  /** Files, by their path, that are made executable. */
  readonly programs?: Readonly<Record<string, string>> | undefined;
}

/** An image under a name that it has until it is disposed of; one that had the name before gets it back. */
export interface PodImage extends AsyncDisposable {
  readonly name: string;
}

/** Makes an image of this machine's own busybox and SSH server, since tests reach no registry. */
export async function podImage(name: string, { server, programs = {} }: PodImageOptions = {}): Promise<PodImage> {
  const before = await sh(`docker image inspect -f '{{.Id}}' "$1" 2>/dev/null || true`, name);
  const files = Object.entries(programs).flat();
  await sh(script, name, server ?? '', ...files);
  return { name, [Symbol.asyncDispose]: async () => void (before === '' ? await sh('docker image rm "$1"', name) : await sh('docker tag "$2" "$1"', name, before)) };
}

const script = `set -e
name=$1 server=$2; shift 2
d=$(mktemp -d)
mkdir -p "$d/bin" "$d/tmp" "$d/etc" "$d/usr/sbin" "$d/root"
chmod 755 "$d"; chmod 1777 "$d/tmp"; chmod 700 "$d/root"
cp /bin/busybox "$d/bin/"
for a in $(/bin/busybox --list); do ln -s busybox "$d/bin/$a" 2>/dev/null || true; done
printf 'root:x:0:0:root:/root:/bin/sh\\nsshd:x:101:65534::/run/sshd:/bin/false\\n' >"$d/etc/passwd"
printf 'root:*:20000:0:99999:7:::\\n' >"$d/etc/shadow"
printf 'root:x:0:\\nnogroup:x:65534:\\n' >"$d/etc/group"
if [ -n "$server" ]; then
  cp -L "/usr/sbin/$server" "$d/usr/sbin/"
  for p in "/usr/sbin/$server" $(ls /usr/lib/openssh/sshd-* 2>/dev/null); do
    [ "$p" = "/usr/sbin/$server" ] || { mkdir -p "$d/usr/lib/openssh"; cp -L "$p" "$d$p"; }
    for l in $(ldd "$p" | grep -o '/[^ )]*'); do mkdir -p "$d\${l%/*}"; cp -L "$l" "$d$l"; done
  done
fi
while [ $# -gt 0 ]; do mkdir -p "$d\${1%/*}"; printf '%s' "$2" >"$d$1"; chmod 755 "$d$1"; shift 2; done
tar -C "$d" -c . | docker import - "$name"
rm -r "$d"`;

async function sh(text: string, ...words: readonly string[]): Promise<string> {
  return (await promisify(execFile)('sh', ['-c', text, 'sh', ...words])).stdout.trim();
}
