# A Docker engine that answers. One that is running already, whoever started it, is left as it is.
# shellcheck shell=bash

setup_docker() {
  local trouble
  trouble=$(docker_engine trouble) && return
  [ -z "${DOCKER_HOST-}" ] || die "DOCKER_HOST is set, but $trouble. Start that engine, or unset DOCKER_HOST."
  [ "$(uname)" = Linux ] || die "${trouble^}. Start Docker Desktop, OrbStack or colima and run this again."
  if [[ $trouble != *"may not use"* ]]; then
    install_missing dockerd:docker.io iptables:iptables
    start_docker
    trouble=$(wait_for_docker) && return
  fi
  [[ $trouble == *"may not use"* ]] || die "Docker did not start: $trouble. $(tail -n 5 "$state/dockerd.log" 2>/dev/null)"
  join_docker_group
}

docker_engine() { node "$root/scripts/docker-engine.ts" "$@"; }

start_docker() {
  if [ -d /run/systemd/system ]; then
    say 'Starting Docker (systemctl start docker)'
    as_root systemctl start docker || die 'systemctl start docker failed; see: journalctl -u docker'
    return
  fi
  mkdir -p "$state"
  say "Starting dockerd; its log is $state/dockerd.log"
  # Without an init system nobody may have mounted the control groups.
  mountpoint -q /sys/fs/cgroup || as_root mount -t cgroup2 none /sys/fs/cgroup || true
  # A killed engine leaves its pid behind, and a new process may have taken that number since.
  [ ! -e /var/run/docker.pid ] || [ "$(cat "/proc/$(cat /var/run/docker.pid)/comm" 2>/dev/null)" = dockerd ] || as_root rm -f /var/run/docker.pid
  as_root true # asks for a password now, not in the background
  # Only with experimental features it suspends containers.
  as_root setsid nohup dockerd --experimental >>"$state/dockerd.log" 2>&1 </dev/null &
  disown
}

# Waits up to a minute for an engine that is starting; prints what is wrong when it gives up, at once when it may not be used.
wait_for_docker() {
  local trouble deadline=$((SECONDS + 60))
  while ! trouble=$(docker_engine trouble); do
    if [ $SECONDS -ge $deadline ] || [[ $trouble == *"may not use"* ]]; then echo "$trouble"; return 1; fi
    sleep 0.3
  done
}

# Runs the calling script again as a member of the group that may use the engine.
join_docker_group() {
  [ -z "${NEB_JOINED_DOCKER_GROUP-}" ] || die 'This user may not use /var/run/docker.sock, though it is in the group docker.'
  local me
  me=$(id -un)
  say "Adding $me to the group docker, which may use the engine; your next login has it too"
  as_root usermod -aG docker "$me"
  export NEB_JOINED_DOCKER_GROUP=1
  exec sg docker -c "$(printf '%q ' "$0" "${script_arguments[@]}")"
}
