# Node and pnpm, as this repository needs them. The system's Node serves if it is new enough; both otherwise come from npm into
# .tools/. `.tools/node` names the Node that ./neb runs.
# shellcheck shell=bash

setup_node() {
  local tools=$root/.tools/node_modules/.bin pnpm
  pnpm=$(sed -n 's/.*"packageManager": *"pnpm@\([^"+]*\).*/\1/p' "$root/package.json")
  export PATH=$tools:$PATH
  if ! node_is_new || [ "$("$tools/pnpm" --version 2>/dev/null)" != "$pnpm" ]; then install_tools "pnpm@$pnpm"; fi
  ln -sfn "$(command -v node)" "$root/.tools/node"
}

install_tools() {
  local wanted=("$@")
  # npm removes from the folder what it is not asked for, so that Node is asked for again each time.
  if [ -e "$root/.tools/node_modules/node" ] || ! node_is_new; then wanted+=(node@24); fi
  say "Installing ${wanted[*]} into .tools/"
  install_missing npm:npm
  quietly npm install --prefix "$root/.tools" --no-save --no-audit --no-fund --no-update-notifier --fetch-timeout=60000 --fetch-retries=5 "${wanted[@]}" || exit 1
  hash -r
  node_is_new || die "Node 24 or newer is needed; $(command -v node) is $(node --version 2>&1)."
}

# Source runs as it is, and 24 is the first Node to have all of its syntax; what is built runs on 22.18 and newer.
node_is_new() {
  local version
  version=$(node --version 2>/dev/null) && version=${version#v} && [ "${version%%.*}" -ge 24 ]
}
