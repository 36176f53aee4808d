#!/usr/bin/env bash
# Lints what packaging/serve and packaging/cluster have, each by its own public tool.
set -euo pipefail
cd "$(dirname "$0")/../packaging/serve"
bin=$(dirname "$LAMINA_PYTHON")

"$bin/hadolint" Containerfile
"$bin/check-jsonschema" --builtin-schema vendor.compose-spec compose.yaml
"$bin/kubernetes-validate" --strict kubernetes.yaml
"$bin/check-jsonschema" --builtin-schema vendor.compose-spec ../cluster/compose.yaml
"$bin/kubernetes-validate" --strict ../cluster/kubernetes.yaml
# Of KEDA's kinds no registry has the schema, so that this one is only read.
"$bin/kubernetes-validate" ../cluster/scaled.yaml
NATS_TOKEN=a-token nats-server --config ../cluster/nats.conf -t
"$LAMINA_PYTHON" -m json.tool grafana.json >/dev/null
if command -v systemd-analyze >/dev/null; then
  units=$(mktemp -d)
  for unit in lamina.service ../cluster/lamina-worker@.service; do
    # The program it starts is installed elsewhere.
    sed 's|/opt/lamina/bin/lamina|/bin/true|' "$unit" >"$units/$(basename "$unit")"
  done
  systemd-analyze verify "$units/lamina.service" "$units/lamina-worker@0.service"
fi
