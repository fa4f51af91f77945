#!/usr/bin/env bash
# Install Chromium, and what reads the text of a PDF, from Debian's packages, for the browser tests. Needs root; does
# nothing where they are there already.
set -euo pipefail
if ! command -v chromium > /dev/null || ! command -v pdftotext > /dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium fonts-dejavu-core poppler-utils > /dev/null
fi
chromium --version
