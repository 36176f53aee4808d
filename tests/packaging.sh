#!/usr/bin/env bash
# Lints what packaging/serve has, each by its own public tool.
set -euo pipefail
cd "$(dirname "$0")/../packaging/serve"
bin=$(dirname "$LAMINA_PYTHON")

"$bin/hadolint" Containerfile
"$bin/check-jsonschema" --builtin-schema vendor.compose-spec compose.yaml
"$bin/kubernetes-validate" --strict kubernetes.yaml
"$LAMINA_PYTHON" -m json.tool grafana.json >/dev/null
if command -v systemd-analyze >/dev/null; then
  # The program it starts is installed elsewhere.
  unit=$(mktemp -d)/lamina.service
  sed 's|/opt/lamina/bin/lamina|/bin/true|' lamina.service >"$unit"
  systemd-analyze verify "$unit"
fi
