# The image of examples/containers/hello.yaml on a machine that no registry can be reached from.
# shellcheck shell=bash

# Leaves alone an image that is here or can be pulled; neb pulls it then, and shows how far it is. Otherwise makes a stand-in
# of the same name from Debian's busybox.
setup_hello_image() {
  local image=$1 files
  docker_engine has "$image" || docker_engine can-pull "$image" && return
  say "No registry has an answer for $image: making a stand-in from this machine's busybox"
  is_static_busybox || { install_missing busybox-static-is-missing:busybox-static; is_static_busybox || die 'busybox-static is needed, and apt did not bring it.'; }
  files=$(mktemp -d)
  mkdir -p "$files"/{bin,etc,root,tmp,var,usr,dev,proc,sys}
  chmod 1777 "$files/tmp"
  cp -L "$(command -v busybox)" "$files/bin/busybox"
  busybox --list | while read -r applet; do [ "$applet" = busybox ] || ln -s busybox "$files/bin/$applet"; done
  echo 'root:x:0:0:root:/root:/bin/sh' >"$files/etc/passwd"
  echo 'root:x:0:' >"$files/etc/group"
  tar -C "$files" --owner=0 --group=0 --numeric-owner -cf - . | docker_engine import "$image"
  rm -rf "$files"
}

is_static_busybox() {
  command -v busybox >/dev/null && ! ldd "$(command -v busybox)" >/dev/null 2>&1
}
