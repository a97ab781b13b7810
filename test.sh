#!/usr/bin/env bash
# Runs every check and test: ./test.sh; without Docker and apt: ./test.sh fast; those with NAME in their name: ./test.sh NAME.
# The last line says how many passed and failed.
set -euo pipefail
script_arguments=("$@")
. "$(dirname "${BASH_SOURCE[0]}")/scripts/setup.sh"
cd "$root"
setup_for_tests "${1-}"
exec node scripts/test.ts "$@" </dev/null
