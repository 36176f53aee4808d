#!/usr/bin/env bash
# Builds Lamina and installs it for this user, with a menu entry and an icon.
#   packaging/install.sh [--cuda] [PREFIX]     PREFIX: ~/.local unless given
# --cuda adds a build for NVIDIA's GPUs, which needs the CUDA toolkit. The other one runs where that cannot.
set -euo pipefail
cd "$(dirname "$0")/.."
cuda=
if [ "${1:-}" = --cuda ]; then
    cuda=yes
    shift
fi
prefix=${1:-$HOME/.local}

cargo build --release
install -Dm755 target/release/lamina "$prefix/lib/lamina/lamina-cpu"
if [ -n "$cuda" ]; then
    cargo build --release --features cuda --target-dir target/cuda
    install -Dm755 target/cuda/release/lamina "$prefix/lib/lamina/lamina-cuda"
fi
install -Dm755 packaging/lamina.sh "$prefix/bin/lamina"
install -Dm644 packaging/lamina.desktop "$prefix/share/applications/lamina.desktop"
install -Dm644 assets/icon.svg "$prefix/share/icons/hicolor/scalable/apps/lamina.svg"
echo "Installed $prefix/bin/lamina"
