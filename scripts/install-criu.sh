#!/usr/bin/env bash
# Brings a CRIU that works on this kernel, so that Podman and Docker can suspend and fork containers: `sudo scripts/install-criu.sh`.
# Does nothing where one that works is there; safe to repeat. What the distribution has is taken where it works. Else that of
# Debian's testing is unpacked, with its own libraries, below /usr/local/lib/neb-criu, without touching any package, and linked
# as /usr/local/sbin/criu, where engines find it without a restart. `install-criu.sh check` only tells what is missing.
# To take it away again: rm -r /usr/local/lib/neb-criu /usr/local/sbin/criu
set -euo pipefail

home=${NEB_CRIU_HOME:-/usr/local/lib/neb-criu}
link=${NEB_CRIU_LINK:-/usr/local/sbin/criu}
# For all that runc restores, Docker's containers too: those who call again are told, while a dump of open connections would fail.
runc_conf=/etc/criu/runc.conf
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

die() { printf '%s\n' "$*" >&2; exit 1; }
older() { [ "$1" != "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

# What is wrong with the CRIU of this machine, in words; nothing if it works.
trouble() {
  local version kernel said
  command -v criu >/dev/null || { echo 'there is no criu'; return; }
  version=$(criu --version | sed -n 's/^Version: *//p')
  kernel=$(uname -r)
  # Linux 6.16 refuses socket options that older ones ask for: every container with a server in it fails.
  if ! older "${kernel%%-*}" 6.16 && older "$version" 4.2; then echo "criu $version is too old for Linux $kernel, which needs 4.2"; return; fi
  [ "$(id -u)" = 0 ] || return 0 # Only root can try it.
  said=$(criu check 2>&1) || echo "criu $version does not work on Linux $kernel: $(tail -n 1 <<<"$said")"
}

from_distribution() {
  command -v apt-get >/dev/null && ! command -v criu >/dev/null || return 0
  env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 install -y --no-install-recommends criu >/dev/null 2>&1 || true
}

from_testing() {
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg loader deb
  command -v apt-get >/dev/null || die "Install criu 4.2 or newer with this system's package manager (dnf install criu, pacman -S criu, zypper install criu)."
  [ -e "$keyring" ] || env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends debian-archive-keyring >/dev/null 2>&1 || true
  [ -e "$keyring" ] || die "Debian's keys are not here, so its criu cannot be checked: install debian-archive-keyring, or criu 4.2 or newer by other means."
  apt=$(mktemp -d) # Not local: the trap has to know it.
  trap 'rm -rf "$apt"' EXIT
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/root"
  : >"$apt/status"
  echo "deb [signed-by=$keyring] $(mirror) ${NEB_CRIU_SUITE:-testing} main" >"$apt/list"
  # A state of its own: the machine's sources and packages stay as they are.
  local options=(-o "Dir::Etc::sourcelist=$apt/list" -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferencesparts=/dev/null -o "Dir::State::lists=$apt/lists"
    -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt/cache" -o APT::Install-Recommends=0 -o Debug::NoLocking=1 -o APT::Sandbox::User=root)
  apt-get "${options[@]}" -qq update || die 'The index of Debian testing could not be read; apt says why above.'
  apt-get "${options[@]}" -y --download-only -qq install criu >/dev/null || die 'criu could not be downloaded; apt says why above.'
  for deb in "$apt"/cache/archives/*.deb; do dpkg-deb -x "$deb" "$apt/root"; done
  loader=$(cd "$apt/root" && find usr/lib -name 'ld-linux*.so*' | head -n 1)
  [ -n "$loader" ] || die 'The criu of Debian testing came without its loader; please report this.'
  mkdir -p "$apt/root/bin"
  # Its libraries are newer than the machine's, so it comes with its own and their loader.
  printf '#!/bin/sh\nexec %s --library-path %s %s "$@"\n' "$home/$loader" "$home/${loader%/*}" "$home/usr/sbin/criu" >"$apt/root/bin/criu"
  chmod 755 "$apt/root/bin/criu" "$apt/root"
  rm -rf "$home.old"
  [ ! -e "$home" ] || mv "$home" "$home.old"
  mkdir -p "${home%/*}" "${link%/*}"
  mv "$apt/root" "$home"
  rm -rf "$home.old" "$home"/usr/share
  ln -sfn "$home/bin/criu" "$link"
  hash -r
}

# Where this machine's own Debian packages come from; Debian's own where it has none.
mirror() {
  local found
  found=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    sed -nE 's#^(URIs: *|deb (\[[^]]*\] )?)(https?://[^ ]*/debian)/?( .*)?$#\3#p' | head -n 1)
  echo "${found:-http://deb.debian.org/debian}"
}

close_connections() {
  [ ! -e "$runc_conf" ] || return 0
  mkdir -p "${runc_conf%/*}"
  printf '%s\n' '# Open TCP connections of a container are closed when it goes on; without this, it cannot be suspended while it has one.' tcp-close >"$runc_conf"
}

[ "$(uname)" = Linux ] || die 'Containers are suspended on Linux only.'
wrong=$(trouble)
if [ "${1-}" = check ]; then
  [ -n "$wrong" ] || exit 0
  die "$wrong"
fi
if [ -z "$wrong" ] && [ -e "$runc_conf" ]; then exit 0; fi
[ "$(id -u)" = 0 ] || die "This needs root: sudo $0"
if [ -n "$wrong" ]; then
  from_distribution
  [ -z "$(trouble)" ] || from_testing
  wrong=$(trouble)
  [ -z "$wrong" ] || die "CRIU still does not work: $wrong"
fi
close_connections
echo "criu $(criu --version | sed -n 's/^Version: *//p') works on Linux $(uname -r)"
