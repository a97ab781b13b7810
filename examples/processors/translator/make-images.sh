#!/usr/bin/env bash
# Makes the images of the examples out of this machine's own programs, so that no registry is needed:
# neb/example-worker with worker.ts on Node, and neb/example-redis-cli with worker.sh.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

# Copies a program with the libraries it loads, to the same places.
bring() {
  local program path
  program=$(readlink -f "$(command -v "$1")")
  install -D "$program" "$root/bin/$1"
  ldd "$program" 2>/dev/null | grep -o '/[^ ]*' | while read -r path; do install -D "$(readlink -f "$path")" "$root$path"; done || true
}

shell() {
  install -D "$(command -v busybox)" "$root/bin/busybox"
  for name in sh sed sleep echo rev cat; do ln -s busybox "$root/bin/$name"; done
}

# Imports the files as an image that runs the command.
image() {
  chmod 1777 "$root/tmp"
  tar -C "$root" --owner=0 --group=0 --numeric-owner -cf - . | docker import --change "CMD $2" --change 'ENV PATH=/bin' - "$1" >/dev/null
  echo "$1 is made"
}

for wanted in "${@:-worker redis-cli}"; do
  for name in $wanted; do
    root=$(mktemp -d)
    trap 'rm -rf "$root"' EXIT
    mkdir -p "$root/tmp" "$root/bin"
    case $name in
      worker)
        bring node
        node "$here/bundle.ts" "$root/worker.mjs"
        image neb/example-worker:latest '["node", "/worker.mjs"]'
        ;;
      redis-cli)
        bring redis-cli
        shell
        install -D "$here/worker.sh" "$root/worker.sh"
        image neb/example-redis-cli:latest '["sh", "/worker.sh"]'
        ;;
      *) echo "There is no image $name: worker or redis-cli." >&2; exit 2 ;;
    esac
    rm -rf "$root"
  done
done
