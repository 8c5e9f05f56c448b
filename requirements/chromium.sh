#!/bin/sh
# The browser tests need a Chromium and letters for its pages: Debian's as root, else Playwright's own.
set -eu
cd "$(dirname "$0")/.."

if [ -x /usr/bin/chromium ] || [ -e .local/chromium ]; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium from Debian's packages for the browser tests"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-core >/dev/null
else
    echo "Installing Playwright's Chromium for the browser tests"
    .venv/bin/playwright install chromium
    touch .local/chromium
fi
