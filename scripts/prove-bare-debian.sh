#!/bin/bash
# Proves that set-up installs all that Charter needs: on a Debian that has only python3 and make.
#
#     sudo scripts/prove-bare-debian.sh FOLDER [SUITE] [TARGET…]      e.g.  /var/tmp/bare bookworm run test
#
# Makes a minimal Debian in FOLDER/SUITE with debootstrap (once; an archive stays beside it), copies this checkout into
# it and shows there, with the seconds taken (FOLDER/figures.txt): `make setup` by an ordinary user, who may not install
# packages; by root; and then, by the user again, `make setup` with and without a network, and each TARGET.
# Debian comes from $MIRROR, or from where this machine's apt takes it; pip uses this machine's /etc/pip.conf,
# PIP_INDEX_URL, certificates and proxies.
set -euo pipefail

folder=${1:?name a folder for the Debian root} suite=${2:-bookworm}
shift; shift || true
root=$folder/$suite archive=$folder/$suite.tar
sites() { apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Component: main' | grep -v security; }
mirror=${MIRROR:-$(sites | sed -n 1p)}
checkout=$(cd "$(dirname "$0")/.." && pwd)

unmount() {
    for mounted in proc dev; do
        ! mountpoint -q "$root/$mounted" || umount -R "$root/$mounted"
    done
}
inside() { # USER COMMAND…: run in the new Debian, in the copied checkout, with nothing of this machine's environment
    local user=$1; shift
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LANG=C.UTF-8 "${passed[@]}" \
        chroot --userspec="$user" "$root" sh -c 'cd /charter && exec "$@"' sh "$@"
}
timed() { # EXPECTED-STATUS WHAT COMMAND…
    local expected=$1 what=$2 begin status=0 tenths; shift 2
    begin=$(date +%s%N)
    "$@" || status=$?
    tenths=$((($(date +%s%N) - begin) / 100000000))
    echo "$suite: $what: status $status, $((tenths / 10)).$((tenths % 10)) s" | tee -a "$folder/figures.txt"
    [ "$status" = "$expected" ] || { echo "expected status $expected" >&2; exit 1; }
}

passed=()
for name in http_proxy https_proxy no_proxy PIP_INDEX_URL; do
    [ -z "${!name:-}" ] || passed+=("$name=${!name}")
done

trap unmount EXIT
unmount
rm -rf --one-file-system "$root" # never into a /dev that is still mounted
mkdir -p "$root"
if [ -e "$archive" ]; then
    tar -xpf "$archive" -C "$root"
else
    debootstrap --variant=minbase --include=python3,make,ca-certificates "$suite" "$root" "$mirror"
    tar -cpf "$archive" -C "$root" .
fi
cp /etc/resolv.conf "$root/etc/"
[ ! -e /etc/pip.conf ] || cp /etc/pip.conf "$root/etc/"
cp --dereference "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" "$root/etc/ssl/certs/ca-certificates.crt"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --make-rslave "$root/dev"

mkdir "$root/charter"
git -C "$checkout" ls-files --cached --others --exclude-standard -z | (cd "$checkout" && tar --null -T - -c) |
    tar -x --no-same-owner -C "$root/charter"
user=1000:1000
chown -R "$user" "$root/charter"
timed 2 "set-up by a user who may not install packages" inside "$user" make setup # make turns any failure into status 2
timed 0 "set-up by root" inside 0:0 make setup
chown -R "$user" "$root/charter"
timed 0 "set-up again" inside "$user" make setup
export -f inside
timed 0 "set-up again, without a network" unshare --net bash -c "$(declare -p passed root); inside $user make setup"
for target in "$@"; do
    # shellcheck disable=SC2086 # a target may bring settings with it, such as "test PYTEST_ARGS=tests/integration"
    timed 0 "make $target" inside "$user" make $target
done
