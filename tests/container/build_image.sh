#!/usr/bin/env bash
# Build the image of Containerfile on a Debian machine that reaches no registry of images, for tests/container. As root.
# The base is made of Debian's own packages, with the Python that the recipe's base has; everything else is the recipe.
set -euo pipefail
cd "$(dirname "$0")/../.."
# A plain folder of files, which works where overlays cannot be mounted.
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
base=localhost/autocrine-base

if ! command -v buildah > /dev/null || ! command -v debootstrap > /dev/null; then
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends buildah crun debootstrap > /dev/null
fi
if ! buildah inspect --type image $base > /dev/null 2>&1; then
  root=$(mktemp -d)
  trap 'rm -rf "$root"' EXIT
  debootstrap --variant=minbase --include=python3,python3-pip,python-is-python3,ca-certificates bookworm "$root" > /dev/null
  # The recipe's base lets pip install beside it, and trusts whom this machine trusts.
  rm -f "$root"/usr/lib/python3*/EXTERNALLY-MANAGED "$root"/var/cache/apt/archives/*.deb
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$root" / > /dev/null
  buildah commit --quiet "$container" $base > /dev/null
  buildah rm "$container" > /dev/null
fi
buildah bud --quiet --from $base --network host --env PIP_CERT=/etc/ssl/certs/ca-certificates.crt --tag localhost/autocrine .
