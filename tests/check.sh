#!/usr/bin/env bash
# Checks the whole project as continuous integration does: installs what the tests need, then formatting, lints and tests.
# On Debian and Ubuntu; elsewhere install the packages below by hand first.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(g++ xvfb mesa-vulkan-drivers libvulkan1 libegl1 libgl1-mesa-dri libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0 nats-server python3-venv)

missing() {
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}

if command -v apt-get >/dev/null && [ -n "$(missing)" ]; then
  as_root=$([ "$(id -u)" = 0 ] || echo sudo)
  $as_root apt-get update -qq
  # shellcheck disable=SC2046
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $(missing)
fi

# psd-tools and python-pptx read our files back; gguf and safetensors write model files for us to read; schemathesis tries the API, and the
# rest lint what packaging/ has.
tools=tests/.tools/venv
if ! cmp -s tests/requirements.txt "$tools/requirements.txt"; then
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check -r tests/requirements.txt
  cp tests/requirements.txt "$tools/requirements.txt"
fi
export LAMINA_PYTHON=$PWD/$tools/bin/python

# ag-psd reads our PSD files back as well, where there is npm.
if command -v npm >/dev/null && [ ! -d tests/.tools/node/node_modules/ag-psd ]; then
  npm install --silent --no-audit --no-fund --prefix tests/.tools/node ag-psd@31.0.2
fi

# Licences and sources of all packages; built once, as no package carries a version that reads today's.
deny=tests/.tools/cargo-deny
if [ "$("$deny/bin/cargo-deny" --version 2>/dev/null)" != "cargo-deny 0.20.2" ]; then
  cargo install --quiet --locked --root "$deny" --profile dev --version 0.20.2 cargo-deny
fi

tests/packaging.sh
cargo fmt --all --check
"$deny/bin/cargo-deny" --log-level warn check licenses bans sources
cargo clippy --release --workspace --all-targets -- -D warnings
cargo test --release --workspace
# The same pictures on OpenGL, which draws where there is no Vulkan.
WGPU_BACKEND=gl cargo test --release --workspace --test picture
