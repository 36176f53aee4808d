#!/usr/bin/env bash
# Lints what only a build for CUDA sees. It needs neither a GPU nor an installed toolkit: the compiler comes from NVIDIA's wheels on
# PyPI, into a folder outside of the checkout (LAMINA_CUDA, else below the user's cache).
set -euo pipefail
cd "$(dirname "$0")/.."

toolkit=${LAMINA_CUDA:-${XDG_CACHE_HOME:-$HOME/.cache}/lamina/cuda-13.0}
wheels=(
  nvidia-cuda-nvcc==13.0.88 nvidia-cuda-crt==13.0.88 nvidia-nvvm==13.0.88
  nvidia-cuda-runtime==13.0.96 nvidia-cuda-cccl==13.0.85 nvidia-curand==10.4.0.35
)
if [ ! -e "$toolkit/complete" ]; then
  rm -rf "$toolkit"
  python3 -m venv "$toolkit"
  "$toolkit/bin/pip" install --quiet --disable-pip-version-check "${wheels[@]}"
  ln -s "$(echo "$toolkit"/lib/python3*/site-packages/nvidia/cu13)" "$toolkit/cuda"
  ln -s lib "$toolkit/cuda/lib64"
  touch "$toolkit/complete"
fi
export CUDA_HOME=$toolkit/cuda CUDA_PATH=$toolkit/cuda PATH=$toolkit/cuda/bin:$PATH
export CUDA_COMPUTE_CAP=${CUDA_COMPUTE_CAP:-90}
# Candle's kernels are compiled too, and nothing here runs them: by all cores and not by half of them, and without optimising.
export CUDAFORGE_THREADS=${CUDAFORGE_THREADS:-$(nproc)} NVCC_APPEND_FLAGS=${NVCC_APPEND_FLAGS:--Xcicc -O0 -Xptxas -O0}

cargo clippy --release --package kernels --package runtime --package qwen_image_layered --package lamina --all-targets --features kernels/cuda,qwen_image_layered/cuda -- -D warnings
