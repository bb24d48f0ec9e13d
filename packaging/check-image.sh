#!/bin/sh
# Builds the image and serves one request from it: not root, no capabilities, nothing to write on but /dev/shm. Needs root
# and Debian's `buildah`, and no daemon. Where the base images cannot be had, others may stand in for them:
#
#   BUILD_IMAGE=localhost/node BASE_IMAGE=localhost/glibc packaging/check-image.sh
set -eu
cd "$(dirname "$0")/.."
port=${PORT:-18080}

arguments=""
for name in BUILD_IMAGE BASE_IMAGE; do
  eval "value=\${$name:-}"
  if [ -n "$value" ]; then arguments="$arguments --build-arg $name=$value"; fi
done
# shellcheck disable=SC2086
buildah bud --isolation chroot -f packaging/Dockerfile -t portward $arguments .

conf=$(mktemp -d)
chmod 755 "$conf"
echo "routes: [{ listen: \"127.0.0.1:$port\", path: /, respond: { body: served } }]" > "$conf/site.yaml"
container=$(buildah from portward)
root=$(buildah mount "$container")
trap 'kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; buildah rm "$container" >/dev/null; rm -r "$conf"' EXIT

# As a container runtime does it: the image read-only, with devices, /proc, the configuration and a /dev/shm.
export root conf
unshare -m sh -euc '
  mount --make-rprivate /
  mkdir -p "$root/etc/portward" "$root/proc" "$root/dev"
  mount --bind "$root" "$root"
  mount --bind "$conf" "$root/etc/portward"
  mount -t tmpfs -o mode=755 tmpfs "$root/dev"
  mkdir "$root/dev/shm"
  for device in null zero random urandom; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  mount -t proc proc "$root/proc"
  mount -o remount,bind,ro "$root"
  exec chroot --userspec=65532:65532 --groups= "$root" /usr/bin/portward run --config /etc/portward --admin off
' &
pid=$!

tries=0
until [ "$(curl -s "http://127.0.0.1:$port/")" = served ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 100 ] || { echo "no answer" >&2; exit 1; }
  sleep 0.1
done
grep -q "^Uid:.65532" "/proc/$pid/status"
if touch "/proc/$pid/root/usr/bin/x" 2>/dev/null; then echo "its root file system can be written on" >&2; exit 1; fi
kill -TERM "$pid"
wait "$pid"
echo "the image serves: not root, on a read-only root file system"
