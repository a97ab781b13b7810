#!/usr/bin/env bash
# From a fresh clone to a running container: installs what is missing, builds, starts a local server, runs
# examples/containers/hello.yaml and shows its log. Safe to repeat.
set -euo pipefail
script_arguments=("$@")
. "$(dirname "${BASH_SOURCE[0]}")/scripts/setup.sh"
. "$root/scripts/setup/hello-image.sh"
cd "$root"

hello=examples/containers/hello.yaml

setup_for_running
say 'neb up'
./neb up
setup_hello_image "$(sed -n 's/^image: *//p' "$hello")"
# A hello of an earlier run makes way.
quietly ./neb delete container hello --ignore-not-found --wait
say "neb create -f $hello --wait"
./neb create -f "$hello" --wait
say 'neb logs hello'
./neb logs hello

cat <<'TEXT'

It runs. Now try:
  ./neb get containers                  what runs, and where
  ./neb exec hello -c "echo hello"      a command in the container
  ./neb exec -it hello -- sh            a shell in it
  ./neb describe container hello        how it came to be
  ./neb delete container hello          stop and remove it
  ./neb down                            stop everything that this started
More files to run are in examples/containers; what a field means, neb explain tells: ./neb explain container.restart
TEXT
