#!/usr/bin/env bash
# Makes the images of the examples out of this machine's own programs, so that no registry is needed:
# neb/example-worker with worker.ts on Node, and neb/example-redis-cli with worker.sh.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../image.sh"

for wanted in "${@:-worker redis-cli}"; do
  for name in $wanted; do
    fresh_root
    case $name in
      worker)
        bring node
        node "$here/bundle.ts" "$root/worker.mjs"
        image neb/example-worker:latest '["node", "/worker.mjs"]'
        ;;
      redis-cli)
        bring redis-cli
        shell sed sleep echo rev cat
        install -D "$here/worker.sh" "$root/worker.sh"
        image neb/example-redis-cli:latest '["sh", "/worker.sh"]'
        ;;
      *) echo "There is no image $name: worker or redis-cli." >&2; exit 2 ;;
    esac
  done
done
