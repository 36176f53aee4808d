#!/usr/bin/env bash
# Status requests beside running jobs, by autocannon from npm: tests/load.sh [CLIENTS] [SECONDS]. Never run as a test; needs
# cargo build --release, node and curl.
set -euo pipefail
cd "$(dirname "$0")/.."
clients=${1:-200}
seconds=${2:-20}
folder=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$folder"' EXIT

: >"$folder/said"
target/release/lamina serve --listen 127.0.0.1:0 --data "$folder/data" >"$folder/said" &
server=$!
until grep -q http "$folder/said"; do sleep 0.1; done
url=$(grep -o 'http://[0-9.:]*' "$folder/said" | head -1)

# Large enough that jobs run until the end.
"${LAMINA_PYTHON:-python3}" - "$folder/large.png" <<'PYTHON'
import sys
from PIL import Image, ImageDraw

picture = Image.new("RGB", (3000, 3000), "khaki")
draw = ImageDraw.Draw(picture)
for n in range(36):
    x, y = n % 6 * 500 + 60, n // 6 * 500 + 60
    draw.ellipse((x, y, x + 350, y + 350), fill=(7 * n, 255 - 7 * n, 90))
picture.save(sys.argv[1])
PYTHON
for seed in 1 2 3 4 5 6 7 8; do
  job=$(curl -sS -F picture=@"$folder/large.png" -F seed=$seed "$url/v1/decompositions" | grep -o '[0-9a-f-]\{36\}' | head -1)
done

npx --yes autocannon@8 --connections "$clients" --duration "$seconds" --renderStatusCodes "$url/v1/decompositions/$job"
curl -sS "$url/metrics" | grep '^lamina_jobs'
grep -E 'VmHWM|VmRSS' "/proc/$server/status"
