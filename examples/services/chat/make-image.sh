#!/usr/bin/env bash
# Makes an image that stands in for vLLM's, out of this machine's own Node and server.ts: make-image.sh [NAME].
# Its `python` and `python3` start the server whatever module they are told, so that manifests written for vLLM run as they are.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../image.sh"

fresh_root
bring node
shell cat sleep hostname
install -D "$here/server.ts" "$root/server.ts"
printf '#!/bin/sh\nexec node --disable-warning=ExperimentalWarning /server.ts "$@"\n' > "$root/bin/python"
chmod +x "$root/bin/python"
ln -s python "$root/bin/python3"
image "${1:-neb/example-chat:latest}" '["python"]'
