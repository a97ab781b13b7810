# Sourced by what makes the examples' images, out of this machine's own programs, so that no registry is needed.
# The files of an image are collected in "$root".

fresh_root() {
  root=$(mktemp -d)
  trap 'rm -rf "$root"' EXIT
  mkdir -p "$root/tmp" "$root/bin"
}

# Copies a program with the libraries it loads, to the same places.
bring() {
  local program path
  program=$(readlink -f "$(command -v "$1")")
  install -D "$program" "$root/bin/$1"
  ldd "$program" 2>/dev/null | grep -o '/[^ ]*' | while read -r path; do install -D "$(readlink -f "$path")" "$root$path"; done || true
}

# A shell and what its scripts use: shell NAME...
shell() {
  install -D "$(command -v busybox)" "$root/bin/busybox"
  local name
  for name in sh "$@"; do ln -s busybox "$root/bin/$name"; done
}

# Imports the files as an image that runs the command: image NAME COMMAND.
image() {
  chmod 1777 "$root/tmp"
  tar -C "$root" --owner=0 --group=0 --numeric-owner -cf - . | docker import --change "CMD $2" --change 'ENV PATH=/bin' - "$1" >/dev/null
  rm -rf "$root"
  echo "$1 is made"
}
