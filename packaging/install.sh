#!/usr/bin/env bash
# Builds Lamina and installs it for this user, with a menu entry and an icon.
#   packaging/install.sh [PREFIX]     PREFIX: ~/.local unless given
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=${1:-$HOME/.local}

cargo build --release
install -Dm755 target/release/lamina "$prefix/bin/lamina"
install -Dm644 packaging/lamina.desktop "$prefix/share/applications/lamina.desktop"
install -Dm644 assets/icon.svg "$prefix/share/icons/hicolor/scalable/apps/lamina.svg"
echo "Installed $prefix/bin/lamina"
