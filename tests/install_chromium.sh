#!/usr/bin/env bash
# Install Chromium from Debian's packages, for the browser tests. Needs root; does nothing where it is there already.
set -euo pipefail
if ! command -v chromium > /dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium fonts-dejavu-core > /dev/null
fi
chromium --version
