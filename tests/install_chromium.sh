#!/usr/bin/env bash
# Install Chromium without a screen (where there is no such package, Chromium), and what reads the text of a PDF, from
# Debian's packages, for the browser tests. Needs root; does nothing where they are there already.
set -euo pipefail
installed() { for name in "$@"; do command -v "$name" && return; done; false; }
if ! installed chromium-headless-shell chromium > /dev/null || ! installed pdftotext > /dev/null; then
  apt-get update -qq
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -qq --no-install-recommends fonts-dejavu-core poppler-utils > /dev/null
  apt-get install -qq --no-install-recommends chromium-headless-shell > /dev/null \
    || apt-get install -qq --no-install-recommends chromium > /dev/null
fi
"$(installed chromium-headless-shell chromium)" --version
