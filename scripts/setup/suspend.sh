# What suspends containers: CRIU, and for tests Podman.
# shellcheck shell=bash

# Says nothing where one that works is there.
setup_criu() {
  [ "$(uname)" = Linux ] || return 0
  "$root/scripts/install-criu.sh" check >/dev/null 2>&1 && [ -e /etc/criu/runc.conf ] && return
  say 'Installing CRIU, which saves the memory of containers'
  as_root "$root/scripts/install-criu.sh" >&2
}

# Its programs only: tests start it themselves.
setup_podman() {
  install_missing podman:podman runc:runc netavark:netavark aardvark-dns:aardvark-dns ip:iproute2
}
