# Gets this machine ready to build and run neb, or to test it. Sourced by quickstart.sh and test.sh; harmless to repeat, and
# quick when nothing is missing. What it needs for itself goes to .tools/ and node_modules/; what has to come from the system
# comes from apt. Of what it installs, only a Docker engine is left running.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
state=${XDG_STATE_HOME:-$HOME/.local/state}/neb
export TURBO_TELEMETRY_DISABLED=1

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
die() { printf '%s\n' "$*" >&2; exit 1; }

# shellcheck source=scripts/setup/apt.sh
. "$root/scripts/setup/apt.sh"
# shellcheck source=scripts/setup/node.sh
. "$root/scripts/setup/node.sh"
# shellcheck source=scripts/setup/docker.sh
. "$root/scripts/setup/docker.sh"
# shellcheck source=scripts/setup/suspend.sh
. "$root/scripts/setup/suspend.sh"

setup_for_running() {
  setup_node
  setup_workspace
  setup_criu || say 'Containers here cannot be suspended; all else works.'
  setup_docker
}

# Everything that tests have as neighbours; `fast` stays away from Docker and from apt.
setup_for_tests() {
  setup_node
  setup_workspace
  [ "${1-}" = fast ] && return
  install_missing initdb:postgresql sshd:openssh-server dropbear:dropbear-bin docker-registry:docker-registry htpasswd:apache2-utils busybox:busybox-static tmux:tmux redis-server:redis-server haproxy:haproxy openssl:openssl
  setup_podman
  setup_criu
  setup_docker
}

# The workspace's dependencies, and the programs built from it; turbo builds only what changed.
setup_workspace() {
  (
    cd "$root"
    export CI=1
    quietly pnpm install --frozen-lockfile && quietly pnpm exec turbo run build --output-logs=errors-only
  ) || exit 1
}

# Shows what a command said only if it failed.
quietly() {
  local said
  said=$("$@" 2>&1) || { printf '%s\n%s\n' "$said" "Failed: $*" >&2; return 1; }
}
