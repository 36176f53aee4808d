#!/bin/bash
# run.sh OUT SECONDS [arguments of train.py]: trains on all GPUs of this machine.
# ASSETS names the unpacked assets (default: assets beside this file, unpacked from assets.tar if need be).
# OUT gets log.txt, last.pt (to go on: --resume), weights.pt and, in parts of at most 15 MiB, weights.00 ..., sheet.jpg.
set -e
HERE=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"; OUT=$(cd "$1" && pwd); SECONDS_=$2; shift 2
export ASSETS=${ASSETS:-$HERE/assets} OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONUNBUFFERED=1 NCCL_NVLS_ENABLE=0
export TORCHINDUCTOR_CACHE_DIR=${TORCHINDUCTOR_CACHE_DIR:-/tmp/inductor} TORCHINDUCTOR_FX_GRAPH_CACHE=1 TORCHINDUCTOR_AUTOGRAD_CACHE=1
PYTHON=${PYTHON:-python3}
cd "$HERE"
if [ ! -d "$ASSETS" ] && [ -e assets.tar ]; then mkdir -p "$ASSETS"; tar xf assets.tar -C "$ASSETS"; fi
GPUS=${GPUS:-$($PYTHON -c "import torch; print(torch.cuda.device_count())")}
CORES=$($PYTHON -c "import os; print(len(os.sched_getaffinity(0)))")
[ "$GPUS" -gt 0 ] || GPUS=1
WORKERS=$(( (CORES - 2 * GPUS) / GPUS )); [ $WORKERS -gt 0 ] || WORKERS=1
nvidia-smi -L 2>/dev/null || true
echo "$GPUS processes, $WORKERS workers each, $CORES cores"
if [ "$GPUS" -gt 1 ]; then
  exec $PYTHON -m torch.distributed.run --standalone --nproc_per_node="$GPUS" train.py --out "$OUT" --seconds "$SECONDS_" --workers $WORKERS "$@"
else
  exec $PYTHON train.py --out "$OUT" --seconds "$SECONDS_" --workers $WORKERS "$@"
fi
