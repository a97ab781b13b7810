# Debian packages, without the services that come with some of them.
# shellcheck shell=bash

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "This needs root: $*. Run it as root, or install sudo."; fi
}

# install_missing PROGRAM:PACKAGE...: installs the packages of the programs that are not there.
install_missing() {
  local pair missing=()
  for pair in "$@"; do has_program "${pair%%:*}" || missing+=("${pair#*:}"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "Install ${missing[*]} (the names are Debian's) and run this again."
  say "Installing ${missing[*]} with apt"
  without_services install_packages "${missing[@]}" || die "apt could not install ${missing[*]}; its messages are above."
}

has_program() {
  local found
  found=$(PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin command -v "$1" || ls /usr/lib/postgresql/*/bin/"$1" /usr/lib/podman/"$1" 2>/dev/null || true)
  [ -n "$found" ]
}

install_packages() {
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0)
  # The index may be older than what the archive still has; then a fresh one helps.
  as_root "${apt[@]}" install -y --no-install-recommends "$@" >/dev/null 2>&1 ||
    { as_root "${apt[@]}" update >&2 && as_root "${apt[@]}" install -y --no-install-recommends "$@" >/dev/null; }
}

# Runs a command while packages may not start their services, nor PostgreSQL make its default cluster, nor systemd start them
# at the next boot. Docker is started by us, and only if no engine answers.
without_services() {
  local policy=/usr/sbin/policy-rc.d cluster=/etc/postgresql-common/createcluster.d/neb.conf ours=() unit result=0
  for unit in ssh.service ssh.socket docker-registry.service postgresql.service redis-server.service haproxy.service podman.service podman.socket podman-auto-update.timer; do [ -e "/lib/systemd/system/$unit" ] || ours+=("$unit"); done
  as_root sh -c "
    mkdir -p ${cluster%/*} && echo 'create_main_cluster = false' >$cluster
    [ ! -e $policy ] || mv $policy $policy.before-neb
    printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy"
  trap restore_services EXIT
  "$@" || result=$?
  restore_services
  trap - EXIT
  [ -d /run/systemd/system ] && for unit in "${ours[@]}"; do as_root systemctl disable --quiet "$unit" 2>/dev/null || true; done
  return "$result"
}

restore_services() {
  as_root sh -c '
    rm -f /usr/sbin/policy-rc.d /etc/postgresql-common/createcluster.d/neb.conf
    [ ! -e /usr/sbin/policy-rc.d.before-neb ] || mv /usr/sbin/policy-rc.d.before-neb /usr/sbin/policy-rc.d'
}
